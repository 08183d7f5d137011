// What concerns a person can be taken out, and the person be removed. docs/store.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { test } from 'node:test';

import { classroom, closeClients, enter, join, must } from '../fixture/clients.mjs';
import { assertRefused, run } from '../fixture/program.mjs';
import { createQuiz, questions } from '../fixture/quiz.mjs';
import { startServer } from '../fixture/server.mjs';

test('a person is exported, and then erased while results and versions stay', async (t) => {
  const server = await startServer();
  t.after(async () => { closeClients(); await server.end(); });
  const lectern = (...words) => run([...words, '--data', server.data]);
  const room = await classroom(server, { students: 1 });
  const { roomId, teacher } = room;
  const pupil = await join(server, 'student', { userId: 'pupil-7', username: 'Grace Hopper' });
  await enter(pupil, roomId);
  await must(pupil, 'chat:message', { roomId, content: 'my secret wish' });
  await must(teacher, 'chat:message', { roomId, content: 'thank you' });
  const quiz = await createQuiz(teacher, roomId, { questions: [questions[0]] });
  await must(teacher, 'quiz:start', { sessionId: quiz.sessionId });
  await must(pupil, 'quiz:answer', { sessionId: quiz.sessionId, questionId: quiz.questionIds[0], answer: 1 });
  await must(teacher, 'quiz:close_question', { sessionId: quiz.sessionId });
  const results = async () => (await lectern('export', '--aggregate', quiz.sessionId, '--format', 'csv')).out;
  const before = await results();

  const own = (await lectern('export', '--user', 'pupil-7')).out.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.ok(own.some(({ payload }) => payload.content === 'my secret wish'));
  assert.ok(own.some(({ type }) => type === 'quiz:answer_submitted'));
  assert.ok(!own.some(({ payload }) => payload.content === 'thank you'));

  assertRefused(await lectern('user', 'erase', 'pupil-7'), /in use/, 'a running server');
  await server.stop();
  assertRefused(await lectern('user', 'erase', 'nobody'), /no such user/, 'unknown');
  const erased = await lectern('user', 'erase', 'pupil-7');
  assert.equal(erased.code, 0, erased.err);
  assert.match(erased.out, /pupil-7 erased/);

  const bytes = readFileSync(path(server.data, 'lectern.db'));
  assert.equal(bytes.indexOf('my secret wish'), -1, 'nothing is left in the file');
  assert.equal(bytes.indexOf('Grace Hopper'), -1);
  assert.match((await lectern('verify')).out, /is whole/);
  assert.equal(await results(), before.replaceAll('Grace Hopper', ''));
  await server.restart();
  const again = await join(server, 'student', { userId: 'pupil-8' });
  const { history } = await enter(again, roomId);
  assert.deepEqual(history.map(({ content }) => content), ['', 'thank you']);
});
