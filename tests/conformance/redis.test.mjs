// The contract's table of the playground's events over two nodes that share a Redis.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Emitter } from '@socket.io/redis-emitter';
import { createClient } from 'redis';
import msgpack from 'socket.io-msgpack-parser';

import { ask, endListeners, listen } from '../fixture/listeners.mjs';
import { runPlayground, startPlayground } from '../fixture/playground.mjs';
import { Redis } from '../fixture/redis.mjs';
import { happened, until } from '../fixture/until.mjs';

let redis;
let nodes;
let publisher;
before(async () => {
  redis = await new Redis().start();
  nodes = await Promise.all([1, 2].map(() => startPlayground('--redis', redis.url, '--threads', '2')));
  publisher = createClient({ url: redis.url });
  publisher.on('error', () => {});
  await publisher.connect();
});
afterEach(endListeners);
after(async () => {
  await publisher?.disconnect();
  await Promise.all((nodes ?? []).map((node) => node.end()));
  await redis?.end();
});

const ids = (members) => members.map(({ id }) => id).sort();

for (const nsp of ['/', '/custom']) {
  test(`${nsp}: publish reaches both nodes once, whatever the payload`, async () => {
    const [one, other, stranger] = await Promise.all([listen(nodes[0], nsp), listen(nodes[1], nsp), listen(nodes[1], nsp)]);
    await Promise.all([ask(one, 'join', 'r'), ask(other, 'join', 'r')]);
    for (const payload of [{ n: 1, deep: [null, true, 1.5, 'ü'] }, 'text', 7, null, Buffer.from([0, 255, 2]), { list: [Buffer.from('a'), Buffer.from('')] }]) {
      const heard = Promise.all([happened(one, 'published'), happened(other, 'published')]);
      one.emit('publish', 'r', payload);
      assert.deepEqual(await heard, [payload, payload]);
    }
    await Promise.all([one, other, stranger].map((socket) => ask(socket, 'echo', 1)));
    for (const socket of [one, other]) assert.equal(socket.said.filter(([event]) => event === 'published').length, 6);
    assert.ok(!stranger.said.some(([event]) => event === 'published'));
  });

  test(`${nsp}: order holds`, async () => {
    const [one, other] = await Promise.all([listen(nodes[0], nsp), listen(nodes[1], nsp)]);
    await ask(other, 'join', 'row');
    for (let n = 0; n < 500; ++n) one.emit('publish', 'row', n);
    await until(() => other.said.filter(([event]) => event === 'published').length === 500, 'all');
    assert.deepEqual(other.said.filter(([event]) => event === 'published').map(([, n]) => n), Array.from({ length: 500 }, (_, n) => n));
  });

  test(`${nsp}: sockets are found, moved and disconnected on both nodes`, async () => {
    const [one, other, third] = await Promise.all([listen(nodes[0], nsp), listen(nodes[1], nsp), listen(nodes[1], nsp)]);
    await Promise.all([ask(one, 'join', 'from'), ask(other, 'join', 'from')]);
    const members = await ask(one, 'fetch-sockets', 'from');
    assert.deepEqual(ids(members), [one.id, other.id].sort());
    for (const { id, rooms } of members) assert.deepEqual([...rooms].sort(), [id, 'from'].sort());
    assert.deepEqual(await ask(one, 'fetch-sockets', 'nobody'), []);
    await ask(third, 'sockets-join', 'from', 'to');
    assert.deepEqual(ids(await ask(third, 'fetch-sockets', 'to')), [one.id, other.id].sort());
    await ask(one, 'sockets-leave', 'from', 'to');
    assert.deepEqual(await ask(one, 'fetch-sockets', 'to'), []);
    const gone = Promise.all([happened(one, 'disconnect'), happened(other, 'disconnect')]);
    await ask(third, 'disconnect-sockets', 'from');
    assert.deepEqual(await gone, ['io server disconnect', 'io server disconnect']);
    assert.deepEqual(await ask(third, 'fetch-sockets', 'from'), []);
  });

  test(`${nsp}: answers of clients on both nodes`, async () => {
    const sockets = await Promise.all([listen(nodes[0], nsp), listen(nodes[1], nsp), listen(nodes[1], nsp)]);
    await Promise.all(sockets.map((socket) => ask(socket, 'join', 'quiz')));
    sockets.forEach((socket, index) => socket.on('question', (payload, reply) => reply(`${payload} ${index}`)));
    assert.deepEqual((await ask(sockets[0], 'broadcast-ack', 'quiz', 'why', 10_000)).sort(), ['why 0', 'why 1', 'why 2']);
    sockets[2].off('question').on('question', (payload, reply) => reply(payload));
    const binary = await ask(sockets[0], 'broadcast-ack', 'quiz', Buffer.from([1, 2]), 10_000);
    assert.ok(binary.some((answer) => Buffer.isBuffer(answer) && answer.equals(Buffer.from([1, 2]))));
    sockets[1].off('question');
    const start = Date.now();
    assert.equal((await ask(sockets[0], 'broadcast-ack', 'quiz', 'who', 500)).length, 2);
    assert.ok(Date.now() - start >= 450);
    assert.deepEqual(await ask(sockets[0], 'broadcast-ack', 'nobody', 'x', 10_000), []);
  });

  test(`${nsp}: servers answer each other`, async () => {
    assert.deepEqual(await ask(await listen(nodes[0], nsp), 'server-side-emit', 'who'), [nodes[1].pid]);
    assert.deepEqual(await ask(await listen(nodes[1], nsp), 'server-side-emit', 'who'), [nodes[0].pid]);
  });

  test(`${nsp}: the emitter`, async () => {
    const emitter = new Emitter(publisher).of(nsp);
    const [one, other] = await Promise.all([listen(nodes[0], nsp), listen(nodes[1], nsp)]);
    await ask(other, 'join', 'room1');
    const all = Promise.all([happened(one, 'hello'), happened(other, 'hello')]);
    emitter.emit('hello', { a: Buffer.from([9]) });
    assert.deepEqual(await all, [{ a: Buffer.from([9]) }, { a: Buffer.from([9]) }]);
    const some = happened(other, 'hello');
    emitter.to('room1').volatile.emit('hello', 'members');
    assert.equal(await some, 'members');
    const rest = happened(one, 'hello');
    emitter.except('room1').emit('hello', 'others');
    assert.equal(await rest, 'others');
    emitter.in('room1').socketsJoin(['x', 'y']);
    const members = await until(async () => (await ask(one, 'fetch-sockets', 'y'))[0], 'the member');
    assert.deepEqual([...members.rooms].sort(), [other.id, 'room1', 'x', 'y'].sort());
    emitter.in('x').socketsLeave('y');
    await until(async () => (await ask(one, 'fetch-sockets', 'y')).length === 0, 'its leaving');
    const gone = happened(other, 'disconnect');
    emitter.in('x').disconnectSockets();
    assert.equal(await gone, 'io server disconnect');
    assert.deepEqual(one.said.filter(([event]) => event === 'hello').map(([, payload]) => payload), [{ a: Buffer.from([9]) }, 'others']);
  });
}

