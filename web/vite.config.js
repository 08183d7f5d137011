import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const compress = promisify(gzip);

// The server sends `x.gz` in place of `x` to browsers that take gzip.
function gzipBesides() {
  return {
    name: "gzip-besides",
    apply: "build",
    async writeBundle({ dir }) {
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath ?? entry.path, entry.name);
        const content = await readFile(path);
        const packed = await compress(content, { level: 9 });
        if (packed.length < content.length) await writeFile(`${path}.gz`, packed);
      }
    },
  };
}

const backend = process.env.LECTERN_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte(), gzipBesides()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Only index.html says where the application lives; the server puts its base path into it.
  experimental: {
    renderBuiltUrl: (_, { hostType }) => (hostType === "html" ? undefined : { relative: true }),
  },
  server: {
    proxy: {
      "/socket.io": { target: backend, ws: true },
      "/auth": backend,
      "/api": backend,
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
