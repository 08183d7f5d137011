// kill -9 in the middle of a class. B9, R1–R6: what was acknowledged is there after a restart.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { all, classroom, closeClients, enter, entry, fails, mark, must, seen, ways } from '../fixture/clients.mjs';
import { post } from '../fixture/http.mjs';
import { createQuiz, questions } from '../fixture/quiz.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { clockPasses } from '../fixture/until.mjs';

const kCloseMs = 100;  // after closesAt, contract section 8
const kLateMs = 500;   // a busy machine

let server;
afterEach(async () => {
  closeClients();
  await server?.end();
  server = undefined;
});

// Ends the server at once, and starts it again when the clock has passed `time`; everybody comes back
// by themselves.
async function crash(sockets, time = 0) {
  const marks = sockets.map(mark);
  await server.kill();
  await Promise.all(sockets.map((socket, index) => seen(socket, ':disconnect', () => true, marks[index])));
  const again = sockets.map(mark);
  await clockPasses(time);
  await server.restart();
  await Promise.all(sockets.map((socket, index) =>
    socket.connected || seen(socket, ':connect', () => true, again[index])));
}

for (const way of ways) {
  describe(way, () => {
    test('a question lives through kill -9 with its deadline and its answers', async () => {
      server = await startServer();
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 3, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId,
        { questions: [{ ...questions[0], timeLimitMs: 7000 }, questions[1]] });
      await must(teacher, 'quiz:start', { sessionId });
      const { opensAt, closesAt } = await seen(pupils[0], 'quiz:question');
      await must(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 1 });
      const firstReply = await must(pupils[1], 'quiz:answer', { sessionId, questionId, answer: 0 });

      await crash(everybody);

      const snapshots = await Promise.all(everybody.map((member) => enter(member, roomId)));
      for (const { quiz } of snapshots) {
        assert.equal(quiz.phase, 'open');
        assert.equal(quiz.question.questionId, questionId);
        assert.equal(quiz.question.closesAt, closesAt);
        assert.doesNotMatch(JSON.stringify(quiz), /"correct"|"explanation"/);
      }
      assert.deepEqual(snapshots.map(({ quiz }) => quiz.yourAnswer), [null, 1, 0, null]);
      assert.deepEqual(await must(pupils[1], 'quiz:answer', { sessionId, questionId, answer: 0 }), firstReply);
      assert.equal((await fails(pupils[1], 'quiz:answer', { sessionId, questionId, answer: 1 })).type, 'DUPLICATE_ANSWER');
      await clockPasses(opensAt + 1000);  // the first 500 ms cost no points
      await must(pupils[2], 'quiz:answer', { sessionId, questionId, answer: 1 });

      const [, closed, at] = await entry(teacher, 'quiz:question_closed', (one) => one.questionId === questionId);
      assert.equal(closed.reason, 'timeout');
      assert.deepEqual(closed.distribution, [1, 2, 0]);
      assert.ok(at >= closesAt, `${closesAt - at} ms too early`);
      assert.ok(at <= closesAt + kCloseMs + kLateMs, `${at - closesAt} ms late`);
      const scores = await Promise.all(pupils.map((pupil) => seen(pupil, 'quiz:score_updated')));
      assert.deepEqual(scores.map(({ correct }) => correct), [true, false, true]);
      assert.ok(scores[0].score > scores[2].score, 'the earlier answer is worth more');
    });

    test('a deadline that passed while the server was away is kept', async () => {
      server = await startServer();
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 1, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId,
        { questions: [{ ...questions[0], timeLimitMs: 1000 }, questions[1]] });
      await must(teacher, 'quiz:start', { sessionId });
      const { closesAt } = await seen(pupils[0], 'quiz:question');
      await must(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 1 });
      await crash(everybody, closesAt);
      await Promise.all(everybody.map((member) => enter(member, roomId)));
      const state = await must(pupils[0], 'quiz:state', { sessionId });
      assert.equal(state.phase, 'closed');
      assert.ok(state.total > 0);
      const next = await must(teacher, 'quiz:next', { sessionId });
      assert.equal(next.phase, 'open');
    });

    test('chat goes on where it was, and a repeated clientId stays one message', async () => {
      server = await startServer();
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 2, way });
      const first = await must(pupils[0], 'chat:message', { roomId, content: 'before', clientId: 'tab-1' });
      assert.equal(first.seq, 1);
      await seen(pupils[1], 'chat:message');
      await crash(everybody);
      for (const [index, member] of everybody.entries()) {
        const { history, seq, participants } = await enter(member, roomId);
        assert.deepEqual(history.map(({ content }) => content), ['before']);
        assert.equal(seq, 1);
        assert.equal(participants, index + 1);
      }
      assert.deepEqual(await must(pupils[0], 'chat:message', { roomId, content: 'before', clientId: 'tab-1' }), first);
      const second = await must(teacher, 'chat:message', { roomId, content: 'after' });
      assert.equal(second.seq, 2);
      await seen(pupils[1], 'chat:message', ({ seq }) => seq === 2);
      assert.equal(all(pupils[1], 'chat:message').filter(({ seq }) => seq === 1).length, 1);
    });
  });
}

test('accounts, refresh tokens and revocations outlive kill -9', async () => {
  server = await startServer();
  const login = async () => (await post(server, '/auth/login', { username: 'admin', password: adminPassword })).json;
  const kept = await login();
  const ended = await login();
  assert.equal((await post(server, '/auth/logout', {}, { token: ended.accessToken })).status, 204);
  await server.kill();
  await server.restart();
  assert.doesNotMatch(server.stdout, /administrator/);
  const renewed = await post(server, '/auth/refresh', { refreshToken: kept.refreshToken });
  assert.equal(renewed.status, 200, renewed.text);
  const dead = await fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${ended.accessToken}` } });
  assert.equal(dead.status, 401);
  const other = await post(server, '/auth/refresh', { refreshToken: ended.refreshToken });
  assert.equal(other.status, 401);
  await login();
});
