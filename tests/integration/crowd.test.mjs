// A full class arrives at once with default clients: half of the upgrades land on the other shard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, classroom, closeClients, enter, join, must, seen, upgraded, ways } from '../fixture/clients.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';

const kStudents = 50;
let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { closeClients(); await server?.end(); });

test('fifty default clients join, upgrade, chat and answer', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0, way: 'upgrade' });
  const pupils = await Promise.all(Array.from({ length: kStudents }, async () => {
    const pupil = await join(server, 'student', { way: 'upgrade' });
    await enter(pupil, roomId);
    return pupil;
  }));
  await Promise.all(pupils.map((pupil) => must(pupil, 'chat:message', { roomId, content: 'here' })));
  await Promise.all(pupils.map((pupil) => seen(pupil, 'chat:message', ({ seq }) => seq === kStudents)));
  for (const name of await Promise.all([teacher, ...pupils].map(upgraded))) assert.equal(name, 'websocket');
  const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
  const from = Date.now();
  await must(teacher, 'quiz:start', { sessionId });
  await Promise.all(pupils.map((pupil, index) => must(pupil, 'quiz:answer', { sessionId, questionId, answer: index % 3 })));
  await seen(teacher, 'quiz:progress', ({ answered }) => answered === kStudents);
  await must(teacher, 'quiz:close_question', { sessionId });
  const { distribution } = await seen(teacher, 'quiz:question_closed');
  assert.deepEqual(distribution, [17, 17, 16]);
  const scores = await Promise.all(pupils.map((pupil) => seen(pupil, 'quiz:score_updated')));
  for (const [index, { correct, score, rank }] of scores.entries()) {
    assert.equal(correct, index % 3 === 1);
    assert.ok(correct ? score > 0 && rank >= 1 && rank <= 17 : score === 0 && rank === 18, `${score} points, rank ${rank}`);
  }
  assert.equal((await seen(teacher, 'quiz:leaderboard')).top.length, 10);
  // At most four a second to the host, whatever the class does.
  const seconds = (Date.now() - from) / 1000;
  const progress = all(teacher, 'quiz:progress').length;
  assert.ok(progress <= 4 * seconds + 2, `${progress} in ${seconds} s`);
  for (const pupil of pupils) assert.equal(all(pupil, ':disconnect').length, 0);
});

test('clients that come and go while others write miss and repeat nothing', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const total = 200;
  const writing = (async () => {
    for (let number = 0; number < total; ++number) await must(teacher, 'chat:message', { roomId, content: `${number}` });
  })();
  const visitors = Array.from({ length: 12 }, async (_, index) => {
    const visitor = await join(server, 'student', { way: ways[index % ways.length] });
    for (let visit = 0; visit < 3; ++visit) {
      const from = visitor.log.length;
      const { history, seq } = await enter(visitor, roomId);
      // A join without `after` brings the latest 50.
      const kept = Math.min(seq, 50);
      assert.deepEqual(history.map((message) => message.seq), Array.from({ length: kept }, (_, i) => seq - kept + i + 1));
      if (seq === total) break;
      const goal = Math.min(total, seq + 20);
      await seen(visitor, 'chat:message', (message) => message.seq >= goal, from);
      const live = visitor.log.slice(from).filter(([event]) => event === 'chat:message').map(([, message]) => message.seq);
      const expected = Array.from({ length: live.length }, (_, i) => live[0] + i);
      assert.deepEqual(live, expected);
      assert.ok(live[0] <= seq + 1, `gap between the history (${seq}) and the first message (${live[0]})`);
      await must(visitor, 'user:action', { action: 'leave', target: roomId });
    }
  });
  await Promise.all([writing, ...visitors]);
});
