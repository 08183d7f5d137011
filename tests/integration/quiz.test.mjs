// A live quiz with the stock client in its three ways. D50–D69, contract sections 4 and 8.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, ask, classroom, closeClients, enter, entry, fails, join, must, seen, ways } from '../fixture/clients.mjs';
import { get } from '../fixture/http.mjs';
import { checkSecrecy, createQuiz, questions, right, wrong } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';

// How often each option was chosen below; of the boolean one, false comes first.
const distributions = [[1, 2, 0], [2, 1, 0, 1], [1, 1]];
const kCloseMs = 100;  // after closesAt, contract section 8
const kLateMs = 500;   // a busy machine
let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { closeClients(); await server?.end(); });

const answer = (socket, sessionId, questionId, value) => must(socket, 'quiz:answer', { sessionId, questionId, answer: value });

for (const way of ways) {
  describe(way, () => {
    test('a whole quiz: three kinds, scores, ranks, leaderboard, results', async () => {
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 3, way });
      const { sessionId, questionIds } = await createQuiz(teacher, roomId);
      assert.equal(questionIds.length, 3);
      assert.equal(sessionId.slice(0, 8), roomId.slice(0, 8));
      const started = await must(teacher, 'quiz:start', { sessionId, expectedVersion: 0 });
      assert.deepEqual(started, { ok: true, version: 1, phase: 'open' });
      for (const [index, questionId] of questionIds.entries()) {
        for (const member of everybody) {
          const question = await seen(member, 'quiz:question', (one) => one.questionId === questionId);
          assert.equal(question.index, index);
          assert.equal(question.total, 3);
          assert.equal(question.kind, questions[index].kind);
          assert.equal(question.text, questions[index].text);
          assert.equal(question.timeLimitMs, 30_000);
          assert.equal(question.closesAt, question.opensAt + 30_000);
          assert.ok(Math.abs(question.serverTime - Date.now()) < 5000);
        }
        // The first is right always, the second once, the third says nothing to the last question.
        const first = await answer(pupils[0], sessionId, questionId, right[index]);
        assert.equal(first.accepted, true);
        assert.ok(Math.abs(first.receivedAt - Date.now()) < 5000);
        await answer(pupils[1], sessionId, questionId, index === 0 ? right[index] : wrong[index]);
        if (index < 2) await answer(pupils[2], sessionId, questionId, wrong[index]);
        const answered = index < 2 ? 3 : 2;
        const progress = await seen(teacher, 'quiz:progress', (one) => one.answered === answered && one.answeredBy.length === answered);
        assert.equal(progress.participants, 3, 'those who may answer: everybody but the hosts');
        const closed = await must(teacher, 'quiz:close_question', { sessionId });
        assert.equal(closed.phase, 'closed');
        for (const member of everybody) {
          const close = await seen(member, 'quiz:question_closed', (one) => one.questionId === questionId);
          assert.equal(close.reason, 'host');
          assert.deepEqual(close.correct, questions[index].correct);
          assert.deepEqual(close.distribution, distributions[index]);
          assert.equal(close.explanation ?? '', questions[index].explanation ?? '');
        }
        const score = await seen(pupils[0], 'quiz:score_updated', (one) => one.questionId === questionId);
        assert.equal(score.correct, true);
        assert.ok(score.score > 500 && score.score <= 1000);
        assert.equal(score.rank, 1);
        await must(teacher, 'quiz:next', { sessionId });
      }
      for (const member of everybody) {
        await seen(member, 'quiz:finished');
        checkSecrecy(member);
      }
      const board = all(teacher, 'quiz:leaderboard').at(-1);
      assert.equal(board.sessionId, sessionId);
      assert.equal(board.participants, 3);
      assert.deepEqual(board.top.map(({ userId }) => userId), pupils.map(({ who }) => who.userId));
      assert.deepEqual(board.top.map(({ rank }) => rank), [1, 2, 3]);
      assert.equal(board.top[2].total, 0);
      assert.equal(board.top[0].total, all(pupils[0], 'quiz:score_updated').at(-1).newTotal);
      assert.equal(all(teacher, 'quiz:score_updated').length, 0);
      assert.equal(all(pupils[0], 'quiz:progress').length, 0);

      const results = await get(server, `/api/quizzes/${sessionId}/results?format=csv`, { token: teacher.who.token });
      assert.equal(results.status, 200, results.text);
      const rows = results.text.trimEnd().split('\r\n');
      assert.equal(rows[0], 'userId,username,question,answer,correct,timeMs,points,total');
      assert.equal(rows.length, 10);
      for (const { who } of pupils) assert.equal(rows.filter((row) => row.startsWith(`${who.userId},`)).length, 3);
      const json = await get(server, `/api/quizzes/${sessionId}/results?format=json`, { token: teacher.who.token });
      assert.equal(json.status, 200);
      assert.equal(json.json.sessionId, sessionId);
      for (const field of ['userId', 'username', 'question', 'answer', 'correct', 'timeMs', 'points', 'total']) {
        assert.ok(field in json.json.results[0], field);
      }
      assert.equal(json.json.results.length, 9);
      const forbidden = await get(server, `/api/quizzes/${sessionId}/results`, { token: pupils[0].who.token });
      assert.equal(forbidden.status, 403);
    });

    test('one answer counts: the same again is the same, another one is refused', async () => {
      const { teacher, pupils, roomId } = await classroom(server, { students: 1, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
      const early = await fails(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 1 });
      assert.equal(early.type, 'QUIZ_NOT_OPEN');
      await must(teacher, 'quiz:start', { sessionId });
      const first = await answer(pupils[0], sessionId, questionId, 1);
      assert.deepEqual(await answer(pupils[0], sessionId, questionId, 1), first);
      const other = await fails(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 2 });
      assert.equal(other.type, 'DUPLICATE_ANSWER');
      await must(teacher, 'quiz:close_question', { sessionId });
      assert.deepEqual(await answer(pupils[0], sessionId, questionId, 1), first);
      const state = await must(pupils[0], 'quiz:state', { sessionId });
      assert.equal(state.phase, 'closed');
      assert.ok(state.total > 0);
    });

    test('the server closes at closesAt, and after that it is late', async () => {
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 2, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId,
        { questions: [{ ...questions[0], timeLimitMs: 1000 }] });
      await must(teacher, 'quiz:start', { sessionId });
      const { closesAt } = await seen(pupils[0], 'quiz:question');
      await answer(pupils[0], sessionId, questionId, 1);
      for (const member of everybody) {
        const [, closed, at] = await entry(member, 'quiz:question_closed');
        assert.equal(closed.reason, 'timeout');
        assert.ok(at >= closesAt, `${closesAt - at} ms too early`);
        assert.ok(at <= closesAt + kCloseMs + kLateMs, `${at - closesAt} ms late`);
      }
      const late = await fails(pupils[1], 'quiz:answer', { sessionId, questionId, answer: 1 });
      assert.equal(late.type, 'LATE_ANSWER');
    });

    test('whoever comes in the middle sees the open question without its solution', async () => {
      const { teacher, pupils, roomId } = await classroom(server, { students: 1, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
      await must(teacher, 'quiz:start', { sessionId });
      await answer(pupils[0], sessionId, questionId, 0);
      const late = await join(server, 'student', { way });
      const { quiz } = await enter(late, roomId);
      assert.equal(quiz.sessionId, sessionId);
      assert.equal(quiz.phase, 'open');
      assert.equal(quiz.question.questionId, questionId);
      assert.equal(quiz.yourAnswer, null);
      assert.doesNotMatch(JSON.stringify(quiz), /"correct"|"explanation"/);
      const again = await join(server, 'student', { way, userId: pupils[0].who.userId });
      assert.equal((await enter(again, roomId)).quiz.yourAnswer, 0);
    });
  });
}

