// The network fails under a client. B4, B5, R7: nothing is lost, nothing comes twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { all, classroom, closeClients, connected, enter, makeClient, mark, must, seen, ways } from '../fixture/clients.mjs';
import { Network } from '../fixture/network.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
let network;
before(async () => {
  server = await startServer({ config: `${unlimited}[engine]\nping_interval_ms = 1000\nping_timeout_ms = 1500\n` });
  network = await new Network(server).open();
});
after(async () => { closeClients(); network?.close(); await server?.end(); });

for (const way of ways) {
  describe(way, () => {
    test('a broken connection comes back and gets what it missed', async () => {
      const { teacher, roomId } = await classroom(server, { students: 0 });
      const pupil = makeClient(network, { auth: { token: token('student') }, way });
      await connected(pupil);
      await enter(pupil, roomId);
      await must(teacher, 'chat:message', { roomId, content: 'before' });
      await seen(pupil, 'chat:message');
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
      await must(teacher, 'quiz:start', { sessionId });
      await must(pupil, 'quiz:answer', { sessionId, questionId, answer: 1 });

      let from = mark(pupil);
      network.cut();
      await seen(pupil, ':disconnect', () => true, from);
      await must(teacher, 'chat:message', { roomId, content: 'meanwhile' });
      from = mark(pupil);
      network.mend();
      await seen(pupil, ':connect', () => true, from);
      const back = await enter(pupil, roomId, { after: 1 });
      assert.deepEqual(back.history.map(({ content }) => content), ['meanwhile']);
      assert.equal(back.quiz.yourAnswer, 1);
      await must(teacher, 'quiz:close_question', { sessionId });
      assert.equal((await seen(pupil, 'quiz:score_updated')).correct, true);
    });

    test('a connection that went silent is noticed on both sides', async () => {
      const { teacher, roomId } = await classroom(server, { students: 0 });
      const userId = `silent ${way}`;
      const pupil = makeClient(network, { auth: { token: token('student', { userId }) }, way });
      await connected(pupil);
      await enter(pupil, roomId);
      await seen(teacher, 'room:presence', ({ joined }) => joined.some((user) => user.userId === userId));
      const from = mark(pupil);
      network.stall();
      await seen(teacher, 'room:presence', ({ left }) => left.some((user) => user.userId === userId));
      await seen(pupil, ':disconnect', () => true, from);
      network.mend();
      await seen(pupil, ':connect', () => true, from);
      const { participants } = await enter(pupil, roomId);
      assert.equal(participants, 2);
      assert.ok(all(teacher, 'room:presence').every((one) => one.participants <= 2));
    });
  });
}
