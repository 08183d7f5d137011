// Rooms and chat with the stock client in its three ways. D12–D77, contract section 4 and 8.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, ask, classroom, closeClients, enter, fails, join, mark, must, seen, ways } from '../fixture/clients.mjs';
import { get } from '../fixture/http.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';

const nowhere = '3b241101-e2bb-4255-8caf-4136c566a962';
let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { closeClients(); await server?.end(); });

const say = (socket, roomId, content, more = {}) => must(socket, 'chat:message', { roomId, content, ...more });
const sequence = (socket) => all(socket, 'chat:message').map(({ seq, content }) => `${seq} ${content}`);

for (const way of ways) {
  describe(way, () => {
    test('a message reaches everybody in the room, the sender too', async () => {
      const { everybody, pupils, roomId } = await classroom(server, { way });
      const answer = await say(pupils[0], roomId, 'Hello');
      assert.deepEqual(Object.keys(answer).sort(), ['messageId', 'ok', 'seq', 'timestamp']);
      for (const member of everybody) {
        const message = await seen(member, 'chat:message');
        assert.deepEqual(Object.keys(message).sort(),
          ['content', 'messageId', 'metadata', 'roomId', 'seq', 'timestamp', 'type', 'userId', 'username']);
        assert.equal(message.messageId, answer.messageId);
        assert.equal(message.seq, answer.seq);
        assert.equal(message.userId, pupils[0].who.userId);
        assert.equal(message.username, pupils[0].who.username);
        assert.equal(message.content, 'Hello');
        assert.equal(message.type, 'text');
      }
    });

    test('all members see the same gap-free order', async () => {
      const { everybody, roomId } = await classroom(server, { students: 5, way });
      const rounds = 20;
      const answers = (await Promise.all(everybody.map(async (member, who) => {
        const mine = [];
        for (let round = 0; round < rounds; ++round) mine.push(await say(member, roomId, `${who}.${round}`));
        return mine;
      }))).flat();
      const total = rounds * everybody.length;
      assert.deepEqual(answers.map(({ seq }) => seq).sort((a, b) => a - b), Array.from({ length: total }, (_, i) => i + 1));
      for (const member of everybody) await seen(member, 'chat:message', ({ seq }) => seq === total);
      const order = sequence(everybody[0]);
      assert.deepEqual(order.map((line) => Number(line.split(' ')[0])), Array.from({ length: total }, (_, i) => i + 1));
      for (const member of everybody) assert.deepEqual(sequence(member), order);
    });

    test('the same clientId again gives the first answer and posts nothing', async () => {
      const { everybody, pupils, roomId } = await classroom(server, { way });
      const first = await say(pupils[0], roomId, 'once', { clientId: 'c-1' });
      const again = await say(pupils[0], roomId, 'once', { clientId: 'c-1' });
      assert.deepEqual(again, first);
      const [both, both2] = await Promise.all(
        [1, 2].map(() => say(pupils[0], roomId, 'twice', { clientId: 'c-2' })));
      assert.deepEqual(both2, both);
      const other = await say(pupils[1], roomId, 'mine', { clientId: 'c-1' });
      assert.notEqual(other.messageId, first.messageId);
      await seen(everybody[0], 'chat:message', ({ messageId }) => messageId === other.messageId);
      assert.equal(all(everybody[0], 'chat:message').length, 3);
    });

    test('a newcomer gets history, presence and a seq that joins up', async () => {
      const { teacher, roomId } = await classroom(server, { students: 1, way });
      for (const text of ['one', 'two', 'three']) await say(teacher, roomId, text);
      const late = await join(server, 'student', { way });
      const joined = await enter(late, roomId);
      assert.equal(joined.room.roomId, roomId);
      assert.equal(joined.room.name, 'Algebra 1');
      assert.deepEqual(joined.history.map(({ seq, content }) => [seq, content]), [[1, 'one'], [2, 'two'], [3, 'three']]);
      assert.equal(joined.seq, 3);
      assert.equal(joined.participants, 3);
      assert.equal(joined.quiz, null);
      const missed = await enter(late, roomId, { after: 1 });
      assert.deepEqual(missed.history.map(({ seq }) => seq), [2, 3]);
      const presence = await seen(teacher, 'room:presence', ({ joined: who }) =>
        who.some(({ userId }) => userId === late.who.userId));
      assert.equal(presence.roomId, roomId);
      late.disconnect();
      await seen(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === late.who.userId));
    });
  });
}