test('host commands need the host, and the version they expect', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const other = await join(server, 'instructor');
  await enter(other, roomId);
  const { sessionId } = await createQuiz(teacher, roomId);
  const byStudent = await fails(pupils[0], 'quiz:start', { sessionId });
  assert.equal(byStudent.type, 'FORBIDDEN');
  assert.equal(byStudent.message, 'Only instructors can start quizzes');
  assert.equal((await fails(other, 'quiz:start', { sessionId })).type, 'FORBIDDEN');
  assert.equal((await fails(pupils[0], 'quiz:create', { roomId, title: 'x', questions })).type, 'FORBIDDEN');
  const { version } = await must(teacher, 'quiz:start', { sessionId });
  const conflict = await fails(teacher, 'quiz:next', { sessionId, expectedVersion: version + 5 });
  assert.equal(conflict.type, 'CONFLICT');
  assert.equal(conflict.actualVersion, version);
  // Two clicks of one host: one of them wins.
  const clicks = await Promise.all([1, 2].map(() =>
    ask(teacher, 'quiz:next', { sessionId, expectedVersion: version })));
  assert.equal(clicks.filter(({ ok }) => ok).length, 1);
  assert.equal(clicks.find(({ ok }) => !ok).error.type, 'CONFLICT');
  const end = await must(teacher, 'quiz:end', { sessionId });
  assert.equal(end.phase, 'finished');
});

