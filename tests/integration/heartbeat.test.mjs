// Time limits of a connection, made short by configuration. L5, L6.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, classroom, closeClients, join, seen, ways } from '../fixture/clients.mjs';
import { Poller, RawSocket, closeRaw } from '../fixture/engine.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { within } from '../fixture/until.mjs';

const kInterval = 500;
const kTimeout = 700;
const kConnect = 1000;
const kClockMs = 20;    // between two clocks of one machine
const kLateMs = 4000;   // a busy machine
let server;
before(async () => {
  server = await startServer({
    config: `${unlimited}[engine]\nping_interval_ms = ${kInterval}\nping_timeout_ms = ${kTimeout}\nconnect_timeout_ms = ${kConnect}\n`,
  });
});
after(async () => { closeClients(); closeRaw(); await server?.end(); });

// That the time since `from` is what was configured.
function assertTook(from, configured) {
  const took = Date.now() - from;
  assert.ok(took >= configured - kClockMs, `after ${took} ms and not ${configured} ms`);
  assert.ok(took < configured + kLateMs, `after ${took} ms and not ${configured} ms`);
}

const goodbye = /42\["server:disconnect",\{.*"retry":true/;

test('a client that answers its pings lives on', async () => {
  const from = Date.now();
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  for (let count = 0; count < 5; ++count) {
    assert.equal(await socket.next(), '2');
    socket.send('3');
  }
  assertTook(from, 5 * kInterval);
  socket.close();
});

test('a WebSocket without pongs is told to come back and closed', async () => {
  const from = Date.now();
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  const { said } = await socket.gone();
  assertTook(from, kInterval + kTimeout);
  assert.match(said, goodbye);
});

test('a polling session without pongs is told to come back and gone', async () => {
  const from = Date.now();
  const poller = await new Poller(server).join(token('student'));
  const { status, body, said } = await poller.gone();
  assertTook(from, kInterval + kTimeout);
  assert.equal(status, 400);
  assert.deepEqual(body, { code: 1, message: 'Session ID unknown' });
  assert.match(said, goodbye);
});

test('a WebSocket that never sends CONNECT is closed', async () => {
  const from = Date.now();
  const socket = new RawSocket(server, undefined, { answersPings: true });
  await socket.gone();
  assertTook(from, kConnect);
});

test('a polling session that never sends CONNECT is gone', async () => {
  const from = Date.now();
  const poller = await new Poller(server).open();
  assert.equal((await poller.gone({ answersPings: true })).status, 400);
  assertTook(from, kConnect);
});

test('a stock client in any way outlives many heartbeats', async () => {
  const sockets = await Promise.all(ways.map((way) => join(server, 'student', { way })));
  await Promise.all(sockets.map((socket) => within(new Promise((resolve) => {
    let pings = 0;
    socket.io.on('ping', () => { if (++pings === 5) resolve(); });
  }), 'five pings')));
  for (const socket of sockets) {
    assert.ok(socket.connected);
    assert.equal(all(socket, ':disconnect').length, 0);
  }
});

test('a client that falls silent is missed by the others', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const silent = new RawSocket(server);
  await silent.join(token('student', { userId: 'silent' }));
  silent.send(`420["user:action",{"action":"join","target":"${roomId}"}]`);
  await seen(teacher, 'room:presence', ({ joined }) => joined.some(({ userId }) => userId === 'silent'));
  await seen(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === 'silent'));
});