test('presence counts users, not connections', async () => {
  const { teacher, roomId } = await classroom(server, { students: 1 });
  const first = await join(server, 'student', { userId: 'two tabs' });
  const second = await join(server, 'student', { userId: 'two tabs' });
  await enter(first, roomId);
  assert.equal((await enter(second, roomId)).participants, 3);
  const list = await must(teacher, 'room:participants', { roomId });
  assert.equal(list.participants.length, 3);
  assert.equal(list.cursor, null);
  // Who comes and goes between two of these events is in neither.
  await seen(teacher, 'room:presence', ({ joined }) => joined.some(({ userId }) => userId === 'two tabs'));
  const from = mark(teacher);
  first.disconnect();
  second.disconnect();
  const presence = await seen(teacher, 'room:presence', ({ left }) => left.length > 0, from);
  assert.deepEqual(presence.left.map(({ userId }) => userId), ['two tabs']);
  assert.equal(presence.participants, 2);
});

test('leaving ends delivery; posting then needs membership', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  await must(pupils[0], 'user:action', { action: 'leave', target: roomId });
  await say(teacher, roomId, 'unheard');
  assert.equal((await fails(pupils[0], 'chat:message', { roomId, content: 'x' })).type, 'NOT_A_MEMBER');
  await enter(pupils[0], roomId);
  await say(teacher, roomId, 'heard');
  await seen(pupils[0], 'chat:message', ({ content }) => content === 'heard');
  assert.deepEqual(sequence(pupils[0]), ['2 heard']);
});

test('membership, permission and existence are checked', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const stranger = await join(server, 'student');
  assert.equal((await fails(stranger, 'chat:message', { roomId, content: 'x' })).type, 'NOT_A_MEMBER');
  assert.equal((await fails(stranger, 'chat:history', { roomId })).type, 'NOT_A_MEMBER');
  assert.equal((await fails(stranger, 'user:action', { action: 'join', target: nowhere })).type, 'NOT_FOUND');
  assert.equal((await fails(teacher, 'chat:message', { roomId: nowhere, content: 'x' })).type, 'NOT_FOUND');
  assert.equal((await fails(pupils[0], 'room:create', { name: 'x' })).type, 'FORBIDDEN');
  assert.equal((await fails(pupils[0], 'room:close', { roomId })).type, 'FORBIDDEN');
  const otherTeacher = await join(server, 'instructor');
  assert.equal((await fails(otherTeacher, 'room:close', { roomId })).type, 'FORBIDDEN');
});

test('bad payloads name their field', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const cases = [
    ['chat:message', { roomId }, 'content'],
    ['chat:message', { roomId, content: '' }, 'content'],
    ['chat:message', { roomId, content: 'x'.repeat(1001) }, 'content'],
    ['chat:message', { roomId, content: 7 }, 'content'],
    ['chat:message', { roomId: roomId.toUpperCase(), content: 'x' }, 'roomId'],
    ['chat:message', { roomId: '7', content: 'x' }, 'roomId'],
    ['chat:message', { roomId, content: 'x', type: 'video' }, 'type'],
    ['chat:message', { roomId, content: 'x', extra: 1 }, 'extra'],
    ['chat:message', { roomId, content: 'x', metadata: { replyTo: 'y' } }, 'metadata.replyTo'],
    ['chat:message', { roomId, content: 'javascript:alert(1)', type: 'image' }, 'content'],
    ['chat:history', { roomId, limit: 0 }, 'limit'],
    ['chat:history', { roomId, limit: 1001 }, 'limit'],
    ['user:action', { action: 'dance', target: roomId }, 'action'],
    ['room:create', {}, 'name'],
    ['room:create', { name: 'x'.repeat(101) }, 'name'],
  ];
  for (const [event, payload, field] of cases) {
    const error = await fails(teacher, event, payload);
    assert.equal(error.type, 'VALIDATION_ERROR', `${event} ${JSON.stringify(payload).slice(0, 80)}`);
    assert.equal(error.field, field, `${event} ${JSON.stringify(payload).slice(0, 80)}`);
    assert.match(error.message, /^Validation error: /);
  }
  for (const payload of [[], 'x', 7, true]) {
    assert.equal((await fails(teacher, 'chat:message', payload)).type, 'VALIDATION_ERROR');
  }
  assert.equal((await fails(teacher, 'chat:message')).type, 'VALIDATION_ERROR');
});

