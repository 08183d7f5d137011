// A member that stops reading is told off and closed, and costs the others nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, classroom, closeClients, entry, must } from '../fixture/clients.mjs';
import { RawFrames, closeFrames, frame } from '../fixture/frames.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

const kQueue = 65536;
const kCloseMs = 5000;
const kMostMessages = 20_000;
const kBatch = 20;

let server;
before(async () => {
  server = await startServer({ threads: 1, config: `${unlimited}[engine]\nsend_queue_bytes = ${kQueue}\n` });
});
after(async () => { closeClients(); closeFrames(); await server?.end(); });

// Joins the room, and reads nothing from then on.
async function stalledMember(roomId, userId) {
  const stalled = await new RawFrames(server, '/socket.io/?EIO=4&transport=websocket').open();
  await stalled.message();
  stalled.write(frame(1, `40${JSON.stringify({ token: token('student', { userId }) })}`));
  await stalled.message();
  stalled.write(frame(1, `420["user:action",{"action":"join","target":"${roomId}"}]`));
  for (;;) if (String((await stalled.message()).payload).startsWith('430')) break;
  stalled.socket.pause();
  return stalled;
}

test('a member that stops reading is closed within 5 s of passing the limit', async () => {
  const { teacher, pupils: [pupil], roomId } = await classroom(server, { students: 1 });
  await stalledMember(roomId, 'stalled');
  const before = await server.metrics();
  let most = 0;
  let sent = 0;
  for (;;) {
    assert.ok(sent < kMostMessages, 'it is never closed');
    await Promise.all(Array.from({ length: kBatch }, () => must(teacher, 'chat:message', { roomId, content: 'x'.repeat(1000) })));
    sent += kBatch;
    const metrics = await server.metrics();
    most = Math.max(most, metrics.lectern_queued_bytes);
    if (metrics.lectern_slow_readers_total > before.lectern_slow_readers_total) break;
  }
  const passed = Date.now();
  assert.ok(most > 0 && most < 2 * kQueue, `${most} bytes were queued`);
  await until(async () => (await server.metrics()).lectern_connections < before.lectern_connections, 'the close', kCloseMs);
  await entry(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === 'stalled'));
  assert.ok(Date.now() - passed < kCloseMs);

  const after = await server.metrics();
  assert.equal(after.lectern_queued_bytes, 0);
  assert.ok(after.lectern_slow_reader_dropped_bytes_total > 0);
  assert.match(server.stderr, /slow_reader/);
  // The others heard everything.
  await until(() => all(pupil, 'chat:message').length === sent, 'the last message');
  assert.equal(all(pupil, ':disconnect').length, 0);
});
