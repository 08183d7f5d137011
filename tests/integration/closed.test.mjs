// A closed room leaves memory when nobody is in it, and is read from the log when somebody asks.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ask, classroom, closeClients, enter, fails, join, must, seen } from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import { createQuiz, right, wrong } from '../fixture/quiz.mjs';
import { startServer } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const atOnce = '[memory]\nsoft_limit_mb = 1\ncheck_ms = 20\n';  // every server is larger than that

let server;
afterEach(async () => {
  closeClients();
  await server?.end();
  server = undefined;
});

async function sleeping() {
  const metrics = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  return Number(metrics.match(/^lectern_sleeping_rooms (\d+)$/m)[1]);
}

const fallsAsleep = () => until(async () => await sleeping() === 1, 'the room asleep');

// A class that was held: messages, a deleted one, a finished quiz and one that never started. The
// teacher alone is still in the room, which is closed.
async function heldClass() {
  const { teacher, pupils, roomId } = await classroom(server, { students: 2 });
  const replies = [];
  for (const [number, member] of [teacher, ...pupils].entries()) {
    replies.push(await must(member, 'chat:message', { roomId, content: `message ${number}`, clientId: 'tab' }));
  }
  await must(teacher, 'chat:moderate', { roomId, action: 'delete', messageId: replies[1].messageId });
  const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
  const { sessionId: unused } = await createQuiz(teacher, roomId, { title: 'Never started' });
  await must(teacher, 'quiz:start', { sessionId });
  await must(pupils[0], 'quiz:answer', { sessionId, questionId, answer: right[0] });
  await must(pupils[1], 'quiz:answer', { sessionId, questionId, answer: wrong[0] });
  await must(teacher, 'quiz:end', { sessionId });
  await seen(teacher, 'quiz:finished');
  await must(teacher, 'room:close', { roomId });
  for (const pupil of pupils) pupil.disconnect();
  return { teacher, pupil: pupils[0].who, roomId, sessionId, unused, questionId, replies };
}

// Everything that can be asked about the room without being in it, over HTTP and by socket; every
// question is asked in a moment of its own.
async function everything(held, rest = async () => {}) {
  const { roomId, sessionId, unused, questionId, replies } = held;
  const token = held.teacher.who.token;
  const answers = {};
  const paths = [`/api/rooms/${roomId}`, `/api/rooms/${roomId}/messages`, `/api/rooms/${roomId}/messages?before=3&limit=1`,
    `/api/quizzes?roomId=${roomId}`, '/api/quizzes', `/api/quizzes/${sessionId}`, `/api/quizzes/${unused}`,
    `/api/quizzes/${sessionId}/results`, `/api/quizzes/${sessionId}/results?format=csv`,
    `/api/rooms/${roomId}/events`, '/api/rooms'];
  for (const path of paths) {
    await rest();
    const { status, text } = await get(server, path, { token });
    answers[path] = [status, text.replace(/"participants":\d+/, '').replace(/"serverTime":\d+/, '')];
    await rest();
    answers[`${path} by a pupil`] = (await get(server, path, { token: held.pupil.token })).status;
  }
  await rest();
  answers.emit = (await post(server, `/api/rooms/${roomId}/emit`, { event: 'x', data: {} }, { token })).status;
  const teacher = await join(server, 'instructor', held.teacher.who);
  const pupil = await join(server, 'student', held.pupil);
  const events = [
    [teacher, 'chat:history', { roomId }], [teacher, 'chat:history', { roomId, after: 1, limit: 1 }],
    [teacher, 'room:close', { roomId }], [teacher, 'room:configure', { roomId, name: 'Algebra 2' }],
    [teacher, 'chat:message', { roomId, content: 'message 0', clientId: 'tab' }],
    [teacher, 'chat:message', { roomId, content: 'new', clientId: 'another' }],
    [teacher, 'quiz:start', { sessionId: unused }], [teacher, 'quiz:next', { sessionId }],
    [teacher, 'quiz:create', { roomId, title: 'Late', questions: [{ kind: 'boolean', text: '?', correct: true, timeLimitMs: 5000 }] }],
    [teacher, 'user:action', { action: 'typing', target: roomId }],
    [pupil, 'user:action', { action: 'join', target: roomId }], [pupil, 'chat:history', { roomId }],
    [pupil, 'chat:message', { roomId, content: 'message 1', clientId: 'tab' }],
    [pupil, 'quiz:answer', { sessionId, questionId, answer: right[0] }], [pupil, 'quiz:state', { sessionId }],
  ];
  for (const [number, [socket, event, payload]] of events.entries()) {
    await rest();
    answers[`${number} ${event}`] = await ask(socket, event, payload);
  }
  assert.deepEqual(answers['4 chat:message'], { ...answers['4 chat:message'], ok: true, seq: 1, messageId: replies[0].messageId });
  assert.equal(answers['5 chat:message'].error.type, 'ROOM_CLOSED');
  assert.equal(answers['10 user:action'].error.type, 'ROOM_CLOSED');
  assert.equal(answers[paths[0]][0], 200);
  assert.equal(answers[paths[8]][0], 200);
  for (const socket of [teacher, pupil]) socket.disconnect();
  return answers;
}