test('unknown events are answered, with and without acknowledgement', async () => {
  const socket = await join(server, 'student');
  const error = await fails(socket, 'chat:shout', {});
  assert.equal(error.type, 'UNKNOWN_MESSAGE_TYPE');
  assert.equal(error.message, 'Unknown message type');
  socket.emit('chat:shout', {});
  assert.equal((await seen(socket, 'error')).type, 'UNKNOWN_MESSAGE_TYPE');
  for (const name of ['__proto__', 'error', 'constructor', '']) {
    assert.equal((await fails(socket, name, {})).type, 'UNKNOWN_MESSAGE_TYPE', name);
  }
  assert.ok(socket.connected);
});

test('a failure without acknowledgement comes as an error event to its sender alone', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 2 });
  pupils[0].emit('chat:message', { roomId, content: '' });
  const error = await seen(pupils[0], 'error');
  assert.equal(error.type, 'VALIDATION_ERROR');
  assert.equal(error.field, 'content');
  await say(teacher, roomId, 'done');
  for (const other of [teacher, pupils[1]]) {
    await seen(other, 'chat:message', ({ content }) => content === 'done');
    assert.equal(all(other, 'error').length, 0);
  }
});

test('markup is kept to six tags, balanced, and the rest is text', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const cases = [
    ['<b>bold</b> & <i>both', '<b>bold</b> &amp; <i>both</i>'],
    ['<script>alert(1)</script>x', 'x'],
    ['<img src=x onerror=alert(1)>y', 'y'],
    ['<b onclick="x">z</b>', '<b>z</b>'],
    ['1 < 2', '1 &lt; 2'],
    ['&lt;b&gt; stays, & goes', '&lt;b&gt; stays, &amp; goes'],
  ];
  for (const [content, expected] of cases) {
    const { messageId } = await say(teacher, roomId, content);
    const message = await seen(pupils[0], 'chat:message', (one) => one.messageId === messageId);
    assert.equal(message.content, expected);
  }
});

test('history pages backwards and forwards, over both doors', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  for (let number = 1; number <= 30; ++number) await say(teacher, roomId, `m${number}`);
  const numbers = ({ messages }) => messages.map(({ seq }) => seq);
  const last = await must(pupils[0], 'chat:history', { roomId, limit: 10 });
  assert.deepEqual(numbers(last), Array.from({ length: 10 }, (_, i) => 21 + i));
  assert.equal(last.hasMore, true);
  const first = await must(pupils[0], 'chat:history', { roomId, before: 11, limit: 10 });
  assert.deepEqual(numbers(first), Array.from({ length: 10 }, (_, i) => 1 + i));
  assert.equal(first.hasMore, false);
  const middle = await must(pupils[0], 'chat:history', { roomId, after: 5, limit: 3 });
  assert.deepEqual(numbers(middle), [6, 7, 8]);
  const http = await get(server, `/api/rooms/${roomId}/messages?after=27`, { token: pupils[0].who.token });
  assert.equal(http.status, 200, http.text);
  assert.deepEqual(numbers(http.json), [28, 29, 30]);
  assert.equal((await get(server, `/api/rooms/${roomId}/messages`)).status, 401);
});

test('a closed room says so', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  await must(teacher, 'room:close', { roomId });
  assert.equal((await seen(pupils[0], 'room:closed')).roomId, roomId);
  assert.equal((await fails(pupils[0], 'chat:message', { roomId, content: 'x' })).type, 'ROOM_CLOSED');
  assert.equal((await fails(pupils[0], 'user:action', { action: 'join', target: roomId })).type, 'ROOM_CLOSED');
});

test('typing reaches the others and is not kept', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  await must(pupils[0], 'user:action', { action: 'typing', target: roomId });
  const typing = await seen(teacher, 'user:typing');
  assert.equal(typing.userId, pupils[0].who.userId);
  assert.equal(typing.username, pupils[0].who.username);
  assert.equal(typing.roomId, roomId);
  assert.deepEqual((await must(teacher, 'chat:history', { roomId })).messages, []);
});

test('several requests in one go are answered in order', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(teacher, 'chat:message', { roomId, content: `n${i}` })));
  assert.deepEqual(answers.map(({ seq }) => seq), Array.from({ length: 50 }, (_, i) => i + 1));
});