test('names that mean something to Redis are names', async () => {
  const [one, other, stranger] = await Promise.all([listen(nodes[0]), listen(nodes[1]), listen(nodes[1])]);
  await ask(stranger, 'join', 'plain');
  for (const room of ['*', '?', '[p]lain', 'p*', 'a#b', '#', '\\', '', 'ü\u0000{"', '1']) {
    await ask(other, 'join', room);
    const heard = happened(other, 'published');
    one.emit('publish', room, room);
    assert.equal(await heard, room);
    assert.deepEqual(ids(await ask(one, 'fetch-sockets', room)), [other.id], room);
    await ask(other, 'leave', room);
  }
  await ask(stranger, 'echo', 1);
  assert.ok(!stranger.said.some(([event]) => event === 'published'));
});

test('nodes with another key are another cluster', async () => {
  const apart = await startPlayground('--redis', redis.url, '--redis-key', 'apart');
  try {
    const [here, there] = await Promise.all([listen(nodes[0]), listen(apart)]);
    await Promise.all([ask(here, 'join', 'keyed'), ask(there, 'join', 'keyed')]);
    assert.deepEqual(ids(await ask(there, 'fetch-sockets', 'keyed')), [there.id]);
    assert.deepEqual(await ask(there, 'server-side-emit', 'who'), []);
  } finally {
    await apart.end();
  }
});

