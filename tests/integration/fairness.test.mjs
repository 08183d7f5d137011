// A connection that sends as much as it can has the others wait for a small piece of that, never for
// all of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ask, classroom, closeClients } from '../fixture/clients.mjs';
import { startFlood } from '../fixture/flood.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const kBudget = 8192;  // bytes of one connection that a turn reads
const kFrameHeader = 6;
const kAsked = 40;
const kUnderWay = 256;  // requests of one connection without an answer, before it is not read any more
const kMostPerAnswer = 6 * kUnderWay;

let server;
let good;
before(async () => {
  server = await startServer({ threads: 1, config: unlimited });
  good = await classroom(server, { students: 0 });
});
after(async () => { closeClients(); await server?.end(); });

const received = async () => (await server.metrics()).lectern_received_bytes_total;

// What the server reads until somebody else has an answer, in bytes of messages.
async function readPerAnswer(event, payload) {
  const from = await received();
  for (let i = 0; i < kAsked; ++i) assert.equal((await ask(good.teacher, event, payload)).ok, true);
  return (await received() - from) / kAsked;
}

for (const [what, message] of [['nonsense', '42["nonsense",{}]'], ['pongs of Engine.IO', '3'], ['questions', '420["ping",{}]']]) {
  test(`a flood of ${what} keeps nobody waiting`, async (t) => {
    const flood = await startFlood(server, token('student'), [message]);
    t.after(() => flood.terminate());
    const turn = kBudget * message.length / (message.length + kFrameHeader);
    for (const [event, payload] of [['ping', {}], ['room:participants', { roomId: good.roomId }]]) {
      const bytes = await readPerAnswer(event, payload);
      assert.ok(bytes > 0, 'no flood');
      assert.ok(bytes < 6 * turn, `${event}: ${Math.round(bytes)} bytes came first, ${Math.round(turn)} a turn`);
    }
    assert.ok(server.alive(), server.stderr);
  });
}

// Requests go through other shards than their connection's; the flood must not fill their mailboxes.
test('a flood of requests keeps nobody waiting on other shards', async (t) => {
  const several = await startServer({ threads: 4, config: unlimited });
  t.after(() => several.end());
  const { teacher, pupils, roomId } = await classroom(several, { students: 4 });
  const message = `420["room:participants",{"roomId":"${roomId}"}]`;
  for (const pupil of pupils) {
    const flood = await startFlood(several, pupil.who.token, [message]);
    const from = (await several.metrics()).lectern_messages_received_total;
    for (let i = 0; i < kAsked; ++i) assert.equal((await ask(teacher, 'room:participants', { roomId })).ok, true);
    const perAnswer = ((await several.metrics()).lectern_messages_received_total - from) / kAsked;
    await flood.terminate();
    assert.ok(perAnswer > 1, 'no flood');
    assert.ok(perAnswer < kMostPerAnswer, `${Math.round(perAnswer)} messages came first`);
  }
});
