// A connection that was lost is taken up again: same socket, same rooms, nothing missed, by its owner
// alone. And the two other ways to connect that are chosen by the configuration.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import io2 from 'socket.io-client-v2';

import { all, classroom, closeClients, connected, enter, makeClient, mark, must, seen, ways } from '../fixture/clients.mjs';
import { Network } from '../fixture/network.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { within } from '../fixture/until.mjs';

let server;
let network;
before(async () => {
  server = await startServer({ config: `${unlimited}[engine]\nallow_eio3 = true\ncompression = true\n`
    + 'ping_interval_ms = 1000\nping_timeout_ms = 1500\n' });
  network = await new Network(server).open();
});
after(async () => { closeClients(); network?.close(); await server?.end(); });

// A student in the room, of whom the teacher knows, and who has got a message.
async function student(teacher, roomId, userId, way) {
  const pupil = makeClient(network, { auth: { token: token('student', { userId }) }, way });
  await connected(pupil);
  await enter(pupil, roomId);
  await seen(teacher, 'room:presence', ({ joined }) => joined.some((user) => user.userId === userId));
  await must(teacher, 'chat:message', { roomId, content: 'one' });
  await seen(pupil, 'chat:message');
  return pupil;
}

async function lost(teacher, pupil) {
  const from = mark(pupil);
  network.cut();
  await seen(pupil, ':disconnect', () => true, from);
  await seen(teacher, 'room:presence', ({ left }) => left.length === 1);
}

async function lostAndBack(teacher, pupil, meanwhile) {
  await lost(teacher, pupil);
  await meanwhile();
  const from = mark(pupil);
  network.mend();
  await seen(pupil, ':connect', () => true, from);
}

const contents = (socket) => all(socket, 'chat:message').map(({ content }) => content);

for (const way of ways) {
  describe(way, () => {
    test('who comes back is in the room, as the same socket, and misses nothing', async () => {
      const { teacher, roomId } = await classroom(server, { students: 0 });
      const pupil = await student(teacher, roomId, `pupil by ${way}`, way);
      const { id } = pupil;
      await lostAndBack(teacher, pupil, async () => {
        for (const content of ['two', 'three']) await must(teacher, 'chat:message', { roomId, content });
      });
      assert.equal(pupil.recovered, true);
      assert.equal(pupil.id, id);
      await must(pupil, 'chat:message', { roomId, content: 'I am still a member' });
      await seen(pupil, 'chat:message', ({ content }) => content.startsWith('I am'));
      assert.deepEqual(contents(pupil), ['one', 'two', 'three', 'I am still a member']);
      const { participants } = await must(teacher, 'room:participants', { roomId });
      assert.equal(participants.length, 2);
    });
  });
}

test('who was banned meanwhile is out', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const pupil = await student(teacher, roomId, 'banned');
  await lostAndBack(teacher, pupil, () => must(teacher, 'chat:moderate', { roomId, action: 'ban', targetUserId: 'banned' }));
  const refused = await pupil.emitWithAck('chat:message', { roomId, content: 'x' });
  assert.ok(['BANNED', 'NOT_A_MEMBER'].includes(refused.error.type), refused.error.type);
  await must(teacher, 'chat:message', { roomId, content: 'for members' });
  await must(pupil, 'ping', {});
  assert.ok(!contents(pupil).includes('for members'));
});

test('the private id is of no use to somebody else', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const pupil = await student(teacher, roomId, 'victim');
  const { id, _pid: pid } = pupil;
  await lost(teacher, pupil);
  const thief = await connected(makeClient(server, { auth: { token: token('student', { userId: 'thief' }), pid } }));
  assert.notEqual(thief.id, id);
  await must(teacher, 'chat:message', { roomId, content: 'not for thieves' });
  await must(thief, 'ping', {});
  assert.deepEqual(contents(thief), []);
  network.mend();
});

test('a client of Socket.IO 2 joins a class with the token in its query', async (t) => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  for (const transports of [['polling'], ['websocket']]) {
    const socket = io2(server.url, { forceNew: true, transports, query: { token: token('student') } });
    t.after(() => socket.close());
    const said = within(new Promise((resolve) => { socket.on('chat:message', resolve); }), 'a message');
    const ask = (event, payload) => within(new Promise((resolve) => { socket.emit(event, payload, resolve); }), event);
    assert.equal((await ask('user:action', { action: 'join', target: roomId })).ok, true);
    await must(teacher, 'chat:message', { roomId, content: `over ${transports}` });
    assert.equal((await said).content, `over ${transports}`);
  }
  const stranger = io2(server.url, { forceNew: true });
  t.after(() => stranger.close());
  const refusal = await within(new Promise((resolve) => { stranger.on('error', resolve); }), 'a refusal');
  assert.equal(refusal.type, 'AUTH_REQUIRED');
});

test('long messages arrive compressed and whole', async (t) => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const pupil = makeClient(server, { auth: { token: token('student') }, perMessageDeflate: { threshold: 100 } });
  await connected(pupil);
  t.after(() => pupil.close());
  assert.ok('permessage-deflate' in pupil.io.engine.transport.ws._extensions);
  await enter(pupil, roomId);
  const content = 'lorem ipsum '.repeat(80).trim();
  await must(pupil, 'chat:message', { roomId, content });
  assert.equal((await seen(teacher, 'chat:message')).content, content);
  assert.equal((await seen(pupil, 'chat:message')).content, content);
});
