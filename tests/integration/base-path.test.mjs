// A server under a path: everything of its public side is there, and nothing beside it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { closeClients, connected, makeClient, seen, upgraded } from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import { assertRefused, run } from '../fixture/program.mjs';
import { adminPassword, startServer, temporaryDirectory } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const base = '/school/lectern';
const path = `${base}/socket.io/`;

let server;
let accessToken;

before(async () => {
  const web = temporaryDirectory();
  mkdirSync(join(web, 'assets'));
  writeFileSync(join(web, 'index.html'), '<!doctype html><script type="module" src="/assets/app.js"></script>');
  writeFileSync(join(web, 'assets', 'app.js'), 'export {};');
  server = await startServer({ web, config: `[server]\nbase_path = "${base}/"\n` });
  const login = await post(server, `${base}/auth/login`, { username: 'admin', password: adminPassword });
  assert.equal(login.status, 200, login.text);
  accessToken = login.json.accessToken;
});
after(async () => {
  closeClients();
  await server?.end();
});

test('the ready line is the usual one, and another tells the whole address', async () => {
  assert.match(server.stdout, /^lectern: ready http:\/\/127\.0\.0\.1:\d+$/m);
  assert.ok(server.stdout.includes(`lectern: open ${server.url}${base}/\n`), server.stdout);
});

for (const way of ['polling', 'websocket', 'upgrade']) {
  test(`stock clients connect under the path by ${way}`, async () => {
    const socket = makeClient(server, { auth: { token: token('student') }, way, path });
    await connected(socket);
    if (way === 'upgrade') assert.equal(await upgraded(socket), 'websocket');
    const pong = await socket.timeout(15_000).emitWithAck('ping', {});
    assert.equal(pong.ok, true, JSON.stringify(pong));
  });
}

test('the HTTP API is under the path', async () => {
  const created = await post(server, `${base}/api/rooms`, { name: 'Algebra' }, { token: accessToken });
  assert.equal(created.status, 201, created.text);
  const shown = await get(server, `${base}/api/rooms/${created.json.roomId}`, { token: accessToken });
  assert.equal(shown.json.name, 'Algebra');
  const guest = await post(server, `${base}/auth/guest`, { displayName: 'Ann', joinCode: created.json.joinCode });
  assert.equal(guest.json.roomId, created.json.roomId);
  assert.equal((await get(server, `${base}/api/rooms`)).status, 401);
  assert.equal((await get(server, `${base}/healthz`)).json.status, 'alive');
  assert.equal((await get(server, `${base}/readyz`)).status, 200);
});

test('the web application is under the path and names its files there', async () => {
  for (const page of ['/', '/signin', '/rooms', '/join/482913']) {
    const { status, text, headers } = await get(server, base + page);
    assert.equal(status, 200, page);
    assert.ok(text.includes(`src="${base}/assets/app.js"`), text);
    assert.match(headers.get('content-security-policy'), /base-uri 'none'/);
  }
  const asset = await get(server, `${base}/assets/app.js`);
  assert.equal(asset.text, 'export {};');
  assert.match(asset.headers.get('content-type'), /^text\/javascript/);
});

test('nothing is outside the path', async () => {
  const outside = ['/socket.io/?EIO=4&transport=polling', '/healthz', '/readyz', '/auth/me', '/api/rooms', '/rooms',
    '/assets/app.js', '/school', `${base}x/healthz`, `${base}${base}/healthz`, `/${base}/healthz`];
  for (const address of outside) {
    const { status } = await get(server, address, { token: accessToken });
    assert.equal(status, 404, address);
  }
  const login = await post(server, '/auth/login', { username: 'admin', password: adminPassword });
  assert.equal(login.status, 404);
  assert.equal(login.json.error.type, 'NOT_FOUND');
  const refused = makeClient(server, { auth: { token: token('student') }, reconnection: false });
  await seen(refused, ':connect_error');
});

test('the root and the path without its slash lead to the application', async () => {
  for (const address of ['/', base]) {
    const response = await fetch(server.url + address, { redirect: 'manual' });
    assert.equal(response.status, 307, address);
    assert.equal(response.headers.get('location'), `${base}/`);
  }
});

test('the load generator logs in and speaks under the path', async () => {
  const words = ['load', server.url, '--path', path, '--user', 'admin', '--connections', '3', '--rooms', '1',
    '--scenario', 'chat', '--duration', '1s', '--format', 'json'];
  const load = await run(words, { input: `${adminPassword}\n` });
  assert.equal(load.code, 0, load.err);
  assert.deepEqual(JSON.parse(load.out).connections, { wanted: 4, entered: 4, failed: 0 });
});

test('the internal listener has no path in front', async () => {
  const internal = await server.internalUrl();
  assert.equal((await fetch(`${internal}/healthz`)).status, 200);
  assert.equal((await fetch(`${internal}/metrics`)).status, 200);
  assert.equal((await fetch(`${internal}${base}/healthz`)).status, 404);
});

test('a path that cannot be one is refused with one line', async () => {
  const file = join(temporaryDirectory(), 'lectern.toml');
  for (const wrong of ['lectern', '/a//b', '/a?b', '/a#b', '/a b', '/a/../b']) {
    writeFileSync(file, `[server]\nbase_path = "${wrong}"\n`);
    assertRefused(await run(['check-config', '--config', file]), /:2: server\.base_path must be/, wrong);
  }
});
