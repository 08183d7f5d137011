// Who is out, is out now: many refreshes at once, changes of accounts, guests' names, the audit trail,
// and that nothing secret is written anywhere. Contract sections 3, 5 and 8.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join as joined } from 'node:path';
import { after, before, test } from 'node:test';

import {
  closeClients, connected, enter, join, makeClient, must, seen, ways,
} from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import {
  accessSecret, adminPassword, binary, environment, refreshSecret, startServer,
} from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

const password = 'a password that is written nowhere';
const admin = () => token('admin', { userId: 'auditor' });

let server;
before(async () => { server = await startServer({ config: 'log.level = "debug"\n' }); });
after(async () => { closeClients(); await server?.end(); });

const user = (...words) => execFileSync(binary, ['user', ...words, '--data', server.data],
  { input: `${password}\n`, env: environment(), encoding: 'utf8' });

async function login(username, word = password) {
  const answer = await post(server, '/auth/login', { username, password: word });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

async function online(pair, way) {
  return connected(makeClient(server, { auth: { token: pair.accessToken }, reconnection: false, way }));
}

async function audit(query = '?limit=1000') {
  const answer = await get(server, `/api/audit${query}`, { token: admin() });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

for (const callers of [20, 200]) {
  test(`of ${callers} refreshes at once exactly one wins, and the family lives`, async () => {
    const pair = await login('admin', adminPassword);
    const answers = await Promise.all(Array.from({ length: callers },
      () => post(server, '/auth/refresh', { refreshToken: pair.refreshToken })));
    const winners = answers.filter(({ status }) => status === 200);
    assert.equal(winners.length, 1);
    for (const { status, json } of answers) {
      if (status !== 200) assert.deepEqual([status, json.error.type], [401, 'TOKEN_REUSED']);
    }
    const next = await post(server, '/auth/refresh', { refreshToken: winners[0].json.refreshToken });
    assert.equal(next.status, 200, next.text);
  });
}

test('a revocation among many refreshes leaves no token alive', async () => {
  user('add', 'racer', '--role', 'student');
  const pairs = [];
  for (let number = 0; number < 5; ++number) pairs.push(await login('racer'));
  const { userId } = pairs[0].user;
  const racing = pairs.flatMap(({ refreshToken }) => Array.from({ length: 4 },
    () => post(server, '/auth/refresh', { refreshToken })));
  const revoked = await post(server, '/auth/revoke', { userId }, { token: admin() });
  assert.equal(revoked.status, 204);
  for (const { status, json } of await Promise.all(racing)) {
    if (status !== 200) continue;
    // What came out before the revocation is dead; what asked after it got nothing.
    assert.equal((await get(server, '/auth/me', { token: json.accessToken })).status, 401);
    assert.equal((await post(server, '/auth/refresh', { refreshToken: json.refreshToken })).status, 401);
  }
  assert.equal((await login('racer')).user.userId, userId);
});

for (const [words, alive] of [[['set-role', 'NAME', '--role', 'instructor'], true], [['set-password', 'NAME'], true],
  [['disable', 'NAME'], false], [['remove', 'NAME'], false]]) {
  test(`user ${words[0]} signs out every tab within a second`, async () => {
    const name = `tab-${words[0]}`;
    user('add', name, '--role', 'student');
    const pair = await login(name);
    const tabs = await Promise.all(Array.from({ length: 6 }, (_, number) => online(pair, ways[number % 3])));
    user(...words.map((word) => (word === 'NAME' ? name : word)));
    const since = Date.now();
    for (const tab of tabs) {
      const goodbye = await seen(tab, 'server:disconnect');
      assert.deepEqual([goodbye.type, goodbye.retry], ['TOKEN_REVOKED', false]);
      assert.equal(await seen(tab, ':disconnect'), 'io server disconnect');
    }
    assert.ok(Date.now() - since < 1000);
    assert.equal((await post(server, '/auth/refresh', { refreshToken: pair.refreshToken })).status, 401);
    const again = await post(server, '/auth/login', { username: name, password });
    assert.equal(again.status, alive ? 200 : 401, again.text);
    if (words[0] === 'set-role') assert.equal(again.json.user.role, 'instructor');
  });
}

test('the reuse of a refresh token signs out the tabs of its family', async () => {
  user('add', 'reused', '--role', 'student');
  const first = await login('reused');
  const other = await online(await login('reused'));
  const second = (await post(server, '/auth/refresh', { refreshToken: first.refreshToken })).json;
  const tab = await online(second);
  await post(server, '/auth/refresh', { refreshToken: second.refreshToken });
  const reuse = await post(server, '/auth/refresh', { refreshToken: first.refreshToken });
  assert.equal(reuse.json.error.type, 'TOKEN_REUSED');
  assert.equal((await seen(tab, 'server:disconnect')).type, 'TOKEN_REVOKED');
  assert.equal(await seen(tab, ':disconnect'), 'io server disconnect');
  await must(other, 'ping', {});
});

test('a whole class comes in at once, and no two look alike', async () => {
  const teacher = await join(server, 'instructor', { username: 'Ms Lee' });
  const { roomId, joinCode } = await must(teacher, 'room:create', { name: 'Names' });
  await enter(await join(server, 'student', { username: 'Ben' }), roomId);
  const guest = async (displayName) => {
    const answer = await post(server, '/auth/guest', { displayName, joinCode });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.user.username;
  };
  const anns = await Promise.all(Array.from({ length: 200 }, () => guest('Ann')));
  assert.equal(new Set(anns).size, 200);
  assert.ok(anns.includes('Ann') && anns.includes('Ann (2)') && anns.includes('Ann (200)'));
  assert.equal(await guest('\u0410nn'), '\u0410nn (201)', 'a Cyrillic A');
  assert.equal(await guest('ms  lee'), 'ms lee (2)', 'the teacher');
  assert.equal(await guest('B\u200ben\u202e'), 'Ben (2)', 'invisible and bidi characters');
  assert.equal(await guest('Carl'), 'Carl');
  const long = await guest('x'.repeat(64));
  assert.equal(await guest('x'.repeat(64)), `${'x'.repeat(60)} (2)`);
  assert.equal(long, 'x'.repeat(64));
});

test('the audit trail tells who did what, newest first, in pages', async () => {
  user('add', 'audited', '--role', 'student');
  const pair = await login('audited');
  const { userId } = pair.user;
  await post(server, '/auth/login', { username: 'audited', password: 'wrong' });
  await post(server, '/auth/login', { username: 'a typed secret', password: 'wrong' });
  const teacher = await join(server, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Audit' });
  await enter(await online(pair), roomId);
  await must(teacher, 'chat:moderate', { roomId, action: 'mute', targetUserId: userId });
  await must(teacher, 'room:configure', { roomId, coHosts: [userId] });
  await post(server, '/auth/logout', {}, { token: pair.accessToken });
  await post(server, '/auth/revoke', { userId }, { token: admin() });
  user('set-role', 'audited', '--role', 'instructor');
  const { entries } = await until(async () => {
    const page = await audit();
    return page.entries.some(({ type, userId: who }) => type === 'user.set_role' && who === userId) && page;
  }, 'the last line');
  const lines = entries.filter((line) => line.userId === userId || line.detail?.includes(roomId)).map(
    ({ type, actorId }) => [type, actorId]).reverse();
  assert.deepEqual(lines, [['user.add', undefined], ['login', userId], ['login_failed', undefined],
    ['moderate.mute', teacher.who.userId], ['room.co_hosts', teacher.who.userId], ['logout', userId],
    ['revoke', 'auditor'], ['user.set_role', undefined]]);
  const [first, second] = [(await audit('?limit=1')), (await audit(`?limit=1&before=${entries[0].id}`))];
  assert.deepEqual(first, { entries: [entries[0]], next: entries[0].id });
  assert.deepEqual(second.entries, [entries[1]]);
  assert.equal(entries.find(({ type }) => type === 'login').address, '127.0.0.1');
  for (const role of ['student', 'instructor']) {
    assert.equal((await get(server, '/api/audit', { token: token(role) })).status, 403);
  }
  assert.equal((await get(server, '/api/audit', { token: token('student', { permissions: ['audit:read'] }) })).status, 200);
  for (const query of ['?limit=0', '?limit=1001', '?before=x']) {
    assert.equal((await get(server, `/api/audit${query}`, { token: admin() })).status, 400, query);
  }
});

test('where an account signed in is known after a restart', async () => {
  user('add', 'regular', '--role', 'student');
  await login('regular');
  await server.stop();
  await server.restart();
  for (let batch = 0; batch < 4; ++batch) {
    await Promise.all(Array.from({ length: 25 }, (_, number) =>
      post(server, '/auth/login', { username: `nobody ${batch} ${number}`, password: 'wrong' })));
  }
  const stranger = await post(server, '/auth/login', { username: 'racer', password: 'wrong' });
  assert.equal(stranger.json.error.type, 'INVALID_CREDENTIALS', 'it signed in from here before');
  const nobody = await post(server, '/auth/login', { username: 'one more', password: 'wrong' });
  assert.deepEqual([nobody.status, nobody.json.error.rule], [429, 'failed_logins_address']);
  await login('regular');
});

const files = (directory) => readdirSync(directory).flatMap((name) => {
  const path = joined(directory, name);
  if (statSync(path).isDirectory()) return files(path);
  return statSync(path).isFile() ? [path] : [];
});

test('no token, password or secret is in anything that a run writes', async () => {
  const pair = await login('regular');
  const renewed = (await post(server, '/auth/refresh', { refreshToken: pair.refreshToken })).json;
  await online(renewed);
  const answers = [
    await post(server, '/auth/login', { username: password, password }),
    await post(server, '/auth/refresh', { refreshToken: pair.refreshToken }),
    await get(server, `/auth/me?token=${renewed.accessToken}`, { token: `${renewed.accessToken}x` }),
    await get(server, `/api/rooms/${renewed.accessToken}`, { token: renewed.accessToken }),
    await get(server, '/api/audit?limit=1000', { token: admin() }),
  ].map(({ text }) => text);
  const metrics = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  const listed = user('list');
  const signature = (text) => text.split('.')[2];
  const secrets = { password, adminPassword, accessSecret, refreshSecret };
  for (const one of [pair, renewed]) {
    secrets[`access ${signature(one.accessToken)}`] = signature(one.accessToken);
    secrets[`refresh ${signature(one.refreshToken)}`] = signature(one.refreshToken);
  }
  const check = (where, bytes) => {
    for (const [what, secret] of Object.entries(secrets)) {
      assert.equal(bytes.includes(secret), false, `${what} is in ${where}`);
    }
  };
  check('an answer', answers.join('\n'));
  check('the metrics', metrics);
  check('the list of users', listed);
  for (const file of files(server.data)) check(file, readFileSync(file));
  await server.stop();
  check('the log', server.stdout + server.stderr);
  assert.ok(files(server.data).length > 0);
  for (const file of files(server.data)) check(file, readFileSync(file));
  await server.restart();
});
