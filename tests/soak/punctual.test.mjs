// Heartbeats keep their time while a room beside them is loud: nobody who is idle pays for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { classroom, closeClients } from '../fixture/clients.mjs';
import { RawSocket, closeRaw } from '../fixture/engine.mjs';
import { startLecture } from '../fixture/lecture.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { clockPasses } from '../fixture/until.mjs';

const kIdle = 2000;
const kAtOnce = 50;
const kInterval = 2000;
const kMembers = 10;
const kRate = 1000;
const kSeconds = 8;

let server;
before(async () => {
  server = await startServer({
    threads: 1,
    config: `${unlimited}[store]\nengine = "memory"\n[engine]\nping_interval_ms = ${kInterval}\nping_timeout_ms = ${kInterval}\n`,
  });
});
after(async () => { closeClients(); closeRaw(); await server?.end(); });

// The longest time between two pings of one connection, measured where they arrive.
function watch(socket) {
  const beat = { last: performance.now(), longest: 0, pings: 0 };
  socket.socket.on('message', (data) => {
    if (String(data) !== '2') return;
    const now = performance.now();
    beat.longest = Math.max(beat.longest, now - beat.last);
    beat.last = now;
    ++beat.pings;
  });
  return beat;
}

test(`${kIdle} idle connections keep their heartbeat beside ${kRate} messages a second`, async (t) => {
  const { roomId } = await classroom(server, { students: 0 });
  const idle = [];
  while (idle.length < kIdle) {
    const more = Array.from({ length: kAtOnce }, () => new RawSocket(server, undefined, { answersPings: true }));
    await Promise.all(more.map((socket) => socket.join(token('student'))));
    idle.push(...more);
  }
  const lecture = await startLecture(server, {
    roomId, rate: kRate, tokens: [token('instructor'), ...Array.from({ length: kMembers }, () => token('student'))],
  });
  t.after(() => lecture.terminate());

  const from = await server.metrics();
  const began = Date.now();
  const beats = idle.map(watch);
  await clockPasses(began + kSeconds * 1000);
  const seconds = (Date.now() - began) / 1000;
  const to = await server.metrics();

  const sent = to.lectern_messages_sent_total - from.lectern_messages_sent_total;
  assert.ok(sent > 0.9 * kRate * kMembers * seconds, `only ${sent} messages in ${seconds} s`);
  assert.equal(to.lectern_ping_timeouts_total, from.lectern_ping_timeouts_total);
  const longest = Math.max(...beats.map((beat) => Math.max(beat.longest, performance.now() - beat.last)));
  assert.ok(longest < 2 * kInterval, `a ping came after ${Math.round(longest)} ms`);
  assert.ok(beats.every(({ pings }) => pings >= 2));
  for (const { socket } of idle) assert.equal(socket.readyState, 1);
});
