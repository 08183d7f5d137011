// Limits on guessing, roles of one's own, and logins that keep nobody else waiting.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ask, closeClients, connected, enter, fails, join, makeClient, must } from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
afterEach(async () => {
  closeClients();
  await server?.end();
  server = undefined;
});

const login = (from, password, username = 'admin') =>
  post(server, '/auth/login', { username, password }, { headers: { 'x-forwarded-for': from } });

test('guessing is limited where it is done, and the owner gets in', async () => {
  server = await startServer({ config: 'server.trusted_proxies = ["127.0.0.1"]\n' });
  assert.equal((await login('198.51.100.7', adminPassword)).status, 200);
  const since = Date.now();
  const guesses = await Promise.all(Array.from({ length: 20 }, () => login('203.0.113.9', 'guess')));
  assert.equal(guesses.filter(({ status }) => status === 401).length, 10);
  const refused = guesses.find(({ status }) => status === 429);
  const { type, message, rule, resetTime, retryAfterMs } = refused.json.error;
  assert.deepEqual([type, message, rule], ['RATE_LIMIT_EXCEEDED', 'Rate limit exceeded', 'failed_logins']);
  assert.ok(resetTime > since && retryAfterMs > 0 && retryAfterMs <= 60_000,
    JSON.stringify(refused.json));
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  assert.equal((await login('203.0.113.9', adminPassword)).status, 429, 'the right guess is one too many as well');
  assert.equal((await login('203.0.113.9', 'guess', 'ADMIN')).status, 429, 'in any spelling');
  assert.equal((await login('198.51.100.7', adminPassword)).status, 200);
  assert.equal((await login('192.0.2.1', adminPassword)).status, 200, 'nobody is locked out elsewhere');
});

test('the right password is good however often it is sent at once', async () => {
  server = await startServer({ config: 'server.trusted_proxies = ["127.0.0.1"]\n' });
  const answers = await Promise.all(Array.from({ length: 25 }, () => login('192.0.2.1', adminPassword)));
  assert.deepEqual(answers.filter(({ status }) => status !== 200).map(({ text }) => text), []);
});

test('an address that guesses many names is refused, but not who signed in there before', async () => {
  server = await startServer({ config: 'server.trusted_proxies = ["127.0.0.1"]\n' });
  assert.equal((await login('198.51.100.7', adminPassword)).status, 200);
  for (let batch = 0; batch < 2; ++batch) {
    await Promise.all(Array.from({ length: 50 }, (_, number) => login('198.51.100.7', 'x', `nobody ${batch} ${number}`)));
  }
  assert.equal((await login('198.51.100.7', 'x', 'one more')).json.error.rule, 'failed_logins_address');
  assert.equal((await login('198.51.100.7', adminPassword)).status, 200);
});

test('a storm of logins keeps neither refreshes nor guests nor messages waiting', async () => {
  server = await startServer({ config: '[limits.failed_logins_address]\nmax = 0\n' });
  const teacher = await join(server, 'instructor');
  const { roomId, joinCode } = await must(teacher, 'room:create', { name: 'Calm' });
  await enter(teacher, roomId);
  const first = (await post(server, '/auth/login', { username: 'admin', password: adminPassword })).json;
  let over = 0;
  const storm = Array.from({ length: 30 }, () => post(server, '/auth/login', { username: `nobody ${Math.random()}`, password: 'x' })
    .finally(() => { over += 1; }));
  assert.equal((await post(server, '/auth/refresh', { refreshToken: first.refreshToken })).status, 200);
  assert.equal((await post(server, '/auth/guest', { displayName: 'Ann', joinCode })).status, 200);
  await must(teacher, 'chat:message', { roomId, content: 'still here' });
  assert.ok(over < 30, 'the storm was over before anybody could wait for it');
  for (const { status } of await Promise.all(storm)) assert.equal(status, 401);
});

test('roles are what the configuration says, and permissions in a token what the token says', async () => {
  server = await startServer({ config: '[roles.observer]\npermissions = ["chat:read", "room:join"]\n'
    + '[roles.student]\npermissions = ["chat:*", "room:join"]\n' });
  const teacher = await join(server, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Roles' });
  const observer = await join(server, 'observer');
  await enter(observer, roomId);
  await must(observer, 'chat:history', { roomId });
  assert.equal((await fails(observer, 'chat:message', { roomId, content: 'x' })).message, 'Insufficient permissions');
  const student = await join(server, 'student');
  await enter(student, roomId);
  await must(student, 'chat:message', { roomId, content: 'x' });
  assert.equal((await fails(student, 'user:action', { action: 'leave', target: roomId })).type, 'FORBIDDEN');
  // The wildcard gives the right; the room is still somebody else's.
  assert.equal((await fails(student, 'chat:moderate', { roomId, action: 'mute', targetUserId: teacher.who.userId })).type, 'FORBIDDEN');
  const permissions = ['room:join', 'events:read'];
  const narrow = token('admin', { permissions });
  assert.deepEqual((await get(server, '/auth/me', { token: narrow })).json.permissions, permissions);
  assert.equal((await get(server, `/api/events/${roomId}`, { token: narrow })).status, 200);
  assert.equal((await get(server, '/api/audit', { token: narrow })).status, 403);
  const socket = await connected(makeClient(server, { auth: { token: narrow } }));
  assert.equal((await ask(socket, 'chat:message', { roomId, content: 'x' })).error.type, 'FORBIDDEN');
});

test('a co-host moderates, not the one who is host of another room', async () => {
  server = await startServer();
  const [teacher, helper, other] = await Promise.all(['instructor', 'instructor', 'instructor'].map((role) => join(server, role)));
  const student = await join(server, 'student');
  const { roomId } = await must(teacher, 'room:create', { name: 'Shared' });
  await must(other, 'room:create', { name: 'Theirs' });
  await Promise.all([teacher, helper, other, student].map((one) => enter(one, roomId)));
  const mute = { roomId, action: 'mute', targetUserId: student.who.userId };
  assert.equal((await fails(helper, 'chat:moderate', mute)).message, 'Insufficient permissions for moderation');
  await must(teacher, 'room:configure', { roomId, coHosts: [helper.who.userId] });
  await must(helper, 'chat:moderate', mute);
  assert.equal((await fails(student, 'chat:message', { roomId, content: 'x' })).type, 'MUTED');
  assert.equal((await fails(other, 'chat:moderate', { ...mute, action: 'unmute' })).type, 'FORBIDDEN');
  assert.equal((await fails(helper, 'chat:moderate', { ...mute, targetUserId: teacher.who.userId })).type, 'FORBIDDEN');
  await must(teacher, 'room:configure', { roomId, coHosts: [] });
  assert.equal((await fails(helper, 'chat:moderate', { ...mute, action: 'unmute' })).type, 'FORBIDDEN');
});
