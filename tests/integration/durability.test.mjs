// What an acknowledgement promises is said at the start and in /readyz. docs/durability.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { get } from '../fixture/http.mjs';
import { startServer } from '../fixture/server.mjs';

async function promised(t, config) {
  const server = await startServer({ config });
  t.after(() => server.end());
  const { status, json: body } = await get(server, '/readyz');
  assert.equal(status, 200);
  await server.stop();
  return { body, said: server.stderr };
}

test('with sync nothing may be lost and nothing is said', async (t) => {
  const { body, said } = await promised(t, '');
  assert.deepEqual(body, { ready: true, durability: 'sync', mayLoseMs: 0 });
  assert.doesNotMatch(said, /durability/);
});

test('with an interval the start and /readyz say how much', async (t) => {
  const { body, said } = await promised(t, '[store]\ndurability = "interval:20"\n');
  assert.deepEqual(body, { ready: true, durability: 'interval:20', mayLoseMs: 20 });
  assert.match(said, /the last 20 ms/);
});

test('a store in memory promises nothing', async (t) => {
  const { body, said } = await promised(t, '[store]\nengine = "memory"\n');
  assert.deepEqual(body, { ready: true, durability: 'none', mayLoseMs: null });
  assert.match(said, /everything is lost/);
});
