// The built-in limits, as delivered. D20–D32, contract section 8.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ask, classroom, closeClients, join, makeClient, must, refused, connected } from '../fixture/clients.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { closeClients(); await server?.end(); });

test('the sixty-first message within a minute is refused, for its sender alone', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const answers = [];
  for (let number = 0; number < 61; ++number) answers.push(await ask(teacher, 'chat:message', { roomId, content: 'x' }));
  assert.equal(answers.filter(({ ok }) => ok).length, 60);
  const { error } = answers[60];
  assert.equal(error.type, 'RATE_LIMIT_EXCEEDED');
  assert.equal(error.message, 'Rate limit exceeded');
  assert.equal(error.rule, 'user_messages');
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 60_000);
  assert.ok(Math.abs(error.resetTime - Date.now() - error.retryAfterMs) < 2000);
  await must(pupils[0], 'chat:message', { roomId, content: 'I may' });
});

test('one user counts once over several connections', async () => {
  const { roomId, teacher } = await classroom(server, { students: 0 });
  const sockets = await Promise.all([1, 2].map(() => join(server, 'student', { userId: 'split' })));
  for (const socket of sockets) await must(socket, 'user:action', { action: 'join', target: roomId });
  const answers = [];
  for (let number = 0; number < 62; ++number) {
    answers.push(await ask(sockets[number % 2], 'chat:message', { roomId, content: 'x' }));
  }
  assert.equal(answers.filter(({ ok }) => ok).length, 60);
  await must(teacher, 'chat:message', { roomId, content: 'fine' });
});

test('pings are never counted', async () => {
  const socket = await join(server, 'student');
  const answers = await Promise.all(Array.from({ length: 300 }, () => ask(socket, 'ping', {})));
  assert.deepEqual(answers.filter(({ ok }) => !ok), []);
});

test('the sixth answer within ten seconds is refused, right or repeated', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
  await must(teacher, 'quiz:start', { sessionId });
  const answers = [];
  for (let number = 0; number < 6; ++number) answers.push(await ask(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 1 }));
  assert.deepEqual(answers.map(({ ok }) => ok), [true, true, true, true, true, false]);
  const { error } = answers[5];
  assert.equal(error.type, 'QUIZ_RATE_LIMIT_EXCEEDED');
  assert.equal(error.message, 'Too many quiz answers submitted');
  assert.equal(error.rule, 'quiz_answers');
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 10_000);
});

test('bad tokens use up the address, good tokens still get in', async () => {
  const types = [];
  let last;
  for (let attempt = 0; attempt < 12; ++attempt) {
    last = (await refused(makeClient(server, { auth: { token: 'x' }, reconnection: false }))).data;
    types.push(last.type);
  }
  assert.deepEqual(types.slice(0, 10), Array(10).fill('INVALID_TOKEN'));
  assert.deepEqual(types.slice(10), Array(2).fill('RATE_LIMIT_EXCEEDED'));
  assert.equal(last.rule, 'ip_connections');
  assert.ok(last.retryAfterMs > 0 && last.retryAfterMs <= 60_000);
  await connected(makeClient(server, { auth: { token: token('student') } }));
});
