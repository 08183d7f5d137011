// The built-in limits, as delivered. D20–D32, contract section 8.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ask, classroom, closeClients, join, makeClient, must, refused, connected } from '../fixture/clients.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { closeClients(); await server.stop(); server.remove(); });

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
  assert.ok(answers.every(({ ok }) => ok));
});

test('bad tokens use up the address, good tokens still get in', async () => {
  let limited;
  for (let attempt = 0; attempt < 12 && !limited; ++attempt) {
    const error = await refused(makeClient(server, { auth: { token: 'x' }, reconnection: false }));
    if (error.data?.type === 'RATE_LIMIT_EXCEEDED') limited = error.data;
  }
  assert.ok(limited, 'the eleventh bad token was not refused by the limit');
  assert.equal(limited.rule, 'ip_connections');
  await connected(makeClient(server, { auth: { token: token('student') } }));
});