test('a closed room answers as before when it has left memory', async () => {
  server = await startServer({ config: atOnce });
  const held = await heldClass();
  const before = await everything(held);
  assert.equal(await sleeping(), 0, 'the teacher is still there');
  held.teacher.disconnect();
  await fallsAsleep();
  assert.deepEqual(await everything(held, fallsAsleep), before);
});

test('a closed room answers as before after a restart', async () => {
  server = await startServer();
  const held = await heldClass();
  const before = await everything(held);
  held.teacher.disconnect();
  await fallsAsleep();
  await server.stop();
  await server.restart();
  await until(async () => await sleeping() === 1, 'the room asleep from the start');
  assert.deepEqual(await everything(held), before);
  assert.equal(await sleeping(), 0);
});

test('what is done to a closed room in its sleep is kept', async () => {
  server = await startServer({ config: atOnce });
  const held = await heldClass();
  const { roomId, unused, replies: [{ messageId }], teacher: { who } } = held;
  held.teacher.disconnect();
  await fallsAsleep();
  const teacher = await join(server, 'instructor', who);
  await must(teacher, 'chat:moderate', { roomId, action: 'delete', messageId });
  await fallsAsleep();
  await must(teacher, 'quiz:end', { sessionId: unused });
  await fallsAsleep();
  const check = async () => {
    const { messages } = (await get(server, `/api/rooms/${roomId}/messages`, who)).json;
    assert.deepEqual(messages.map(({ deleted, content }) => [deleted ?? false, content]),
      [[true, ''], [true, ''], [false, 'message 2']]);
    const { quizzes } = (await get(server, `/api/quizzes?roomId=${roomId}`, who)).json;
    assert.deepEqual(quizzes.map(({ title, phase }) => [title, phase]), [['Numbers', 'finished'], ['Never started', 'finished']]);
  };
  await check();
  await server.kill();
  await server.restart();
  await fallsAsleep();
  await check();
});

test('a room that somebody is in stays, and a stranger finds nothing', async () => {
  server = await startServer({ config: atOnce });
  const held = await heldClass();
  held.teacher.disconnect();
  await fallsAsleep();
  const teacher = await join(server, 'instructor', held.teacher.who);
  const { history } = await enter(teacher, held.roomId);
  assert.deepEqual(history.map(({ seq }) => seq), [1, 2, 3]);
  const other = await join(server, 'instructor');
  assert.equal((await fails(other, 'chat:history', { roomId: other.who.userId })).type, 'NOT_FOUND');
  assert.equal((await fails(other, 'chat:history', { roomId: held.roomId })).type, 'NOT_A_MEMBER');
  assert.equal(await sleeping(), 0);
  await must(teacher, 'user:action', { action: 'leave', target: held.roomId });
  await fallsAsleep();
});
