// Accounts and tokens over HTTP. Contract section 3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeClients, connected, join, makeClient, must, refused, seen, enter, fails } from '../fixture/clients.mjs';
import { get, post, request } from '../fixture/http.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { closeClients(); await server.stop(); server.remove(); });

async function login() {
  const answer = await post(server, '/auth/login', { username: 'admin', password: adminPassword });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('the administrator logs in and gets a pair of tokens', async () => {
  const pair = await login();
  assert.deepEqual(Object.keys(pair).sort(), ['accessToken', 'expiresAt', 'refreshToken', 'user']);
  assert.deepEqual(Object.keys(pair.user).sort(), ['permissions', 'role', 'userId', 'username']);
  assert.equal(pair.user.role, 'admin');
  assert.ok(pair.expiresAt > Date.now() + 800_000);
  const me = await get(server, '/auth/me', { token: pair.accessToken });
  assert.deepEqual(me.json, pair.user);
});

test('a wrong password and a wrong name answer the same', async () => {
  for (const body of [{ username: 'admin', password: 'wrong' }, { username: 'nobody', password: 'wrong' }]) {
    const answer = await post(server, '/auth/login', body);
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error.type, 'INVALID_CREDENTIALS');
  }
});

test('bad bodies are refused with their field', async () => {
  const noPassword = await post(server, '/auth/login', { username: 'admin' });
  assert.equal(noPassword.status, 400);
  assert.equal(noPassword.json.error.type, 'VALIDATION_ERROR');
  assert.equal(noPassword.json.error.field, 'password');
  for (const body of ['{', '[]', '"x"', '{"username":1,"password":"x"}']) {
    assert.equal((await post(server, '/auth/login', body)).status, 400, body);
  }
});

test('routes need a token, and say which kind of wrong it is', async () => {
  const none = await get(server, '/auth/me');
  assert.equal(none.status, 401);
  assert.equal(none.json.error.type, 'AUTH_REQUIRED');
  const bad = await get(server, '/auth/me', { token: 'x.y.z' });
  assert.equal(bad.status, 401);
  assert.equal(bad.json.error.type, 'INVALID_TOKEN');
  const old = await get(server, '/auth/me', { token: token('student', { ttl: -60 }) });
  assert.equal(old.json.error.type, 'TOKEN_EXPIRED');
});

test('a refresh token is good once, and a race does not end the family', async () => {
  const first = await login();
  const second = (await post(server, '/auth/refresh', { refreshToken: first.refreshToken })).json;
  assert.ok(second.accessToken && second.refreshToken && second.refreshToken !== first.refreshToken);
  const again = await post(server, '/auth/refresh', { refreshToken: first.refreshToken });
  assert.equal(again.status, 401);
  assert.equal(again.json.error.type, 'TOKEN_REUSED');
  // Its successor was not used yet: a lost reply, so the family lives.
  const third = await post(server, '/auth/refresh', { refreshToken: second.refreshToken });
  assert.equal(third.status, 200, third.text);
});

test('reuse after the successor was used ends the whole family', async () => {
  const first = await login();
  const second = (await post(server, '/auth/refresh', { refreshToken: first.refreshToken })).json;
  const third = (await post(server, '/auth/refresh', { refreshToken: second.refreshToken })).json;
  const reuse = await post(server, '/auth/refresh', { refreshToken: first.refreshToken });
  assert.equal(reuse.json.error.type, 'TOKEN_REUSED');
  const dead = await post(server, '/auth/refresh', { refreshToken: third.refreshToken });
  assert.equal(dead.status, 401);
  assert.equal((await get(server, '/auth/me', { token: third.accessToken })).status, 401);
});

test('an access token is no refresh token', async () => {
  const pair = await login();
  const answer = await post(server, '/auth/refresh', { refreshToken: pair.accessToken });
  assert.equal(answer.status, 401);
  assert.equal(answer.json.error.type, 'INVALID_TOKEN');
});