test('nodes may speak to their clients in different ways, and keep for them what other nodes say', async () => {
  const packed = await startPlayground('--redis', redis.url, '--parser', 'msgpack', '--recovery');
  try {
    const [here, there] = await Promise.all([listen(nodes[0]), listen(packed, '/', { parser: msgpack })]);
    await Promise.all([ask(here, 'join', 'mixed'), ask(there, 'join', 'mixed')]);
    for (const payload of [{ b: Buffer.from([3]) }, [1.5, 'x']]) {
      for (const sender of [here, there]) {
        const heard = Promise.all([happened(here, 'published'), happened(there, 'published')]);
        sender.emit('publish', 'mixed', payload);
        assert.deepEqual(await heard, [payload, payload]);
      }
    }
    there.io.engine.close();
    await until(async () => (await ask(here, 'fetch-sockets', 'mixed')).length === 1, 'its end');
    here.emit('publish', 'mixed', 'missed');
    await ask(here, 'fetch-sockets', 'mixed');  // the other node has it, too
    const missed = happened(there, 'published');
    there.connect();
    assert.equal(await missed, 'missed');
    assert.equal(there.recovered, true);
  } finally {
    await packed.end();
  }
});

test('a node that goes is not waited for', async () => {
  const third = await startPlayground('--redis', redis.url);
  const here = await listen(nodes[0]);
  assert.deepEqual((await ask(here, 'server-side-emit', 'who')).sort(), [nodes[1].pid, third.pid].sort());
  await third.end();
  assert.deepEqual(await ask(here, 'server-side-emit', 'who'), [nodes[1].pid]);
});

test('what nobody can read disturbs nothing', async () => {
  const [one, other] = await Promise.all([listen(nodes[0]), listen(nodes[1])]);
  await Promise.all([ask(one, 'join', 'g'), ask(other, 'join', 'g')]);
  const garbage = [
    '', '{', '{}', '[]', 'x', '\x93', Buffer.from([0x93, 0xc0, 0xc0, 0xc0]), Buffer.from([0xdd, 255, 255, 255, 255]), Buffer.from([0xc6, 255, 255, 255, 255]), Buffer.alloc(1 << 20, 0x91),
    `{"type":2,"opts":${'['.repeat(100_000)}`, '{"type":5,"requestId":"x","opts":{"rooms":[{}]}}', '{"type":7}', '{"type":6,"data":[{}]}', '{"type":6,"data":[null],"requestId":"r"}', '{"type":99}', '{"type":"__proto__"}',
    '{"requestId":"x","clientCount":-1}', '{"requestId":"x","clientCount":1e300}', '{"uid":"u","type":4,"sid":"nobody"}', Buffer.from('93a16182a47479706502a464617461c0' + '80', 'hex'),
  ];
  for (const channel of ['socket.io#/#', 'socket.io#/#g#', 'socket.io#/#g', 'socket.io-request#/#', 'socket.io-response#/#']) {
    for (const message of garbage) await publisher.publish(channel, message);
  }
  const heard = Promise.all([happened(one, 'published'), happened(other, 'published')]);
  one.emit('publish', 'g', 'still');
  assert.deepEqual(await heard, ['still', 'still']);
  assert.deepEqual(ids(await ask(one, 'fetch-sockets', 'g')), [one.id, other.id].sort());
  assert.deepEqual([one.connected, other.connected], [true, true]);
});

