// What the server does when memory gets short: first caches go, then nobody new comes. M2, M4, M5, D14,
// design section 7.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { classroom, closeClients, enter, join, makeClient, must } from '../fixture/clients.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

const kMessages = 60;
const kChecks = 25; // after which even the newest message is old

test('above the soft limit history leaves memory, and is read from the store', async (t) => {
  const server = await startServer({ config: `${unlimited}[memory]\nsoft_limit_mb = 1\ncheck_ms = 50\n` });
  t.after(async () => { closeClients(); await server.end(); });
  const { teacher, roomId } = await classroom(server, { students: 0 });
  for (let number = 1; number <= kMessages; ++number) await must(teacher, 'chat:message', { roomId, content: `${number}` });
  const { lectern_memory_sheds_total: from } = await server.metrics();
  await until(async () => (await server.metrics()).lectern_memory_sheds_total > from + kChecks, 'checks');
  const joined = await enter(await join(server, 'student'), roomId, { after: 0 });
  assert.equal(joined.truncated, true);
  assert.deepEqual(joined.history, []);
  assert.equal(joined.seq, kMessages);
  const { messages } = await must(teacher, 'chat:history', { roomId, limit: kMessages });
  assert.deepEqual(messages.map(({ content }) => Number(content)), Array.from({ length: kMessages }, (_, index) => index + 1));
  assert.match(server.stderr, /memory soft_limit=reached/);
  assert.equal(server.stderr.match(/soft_limit=reached/g).length, 1, 'one line');
});

test('above the hard limit nobody new comes in, and who is there goes on', async (t) => {
  const server = await startServer({ config: '[memory]\nsoft_limit_mb = 0\nhard_limit_mb = 1\ncheck_ms = 4000\n' });
  t.after(async () => { closeClients(); await server.end(); });
  const { teacher, pupils: [pupil], roomId } = await classroom(server, { students: 1 });
  await until(async () => (await server.metrics()).lectern_memory_full === 1, 'the limit');
  const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).error.type, 'SERVER_BUSY');
  let came = false;
  const late = makeClient(server, { auth: { token: token('student') } });
  late.on('connect', () => { came = true; });
  await until(() => late.log.filter(([event]) => event === ':connect_error').length >= 2, 'refusals');
  assert.equal(came, false);
  await must(teacher, 'chat:message', { roomId, content: 'We go on' });
  await must(pupil, 'chat:history', { roomId });
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.match(server.stderr, /memory hard_limit=reached/);
});
