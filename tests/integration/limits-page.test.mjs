// docs/limits.md names what there is: every rule with its numbers, and no metric that is not there. L1–L6.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { binary, environment, startServer } from '../fixture/server.mjs';

const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');

test('every built-in rule stands in the table with its scope and numbers', () => {
  const printed = execFileSync(binary, ['print-config'], { encoding: 'utf8', env: environment() });
  const rules = [...printed.matchAll(/\[limits\.(\w+)\]\nscope = "(\w+)"\nwindow_ms = (\d+)\nmax = (\d+)\nevents = (.*)/g)];
  assert.ok(rules.length >= 10);
  for (const [, name, scope, window, max, events] of rules) {
    const row = page.match(new RegExp(`^\\| \`${name}\` \\| ${scope} \\|(.*)\\| ${max} in ${window / 1000} s \\|$`, 'm'));
    assert.ok(row, `${name}: ${scope}, ${max} in ${window} ms`);
    for (const event of JSON.parse(events)) assert.ok(row[1].includes(`\`${event}\``), `${name} counts ${event}`);
  }
});

test('every metric of the page is there', async (t) => {
  const server = await startServer();
  t.after(() => server.end());
  const metrics = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  const named = new Set(page.match(/lectern_\w+(?=[`{])/g));
  assert.ok(named.size >= 8);
  for (const name of named) assert.match(metrics, new RegExp(`^${name}[ {]`, 'm'));
  for (const [, rule] of page.matchAll(/^\| `(\w+)` \| (?:global|ip|user|room) \|/gm)) {
    assert.ok(metrics.includes(`lectern_limit_refused_total{rule="${rule}"} 0`), rule);
  }
});
