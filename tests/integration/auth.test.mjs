// Accounts and tokens over HTTP. Contract section 3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeClients, connected, join, makeClient, must, refused, seen, enter, fails } from '../fixture/clients.mjs';
import { get, post, request } from '../fixture/http.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { closeClients(); await server?.end(); });

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
    const answer = await post(server, '/auth/login', body);
    assert.equal(answer.status, 400, body);
    assert.equal(answer.json.error.type, 'VALIDATION_ERROR', body);
  }
  const form = await request(server, 'POST', '/auth/login',
    { body: 'username=admin', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(form.status, 415);
  assert.equal(form.json.error.type, 'UNSUPPORTED_MEDIA_TYPE');
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
  const goodbye = await seen(socket, 'server:disconnect');
  assert.equal(goodbye.type, 'TOKEN_REVOKED');
  assert.equal(goodbye.retry, false);
  assert.equal(await seen(socket, ':disconnect'), 'io server disconnect');
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
  assert.equal((await seen(victim, 'server:disconnect')).type, 'TOKEN_REVOKED');
  assert.equal(await seen(victim, ':disconnect'), 'io server disconnect');
  const error = await refused(makeClient(server, { auth: { token: victim.who.token } }));
  assert.equal(error.data.type, 'TOKEN_REVOKED');
});

test('a guest gets into the room of the code and into no other', async () => {
  const teacher = await join(server, 'instructor');
  const { roomId, joinCode } = await must(teacher, 'room:create', { name: 'Open' });
  const other = await must(teacher, 'room:create', { name: 'Other' });
  assert.match(joinCode, /^\d{6}$/);
  const answer = await post(server, '/auth/guest', { displayName: ' <b>Ann</b> ', joinCode });
  assert.equal(answer.status, 200, answer.text);
  const { accessToken, user } = answer.json;
  assert.equal(answer.json.roomId, roomId);
  assert.equal(user.role, 'student');
  assert.equal(user.username, 'bAnn/b');
  const guest = makeClient(server, { auth: { token: accessToken } });
  await connected(guest);
  const joined = await enter(guest, roomId);
  assert.equal(joined.self.userId, user.userId);
  assert.equal((await fails(guest, 'user:action', { action: 'join', target: other.roomId })).type, 'FORBIDDEN');
  // A guest's pair can be renewed like any other.
  assert.equal((await post(server, '/auth/refresh', { refreshToken: answer.json.refreshToken })).status, 200);
});

test('the join code of no open room is refused', async () => {
  const teacher = await join(server, 'instructor');
  const { roomId, joinCode } = await must(teacher, 'room:create', { name: 'Closed' });
  await must(teacher, 'room:close', { roomId });
  for (const wrong of [joinCode, '0000000000', 'QQQQQQ']) {
    const answer = await post(server, '/auth/guest', { displayName: 'Ann', joinCode: wrong });
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.json.error.type, 'INVALID_CREDENTIALS');
  }
});

test('unknown routes and methods answer with a typed error', async () => {
  const missing = await get(server, '/api/nothing', { token: token('admin') });
  assert.equal(missing.status, 404);
  assert.equal(missing.json.error.type, 'NOT_FOUND');
  const method = await request(server, 'DELETE', '/auth/login');
  assert.equal(method.status, 405);
  assert.match(method.headers.get('allow'), /\bPOST\b/);
  assert.equal(typeof method.json.error.type, 'string');
});

test('health and readiness are open, metrics are internal', async () => {
  assert.equal((await get(server, '/healthz')).status, 200);
  assert.equal((await get(server, '/readyz')).status, 200);
  assert.equal((await get(server, '/metrics')).status, 404);
  const metrics = await fetch(`${await server.internalUrl()}/metrics`);
  assert.equal(metrics.status, 200);
  assert.match(await metrics.text(), /^# TYPE \w+ (counter|gauge|histogram)$/m);
});
