// One playground and one server of Socket.IO for Node.js with its own adapter, in one cluster: each
// row of the table from either side.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

import { ask, endListeners, listen } from '../fixture/listeners.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { Redis } from '../fixture/redis.mjs';
import { happened, until } from '../fixture/until.mjs';

// The playground's events, as far as they concern other nodes.
function serve(namespace) {
  namespace.on('connection', (socket) => {
    socket.on('join', (room, reply) => { socket.join(room); reply(); });
    socket.on('publish', (room, payload) => namespace.to(room).emit('published', payload));
    socket.on('echo', (payload, reply) => reply(payload));
    socket.on('fetch-sockets', async (room, reply) => reply((await namespace.in(room).fetchSockets()).map(({ id, rooms, handshake }) => ({ id, rooms: [...rooms], auth: handshake.auth }))));
    socket.on('sockets-join', (room, other, reply) => { namespace.in(room).socketsJoin(other); reply(); });
    socket.on('sockets-leave', (room, other, reply) => { namespace.in(room).socketsLeave(other); reply(); });
    socket.on('disconnect-sockets', (room, reply) => { namespace.in(room).disconnectSockets(); reply(); });
    socket.on('broadcast-ack', (room, payload, timeout, reply) => namespace.to(room).timeout(timeout).emit('question', payload, (error, answers) => reply(answers)));
    socket.on('server-side-emit', async (...args) => args.pop()(await namespace.serverSideEmitWithAck(...args)));
    socket.on('all-rooms', async (reply) => reply([...await namespace.adapter.allRooms()]));
  });
  namespace.on('who', (reply) => reply(process.pid));
}

let redis;
let theirs;
let ours;
let nodeServer;
const connections = [];
before(async () => {
  redis = await new Redis().start();
  for (let n = 0; n < 2; ++n) {
    const connection = createClient({ url: redis.url }).on('error', () => {});
    await connection.connect();
    connections.push(connection);
  }
  const http = createServer();
  nodeServer = new Server(http, { adapter: createAdapter(...connections) });
  for (const name of ['/', '/custom']) serve(nodeServer.of(name));
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  theirs = { url: `http://127.0.0.1:${http.address().port}`, pid: process.pid };
  ours = await startPlayground('--redis', redis.url, '--threads', '2');
  // The node's adapter subscribes by itself, and says nothing.
  for (const name of ['/', '/custom']) {
    await until(async () => (await connections[0].pubSubNumSub(`socket.io-request#${name}#`))[`socket.io-request#${name}#`] === 2, 'both nodes');
  }
});
afterEach(endListeners);
after(async () => {
  await ours?.end();
  await new Promise((resolve) => { nodeServer ? nodeServer.close(resolve) : resolve(); });
  await Promise.all(connections.map((connection) => connection.quit()));
  await redis?.end();
});

const client = (server, nsp) => listen(server, nsp, { auth: { token: 'x' } });
const ids = (members) => members.map(({ id }) => id).sort();

for (const nsp of ['/', '/custom']) {
  for (const [side, here, there] of [['from ours', () => ours, () => theirs], ['from theirs', () => theirs, () => ours]]) {
    const pair = () => Promise.all([client(here(), nsp), client(there(), nsp)]);

    test(`${nsp} ${side}: publish`, async () => {
      const [one, other] = await pair();
      await Promise.all([ask(one, 'join', 'r'), ask(other, 'join', 'r')]);
      for (const payload of [{ n: -1, deep: [null, true, 1.5, 'ü', 2 ** 40] }, 'text', null, Buffer.from([0, 255]), { b: [Buffer.from('a')] }]) {
        const heard = Promise.all([happened(one, 'published'), happened(other, 'published')]);
        one.emit('publish', 'r', payload);
        assert.deepEqual(await heard, [payload, payload]);
      }
      await ask(other, 'echo', 1);
      assert.equal(other.said.filter(([event]) => event === 'published').length, 5);
    });

    test(`${nsp} ${side}: fetch-sockets`, async () => {
      const [one, other] = await pair();
      await Promise.all([ask(one, 'join', 'f'), ask(other, 'join', 'f')]);
      const members = await ask(one, 'fetch-sockets', 'f');
      assert.deepEqual(ids(members), [one.id, other.id].sort());
      for (const { id, rooms } of members) assert.deepEqual([...rooms].sort(), [id, 'f'].sort());
      if (here() === theirs) for (const { auth } of members) assert.deepEqual(auth, { token: 'x' });
    });

    test(`${nsp} ${side}: sockets-join and sockets-leave`, async () => {
      const [one, other] = await pair();
      await Promise.all([ask(one, 'join', 'from'), ask(other, 'join', 'from')]);
      await ask(one, 'sockets-join', 'from', 'to');
      await until(async () => (await ask(one, 'fetch-sockets', 'to')).length === 2, 'both');
      await ask(one, 'sockets-leave', 'from', 'to');
      await until(async () => (await ask(one, 'fetch-sockets', 'to')).length === 0, 'none');
    });

    test(`${nsp} ${side}: disconnect-sockets`, async () => {
      const [one, other] = await pair();
      await ask(other, 'join', 'gone');
      const gone = happened(other, 'disconnect');
      await ask(one, 'disconnect-sockets', 'gone');
      assert.equal(await gone, 'io server disconnect');
      assert.equal(one.connected, true);
    });

    test(`${nsp} ${side}: broadcast-ack`, async () => {
      const [one, other] = await pair();
      await Promise.all([ask(one, 'join', 'q'), ask(other, 'join', 'q')]);
      one.on('question', (payload, reply) => reply(`${payload} one`));
      other.on('question', (payload, reply) => reply(`${payload} other`));
      assert.deepEqual((await ask(one, 'broadcast-ack', 'q', 'why', 10_000)).sort(), ['why one', 'why other']);
      other.off('question').on('question', (payload, reply) => reply(payload));
      const answers = await ask(one, 'broadcast-ack', 'q', Buffer.from([7, 8]), 10_000);
      assert.ok(answers.some((answer) => Buffer.isBuffer(answer) && answer.equals(Buffer.from([7, 8]))));
      other.off('question');
      assert.deepEqual(await ask(one, 'broadcast-ack', 'q', 'who', 500), ['who one']);
    });

    test(`${nsp} ${side}: server-side-emit`, async () => {
      assert.deepEqual(await ask(await client(here(), nsp), 'server-side-emit', 'who'), [there().pid]);
    });
  }

  test(`${nsp}: all rooms, which only the node asks for`, async () => {
    const [one, other] = await Promise.all([client(ours, nsp), client(theirs, nsp)]);
    await ask(one, 'join', 'mine');
    assert.deepEqual((await ask(other, 'all-rooms')).sort(), [one.id, other.id, 'mine'].sort());
  });
}
