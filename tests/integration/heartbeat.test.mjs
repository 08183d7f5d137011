// Time limits of a connection, made short by configuration. L5, L6.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeClients, join, seen } from '../fixture/clients.mjs';
import { Poller, RawSocket } from '../fixture/engine.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const kInterval = 300;
const kTimeout = 400;
const kConnect = 700;
let server;
before(async () => {
  server = await startServer({
    config: `[engine]\nping_interval_ms = ${kInterval}\nping_timeout_ms = ${kTimeout}\nconnect_timeout_ms = ${kConnect}\n`,
  });
});
after(async () => { closeClients(); await server.stop(); server.remove(); });

test('a client that answers its pings lives on', async () => {
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  const from = Date.now();
  for (let count = 0; count < 5; ++count) {
    assert.equal(await socket.next(), '2');
    socket.send('3');
  }
  assert.ok(Date.now() - from >= 5 * kInterval - 100);
  socket.close();
});

test('a WebSocket without pongs is closed', async () => {
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  const from = Date.now();
  await socket.closed;
  const took = Date.now() - from;
  assert.ok(took >= kInterval + kTimeout - 100, `closed after ${took} ms`);
  assert.ok(took < 6000, `closed after ${took} ms`);
});

test('a polling session without pongs is gone', async () => {
  const poller = await new Poller(server).open();
  await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  let status = 200;
  while (status === 200) status = (await poller.poll()).status;
  assert.equal(status, 400);
});

test('a session that never sends CONNECT is closed on both transports', async () => {
  const socket = new RawSocket(server);
  await socket.next();
  const keep = setInterval(() => socket.socket.readyState === 1 && socket.send('3'), 100);
  await socket.closed;
  clearInterval(keep);

  const poller = await new Poller(server).open();
  let status = 200;
  while (status === 200) {
    const answer = await poller.poll();
    status = answer.status;
    if (answer.text === '2') status = (await poller.post('3')).status;
  }
  assert.equal(status, 400);
});

test('a stock client on either transport outlives many heartbeats', async () => {
  const sockets = await Promise.all(['polling', 'websocket', 'upgrade'].map((way) => join(server, 'student', { way })));
  await new Promise((resolve) => setTimeout(resolve, 5 * kInterval));
  for (const socket of sockets) {
    assert.ok(socket.connected);
    assert.equal(socket.log.filter(([event]) => event === ':disconnect').length, 0);
  }
});

test('a client that falls silent is missed by the others', async () => {
  const { classroom } = await import('../fixture/clients.mjs');
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const silent = new RawSocket(server);
  await silent.join(token('student', { userId: 'silent' }));
  silent.send(`420["user:action",{"action":"join","target":"${roomId}"}]`);
  await seen(teacher, 'room:presence', ({ joined }) => joined.some(({ userId }) => userId === 'silent'));
  await seen(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === 'silent'));
});