test('answers that fit no option or kind are refused with their field', async () => {
  const { teacher, pupils, roomId } = await classroom(server, { students: 1 });
  const { sessionId, questionIds } = await createQuiz(teacher, roomId);
  await must(teacher, 'quiz:start', { sessionId });
  const [questionId] = questionIds;
  for (const value of ['1', 3, 11, -1, 1.5, [1], null, {}, 'x'.repeat(501), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]]) {
    const error = await fails(pupils[0], 'quiz:answer', { sessionId, questionId, answer: value });
    assert.equal(error.type, 'VALIDATION_ERROR', JSON.stringify(value));
    assert.equal(error.field, 'answer', JSON.stringify(value));
  }
  const stranger = await join(server, 'student');
  assert.equal((await fails(stranger, 'quiz:answer', { sessionId, questionId, answer: 1 })).type, 'NOT_A_MEMBER');
  assert.equal((await fails(teacher, 'quiz:answer', { sessionId, questionId, answer: 1 })).type, 'FORBIDDEN');
  assert.equal((await fails(pupils[0], 'quiz:answer', { sessionId, questionId: roomId, answer: 1 })).type, 'NOT_FOUND');
});

test('quizzes that cannot be played are refused with their field', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const one = questions[0];
  const cases = [
    [{ title: '' }, 'title'],
    [{ questions: [] }, 'questions'],
    [{ questions: [{ ...one, options: ['only'] }] }, 'questions.0.options'],
    [{ questions: [{ ...one, correct: 3 }] }, 'questions.0.correct'],
    [{ questions: [{ ...one, timeLimitMs: 10 }] }, 'questions.0.timeLimitMs'],
    [{ questions: [one, { ...one, kind: 'riddle' }] }, 'questions.1.kind'],
    [{ scoring: 'dice' }, 'scoring'],
  ];
  for (const [overrides, field] of cases) {
    const error = await fails(teacher, 'quiz:create', { roomId, title: 'Numbers', questions, ...overrides });
    assert.equal(error.type, 'VALIDATION_ERROR', field);
    assert.equal(error.field, field);
  }
});

test('twenty quizzes at once keep their answers apart', async () => {
  const classes = await Promise.all(Array.from({ length: 20 }, () => classroom(server, { students: 2 })));
  await Promise.all(classes.map(async ({ teacher, pupils, roomId }) => {
    const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
    await must(teacher, 'quiz:start', { sessionId });
    await Promise.all(pupils.map((pupil) => answer(pupil, sessionId, questionId, 1)));
    await seen(teacher, 'quiz:progress', ({ answered }) => answered === 2);
    await must(teacher, 'quiz:close_question', { sessionId });
    await seen(pupils[0], 'quiz:question_closed');
    for (const member of [teacher, ...pupils]) {
      for (const [event, payload] of member.log) {
        if (payload?.sessionId) assert.equal(payload.sessionId, sessionId, event);
        if (payload?.roomId) assert.equal(payload.roomId, roomId, event);
        if (payload?.questionId) assert.equal(payload.questionId, questionId, event);
      }
    }
    assert.deepEqual(all(pupils[0], 'quiz:question_closed')[0].distribution, [0, 2, 0]);
  }));
});