test('questions of old nodes are answered', async () => {
  const one = await listen(nodes[0]);
  await ask(one, 'join', 'old');
  const listener = publisher.duplicate();
  await listener.connect();
  const answers = new Map();
  await listener.subscribe('socket.io-response#/#', (text) => {
    const { requestId, ...rest } = JSON.parse(text);
    answers.set(requestId, [...(answers.get(requestId) ?? []), rest]);
  });
  const send = (request) => publisher.publish('socket.io-request#/#', JSON.stringify(request));
  await send({ uid: 'old', requestId: 'q0', type: 0, rooms: ['old'] });
  await until(() => answers.get('q0')?.length === 2, 'both nodes');
  assert.deepEqual(answers.get('q0').flatMap(({ sockets }) => sockets), [one.id]);
  await send({ uid: 'old', requestId: 'q1', type: 1 });
  await until(() => answers.get('q1')?.length === 2, 'both nodes');
  assert.deepEqual(answers.get('q1').flatMap(({ rooms }) => rooms).sort(), [one.id, 'old'].sort());
  await send({ requestId: 'q2', type: 2, sid: one.id, room: 'joined' });
  await until(() => answers.has('q2'), 'an answer');
  assert.deepEqual(ids(await ask(one, 'fetch-sockets', 'joined')), [one.id]);
  await send({ requestId: 'q3', type: 3, sid: one.id, room: 'joined' });
  await until(() => answers.has('q3'), 'an answer');
  assert.deepEqual(await ask(one, 'fetch-sockets', 'joined'), []);
  const gone = happened(one, 'disconnect');
  await send({ requestId: 'q4', type: 4, sid: one.id });
  assert.equal(await gone, 'io server disconnect');
  await until(() => answers.has('q4'), 'an answer');
  await listener.disconnect();
});

test('a URL that is none is refused with 2', async () => {
  assert.equal(await runPlayground('--redis', 'http://127.0.0.1'), 2);
});

test('without Redis a node is alone, and it meets the others when Redis is there', async () => {
  const late = new Redis();
  await late.start();
  await late.kill();
  const [one, other] = await Promise.all([1, 2].map(() => startPlayground('--redis', late.url)));
  try {
    const [here, there] = await Promise.all([listen(one), listen(other)]);
    await Promise.all([ask(here, 'join', 'r'), ask(there, 'join', 'r')]);
    const heard = happened(here, 'published');
    here.emit('publish', 'r', 'alone');
    assert.equal(await heard, 'alone');
    assert.deepEqual(ids(await ask(here, 'fetch-sockets', 'r')), [here.id]);
    await late.start();
    await until(async () => (await ask(here, 'fetch-sockets', 'r')).length === 2, 'the other node');
    const both = Promise.all([happened(here, 'published'), happened(there, 'published')]);
    here.emit('publish', 'r', 'together');
    assert.deepEqual(await both, ['together', 'together']);
  } finally {
    await Promise.all([one.end(), other.end()]);
    await late.end();
  }
});

// Last: it takes the Redis of all the others away.
test('Redis dies: local delivery goes on, requests end in time, and all is well when it is back', async () => {
  const [one, other] = await Promise.all([listen(nodes[0]), listen(nodes[1])]);
  await Promise.all([ask(one, 'join', 'r'), ask(other, 'join', 'r')]);
  await redis.kill();
  const start = Date.now();
  const heard = happened(one, 'published');
  one.emit('publish', 'r', 'here');
  assert.equal(await heard, 'here');
  assert.deepEqual(ids(await ask(one, 'fetch-sockets', 'r')), [one.id]);
  assert.deepEqual(await ask(one, 'server-side-emit', 'who'), []);
  one.on('question', (payload, reply) => reply(payload));
  assert.deepEqual(await ask(one, 'broadcast-ack', 'r', 'why', 3000), ['why']);
  await ask(one, 'sockets-join', 'r', 's');
  assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
  await redis.start();
  await until(async () => (await ask(one, 'fetch-sockets', 'r')).length === 2, 'the other node');
  const both = Promise.all([happened(one, 'published'), happened(other, 'published')]);
  other.emit('publish', 'r', 'again');
  assert.deepEqual(await both, ['again', 'again']);
  assert.deepEqual(await ask(one, 'server-side-emit', 'who'), [nodes[1].pid]);
  assert.deepEqual(nodes.map((node) => node.alive()), [true, true]);
});
