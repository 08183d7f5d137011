// One node with its events in Redis: a class, restarts of the node, and Redis killed in between.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { afterEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { all, classroom, closeClients, connected, enter, fails, join, makeClient, mark, must, seen, ways } from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import { run } from '../fixture/program.mjs';
import { createQuiz, questions } from '../fixture/quiz.mjs';
import { Redis } from '../fixture/redis.mjs';
import { environment, startServer, temporaryDirectory } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const userPassword = 'a long pass phrase';
const kAnsweredMs = 2000;  // contract section 8, "Cluster"

let server;
let redis;
afterEach(async () => {
  closeClients();
  await server?.end();
  await redis?.end();
  server = undefined;
  redis = undefined;
});

async function start() {
  redis = await new Redis({ durable: true }).start();
  server = await startServer({ args: ['--redis', redis.url] });
}

async function ask(...words) {
  const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(redis.port), ...words]);
  return stdout.trim().split('\n');
}

// Everybody comes back by themselves.
async function again(sockets, end) {
  const marks = sockets.map(mark);
  await end();
  await Promise.all(sockets.map((socket, index) => seen(socket, ':disconnect', () => true, marks[index])));
  const backs = sockets.map(mark);
  await server.restart();
  await Promise.all(sockets.map((socket, index) =>
    socket.connected || seen(socket, ':connect', () => true, backs[index])));
}

const ready = async () => (await get(server, '/readyz')).status === 200;

// Two nodes on one Redis: a room's log is one, whoever writes it, and its chat reaches both.
test('two nodes post into one room without a gap, and both see every message', async () => {
  await start();
  const { teacher, pupils: [pupil], roomId } = await classroom(server, { students: 1 });
  const other = await startServer({ args: ['--redis', redis.url] });
  try {
    const there = await join(other, 'student');
    await enter(there, roomId);
    const posts = [];
    for (let i = 0; i < 20; ++i) {
      for (const socket of [teacher, there]) {
        posts.push(must(socket, 'chat:message', { roomId, content: `${i}`, clientId: `c${i}` }));
      }
    }
    const answers = await Promise.all(posts);
    const wanted = answers.map((_, index) => index + 1);
    assert.deepEqual(answers.map(({ seq }) => seq).sort((a, b) => a - b), wanted);
    for (const socket of [teacher, pupil, there]) {
      await seen(socket, 'chat:message', (message) => message.seq === wanted.length);
      assert.deepEqual(all(socket, 'chat:message').map(({ seq }) => seq), wanted);
    }
  } finally {
    await other.end();
  }
});

test('accounts and revocations are one for all nodes and the command line', async () => {
  await start();
  const other = await startServer({ args: ['--redis', redis.url] });
  try {
    const folder = temporaryDirectory();  // no server has it
    const user = async (...words) => {
      const env = environment({ LECTERN_REDIS_URL: redis.url });
      const { code, err } = await run(['user', ...words, '--data', folder], { env, input: `${userPassword}\n` });
      assert.equal(code, 0, err);
    };
    await user('add', 'ada', '--role', 'instructor');
    const { json } = await post(other, '/auth/login', { username: 'ada', password: userPassword });
    const socket = await connected(makeClient(other, { auth: { token: json.accessToken } }));
    await user('disable', 'ada');
    const disabled = Date.now();
    const { type, retry } = await seen(socket, 'server:disconnect');
    assert.ok(Date.now() - disabled <= 1000, `${Date.now() - disabled} ms`);
    assert.equal(type, 'TOKEN_REVOKED');
    assert.equal(retry, false);
    assert.equal((await post(server, '/auth/login', { username: 'ada', password: userPassword })).status, 401);
  } finally {
    await other.end();
  }
});

for (const way of ways) {
  describe(way, () => {
    test('a class goes on after a restart and after kill -9, and its events are in Redis', async () => {
      await start();
      const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 2, way });
      const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId,
        { questions: [{ ...questions[0], timeLimitMs: 600_000 }, questions[1]] });
      await must(teacher, 'quiz:start', { sessionId });
      await must(pupils[0], 'quiz:answer', { sessionId, questionId, answer: 1 });
      await must(pupils[0], 'chat:message', { roomId, content: 'one', clientId: 'c1' });
      for (const end of [() => server.stop(), () => server.kill()]) {
        await again(everybody, end);
        await Promise.all(everybody.map((member) => enter(member, roomId)));
        const { phase, yourAnswer } = await must(pupils[0], 'quiz:state', { sessionId });
        assert.deepEqual([phase, yourAnswer], ['open', 1]);
        const { seq } = await must(pupils[0], 'chat:message', { roomId, content: 'one', clientId: 'c1' });
        assert.equal(seq, 1);
      }
      await must(pupils[1], 'quiz:answer', { sessionId, questionId, answer: 0 });
      await must(teacher, 'quiz:close_question', { sessionId });
      await must(teacher, 'quiz:end', { sessionId });

      for (const aggregate of [roomId, sessionId]) {
        const lines = await ask('ZRANGE', `events:${aggregate}`, '0', '-1', 'WITHSCORES');
        const events = lines.filter((_, index) => index % 2 === 0).map((line) => JSON.parse(line));
        assert.deepEqual(lines.filter((_, index) => index % 2).map(Number), events.map((_, index) => index + 1));
        for (const [index, event] of events.entries()) {
          assert.deepEqual(Object.keys(event), ['id', 'type', 'aggregateId', 'payload', 'timestamp', 'version']);
          assert.equal(event.version, index + 1);
          assert.equal(event.aggregateId, aggregate);
        }
      }
    });

    test('Redis killed for a while refuses writes in time, and everything goes on by itself', async () => {
      await start();
      const { teacher, pupils, roomId } = await classroom(server, { students: 1, way });
      await must(teacher, 'chat:message', { roomId, content: 'before' });
      assert.ok(await ready());
      await redis.kill();
      for (let i = 0; i < 3; ++i) {
        const from = performance.now();
        const refused = await fails(pupils[0], 'chat:message', { roomId, content: `away ${i}` });
        assert.ok(performance.now() - from < kAnsweredMs, `${performance.now() - from} ms`);
        assert.equal(refused.type, 'STORE_UNAVAILABLE');
      }
      const away = await get(server, '/readyz');
      assert.equal(away.status, 503);
      assert.match(away.text, /Redis is not reachable/);
      assert.equal((await must(pupils[0], 'chat:history', { roomId })).messages.length, 1);

      await redis.start();
      await until(ready, 'ready again');
      const { seq } = await must(pupils[0], 'chat:message', { roomId, content: 'after' });
      assert.equal(seq, 2);
      await seen(teacher, 'chat:message', (message) => message.content === 'after');
    });
  });
}
