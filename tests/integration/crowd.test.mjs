// A full class arrives at once with default clients: half of the upgrades land on the other shard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, classroom, closeClients, enter, join, must, seen } from '../fixture/clients.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';

const kStudents = 50;
let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { closeClients(); await server.stop(); server.remove(); });

test('fifty default clients join, upgrade, chat and answer', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0, way: 'upgrade' });
  const pupils = await Promise.all(Array.from({ length: kStudents }, async () => {
    const pupil = await join(server, 'student', { way: 'upgrade' });
    await enter(pupil, roomId);
    return pupil;
  }));
  await Promise.all(pupils.map((pupil) => must(pupil, 'chat:message', { roomId, content: 'here' })));
  await Promise.all(pupils.map((pupil) => seen(pupil, 'chat:message', ({ seq }) => seq === kStudents)));
  await Promise.all([teacher, ...pupils].map(({ io: { engine } }) =>
    engine.transport.name === 'websocket' || new Promise((resolve) => engine.once('upgrade', resolve))));
  const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
  await must(teacher, 'quiz:start', { sessionId });
  await Promise.all(pupils.map((pupil, index) => must(pupil, 'quiz:answer', { sessionId, questionId, answer: index % 3 })));
  await seen(teacher, 'quiz:progress', ({ answered }) => answered === kStudents);
  await must(teacher, 'quiz:close_question', { sessionId });
  const { distribution } = await seen(teacher, 'quiz:question_closed');
  assert.deepEqual(distribution, [17, 17, 16]);
  const ranks = await Promise.all(pupils.map(async (pupil) => (await seen(pupil, 'quiz:score_updated')).rank));
  assert.ok(ranks.every((rank) => rank >= 1 && rank <= kStudents));
  assert.equal((await seen(teacher, 'quiz:leaderboard')).top.length, 10);
  // At most four a second to the host, whatever the class does.
  assert.ok(all(teacher, 'quiz:progress').length <= 40);
  for (const pupil of pupils) assert.equal(all(pupil, ':disconnect').length, 0);
});

test('clients that come and go while others write miss and repeat nothing', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const total = 200;
  const writing = (async () => {
    for (let number = 0; number < total; ++number) await must(teacher, 'chat:message', { roomId, content: `${number}` });
  })();
  const visitors = Array.from({ length: 12 }, async (_, index) => {
    const way = ['polling', 'websocket', 'upgrade'][index % 3];
    const visitor = await join(server, 'student', { way });
    for (let visit = 0; visit < 3; ++visit) {
      const from = visitor.log.length;
      const { history, seq } = await enter(visitor, roomId);
      assert.deepEqual(history.map((message) => message.seq), Array.from({ length: seq }, (_, i) => i + 1));
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
