// The contract's table of the playground's events and its process, with the stock client.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { ask, endListeners, listen } from '../fixture/listeners.mjs';
import { runPlayground, startPlayground } from '../fixture/playground.mjs';
import { happened, until } from '../fixture/until.mjs';

const kStopMs = 5000;  // contract section 1

let server;
before(async () => { server = await startPlayground(); });
afterEach(endListeners);
after(() => server?.end());

const client = (nsp, options) => listen(server, nsp, options);

for (const nsp of ['/', '/custom']) {
  test(`${nsp}: auth and messages`, async () => {
    const socket = await client(nsp, { auth: { token: 'x' } });
    await until(() => socket.said.length, 'auth');
    assert.deepEqual(socket.said[0], ['auth', { token: 'x' }]);
    socket.emit('message', 1, Buffer.from([2]), { three: null });
    assert.deepEqual(await happened(socket, 'message-back'), 1);
    assert.deepEqual(socket.said.at(-1), ['message-back', 1, Buffer.from([2]), { three: null }]);
    assert.deepEqual(await ask(socket, 'echo', { a: [Buffer.from([7])] }), { a: [Buffer.from([7])] });
    assert.equal(await ask(socket, 'message-with-ack', 'first'), 'first');
  });

  test(`${nsp}: rooms`, async () => {
    const [one, other, stranger] = await Promise.all([client(nsp), client(nsp), client(nsp)]);
    await Promise.all([ask(one, 'join', 'r'), ask(other, 'join', 'r')]);
    const heard = Promise.all([happened(one, 'published'), happened(other, 'published')]);
    one.emit('publish', 'r', { n: 1 });
    assert.deepEqual(await heard, [{ n: 1 }, { n: 1 }]);
    const members = await ask(one, 'fetch-sockets', 'r');
    assert.deepEqual(members.map(({ id }) => id).sort(), [one.id, other.id].sort());
    for (const { id, rooms } of members) assert.deepEqual([...rooms].sort(), [id, 'r'].sort());
    await ask(other, 'leave', 'r');
    const again = happened(one, 'published');
    stranger.emit('publish', 'r', 2);
    assert.equal(await again, 2);
    for (const socket of [other, stranger]) {
      await ask(socket, 'echo', 1);
      assert.ok(!socket.said.some(([event, payload]) => event === 'published' && payload === 2));
    }
    assert.deepEqual((await ask(one, 'fetch-sockets', 'r')).map(({ id }) => id), [one.id]);
    assert.deepEqual(await ask(one, 'fetch-sockets', 'nobody'), []);
  });

  test(`${nsp}: members are moved and disconnected`, async () => {
    const [one, other] = await Promise.all([client(nsp), client(nsp)]);
    await ask(other, 'join', 'from');
    await ask(one, 'sockets-join', 'from', 'to');
    assert.deepEqual((await ask(one, 'fetch-sockets', 'to')).map(({ id }) => id), [other.id]);
    await ask(one, 'sockets-leave', 'from', 'to');
    assert.deepEqual(await ask(one, 'fetch-sockets', 'to'), []);
    const { id } = other;
    const gone = happened(other, 'disconnect');
    await ask(one, 'disconnect-sockets', 'from');
    assert.equal(await gone, 'io server disconnect');
    assert.equal(await ask(one, 'last-disconnect', id), 'server namespace disconnect');
    assert.deepEqual(await ask(one, 'fetch-sockets', 'from'), []);
  });

  test(`${nsp}: broadcast with acknowledgements`, async () => {
    const sockets = await Promise.all([client(nsp), client(nsp), client(nsp)]);
    await Promise.all(sockets.map((socket) => ask(socket, 'join', 'quiz')));
    sockets.forEach((socket, index) => socket.on('question', (payload, reply) => reply(`${payload} ${index}`)));
    assert.deepEqual((await ask(sockets[0], 'broadcast-ack', 'quiz', 'why', 10_000)).sort(), ['why 0', 'why 1', 'why 2']);
    sockets[1].off('question');
    assert.deepEqual((await ask(sockets[0], 'broadcast-ack', 'quiz', 'who', 300)).sort(), ['who 0', 'who 2']);
    assert.deepEqual(await ask(sockets[0], 'broadcast-ack', 'nobody', 'x', 300), []);
  });

  test(`${nsp}: alone there is nobody to answer a server-side emit`, async () => {
    assert.deepEqual(await ask(await client(nsp), 'server-side-emit', 'who'), []);
  });
}

test('the reason of a disconnect', async () => {
  const watcher = await client();
  const endings = {
    'client namespace disconnect': (socket) => socket.disconnect(),
    'transport close': (socket) => socket.io.engine.transport.ws.terminate(),
    'server namespace disconnect': (socket) => socket.emit('kick'),
    // The reference says 'forced close' here; both count as an end by the server's hand.
    'parse error|forced close': (socket) => socket.io.engine.send('2[]'),
  };
  for (const [reason, end] of Object.entries(endings)) {
    const socket = await client('/', { forceNew: true });
    const { id } = socket;
    end(socket);
    const told = await until(() => ask(watcher, 'last-disconnect', id), reason);
    assert.ok(reason.split('|').includes(told), `${told} instead of ${reason}`);
  }
});

test('kick ends the namespace, with true the connection', async () => {
  const socket = await client();
  const other = socket.io.socket('/custom');
  await happened(other, 'connect');
  socket.emit('kick');
  assert.equal(await happened(socket, 'disconnect'), 'io server disconnect');
  assert.equal(await ask(other, 'echo', 1), 1);
  const closed = happened(other.io, 'close');
  other.emit('kick', true);
  await closed;
});

test('a missing or wrong room does nothing', async () => {
  const socket = await client();
  for (const event of ['join', 'leave', 'publish', 'sockets-join', 'sockets-leave', 'disconnect-sockets', 'fetch-sockets', 'broadcast-ack']) {
    for (const args of [[], [1], [null], [{}], [['r']]]) socket.emit(event, ...args);
  }
  assert.equal(await ask(socket, 'echo', 'alive'), 'alive');
  assert.equal(socket.connected, true);
});

test('an unknown flag is refused with 2', async () => {
  assert.equal(await runPlayground('--no-such-flag'), 2);
});

test('it listens on both loopbacks', async () => {
  for (const host of ['127.0.0.1', '[::1]']) {
    const { status } = await fetch(`http://${host}:${server.port}/socket.io/?EIO=4&transport=polling`);
    assert.equal(status, 200, host);
  }
});

test('SIGTERM ends it within five seconds, whoever is connected', async () => {
  const other = await startPlayground();
  const sockets = [['websocket'], ['polling']].map((transports) => io(other.url, { forceNew: true, reconnection: false, transports }));
  await Promise.all(sockets.map((socket) => happened(socket, 'connect')));
  const gone = Promise.all(sockets.map((socket) => happened(socket, 'disconnect')));
  const start = Date.now();
  await other.end();
  assert.ok(Date.now() - start < kStopMs, `${Date.now() - start} ms`);
  await gone;
});