test('logout ends the token, its family and its live sockets', async () => {
  const pair = await login();
  const socket = makeClient(server, { auth: { token: pair.accessToken }, reconnection: false });
  await connected(socket);
  assert.equal((await post(server, '/auth/logout', {}, { token: pair.accessToken })).status, 204);
  await seen(socket, ':disconnect');
  const me = await get(server, '/auth/me', { token: pair.accessToken });
  assert.equal(me.status, 401);
  assert.equal(me.json.error.type, 'TOKEN_REVOKED');
  assert.equal(me.json.error.message, 'Token has been revoked');
  assert.equal((await post(server, '/auth/refresh', { refreshToken: pair.refreshToken })).status, 401);
  const error = await refused(makeClient(server, { auth: { token: pair.accessToken } }));
  assert.equal(error.data.type, 'TOKEN_REVOKED');
});

test('revoke ends every token of a user, and only admins may', async () => {
  const victim = await join(server, 'student', { userId: 'victim', reconnection: false });
  const refusal = await post(server, '/auth/revoke', { userId: 'victim' }, { token: token('instructor') });
  assert.equal(refusal.status, 403);
  assert.equal(refusal.json.error.type, 'FORBIDDEN');
  const pair = await login();
  assert.equal((await post(server, '/auth/revoke', { userId: 'victim' }, { token: pair.accessToken })).status, 204);
  await seen(victim, ':disconnect');
  const error = await refused(makeClient(server, { auth: { token: victim.who.token } }));
  assert.equal(error.data.type, 'TOKEN_REVOKED');
});

test('a guest gets into the room of the code and into no other', async () => {
  const teacher = await join(server, 'instructor');
  const { roomId, joinCode } = await must(teacher, 'room:create', { name: 'Open' });
  const other = await must(teacher, 'room:create', { name: 'Other' });
  assert.match(joinCode, /^\d{6,8}$/);
  const answer = await post(server, '/auth/guest', { displayName: ' <b>Ann</b> ', joinCode });
  assert.equal(answer.status, 200, answer.text);
  const { accessToken, user } = answer.json;
  assert.equal(answer.json.roomId, roomId);
  assert.equal(user.role, 'student');
  assert.doesNotMatch(user.username, /[<>]/);
  const guest = makeClient(server, { auth: { token: accessToken } });
  await connected(guest);
  const joined = await enter(guest, roomId);
  assert.equal(joined.self.userId, user.userId);
  assert.equal((await fails(guest, 'user:action', { action: 'join', target: other.roomId })).type, 'FORBIDDEN');
  // A guest's pair can be renewed like any other.
  assert.equal((await post(server, '/auth/refresh', { refreshToken: answer.json.refreshToken })).status, 200);
});

test('a wrong join code is refused', async () => {
  const answer = await post(server, '/auth/guest', { displayName: 'Ann', joinCode: '0000000000' });
  assert.ok([400, 401, 404].includes(answer.status), answer.text);
  assert.ok(['INVALID_CREDENTIALS', 'NOT_FOUND', 'VALIDATION_ERROR'].includes(answer.json.error.type));
});

test('unknown routes and methods answer with a typed error', async () => {
  const missing = await get(server, '/api/nothing', { token: token('admin') });
  assert.equal(missing.status, 404);
  assert.equal(missing.json.error.type, 'NOT_FOUND');
  const method = await request(server, 'DELETE', '/auth/login');
  assert.ok([404, 405].includes(method.status));
});

test('health and readiness are open, metrics are internal', async () => {
  assert.equal((await get(server, '/healthz')).status, 200);
  assert.equal((await get(server, '/readyz')).status, 200);
  assert.notEqual((await get(server, '/metrics')).status, 200);
  assert.ok(server.internalUrl);
  const metrics = await fetch(`${server.internalUrl}/metrics`);
  assert.equal(metrics.status, 200);
  assert.match(await metrics.text(), /^# TYPE \w+ (counter|gauge|histogram)$/m);
});
