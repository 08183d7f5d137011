// Tokens that are signed with a key, and those of an identity provider.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomUUID, sign as signed, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join as joined } from 'node:path';
import { afterEach, test } from 'node:test';

import { closeClients, connected, makeClient, must, refused } from '../fixture/clients.mjs';
import { get, post } from '../fixture/http.mjs';
import { adminPassword, binary, environment, startServer, temporaryDirectory } from '../fixture/server.mjs';
import { claimsOf, sign, token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

let server;
let provider;
afterEach(async () => {
  closeClients();
  await server?.end();
  provider?.close();
  server = provider = undefined;
});

const kinds = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

function keyFile(key, type = 'pkcs8') {
  const file = joined(temporaryDirectory(), 'key.pem');
  writeFileSync(file, key.export({ type, format: 'pem' }));
  return file;
}

const withKeys = (...files) => `[auth]\nkeys = ${JSON.stringify(files)}\n`;
const noSecret = { JWT_ACCESS_SECRET: undefined };
const headerOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
const digest = (algorithm) => (algorithm === 'EdDSA' ? null : 'sha256');

function makeToken(claims, algorithm, privateKey, kid) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: algorithm, typ: 'JWT', ...(kid ? { kid } : {}) })}.${encode(claims)}`;
  const signature = signed(digest(algorithm), Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function login() {
  const answer = await post(server, '/auth/login', { username: 'admin', password: adminPassword });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

for (const [algorithm, make] of Object.entries(kinds)) {
  test(`${algorithm}: others verify our tokens with the published key`, async () => {
    const { privateKey } = make();
    const file = keyFile(privateKey);
    server = await startServer({ config: withKeys(file), env: noSecret });
    const pair = await login();
    const header = headerOf(pair.accessToken);
    const { json: { keys }, headers } = await get(server, '/.well-known/jwks.json');
    assert.equal(headers.get('cache-control'), 'public, max-age=300');
    assert.deepEqual([header.alg, header.kid], [algorithm, keys[0].kid]);
    assert.equal(keys.length, 1);
    assert.equal(Object.keys(keys[0]).some((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name)), false);
    const [text, signature] = [pair.accessToken.split('.').slice(0, 2).join('.'), pair.accessToken.split('.')[2]];
    const key = createPublicKey({ key: keys[0], format: 'jwk' });
    assert.ok(verify(digest(algorithm), Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
    await connected(makeClient(server, { auth: { token: pair.accessToken } }));
    assert.equal((await post(server, '/auth/refresh', { refreshToken: pair.refreshToken })).status, 200);
    // The command line signs with the same key; the secret, which nobody has, signs nothing.
    const made = execFileSync(binary, ['token', '--user', 'u1', '--role', 'student', '--data', server.data],
      { env: environment({ ...noSecret, LECTERN_AUTH_KEYS: file }), encoding: 'utf8' }).trim();
    assert.equal((await get(server, '/auth/me', { token: made })).json.userId, 'u1');
    for (const forged of [token('admin'), sign(claimsOf('admin'), { secret: key.export({ type: 'spki', format: 'pem' }) }),
      makeToken(claimsOf('admin'), algorithm, make().privateKey, keys[0].kid)]) {
      assert.equal((await get(server, '/auth/me', { token: forged })).json.error.type, 'INVALID_TOKEN');
    }
  });
}

test('a new key follows the old one without signing anybody out', async () => {
  const [before, next] = [keyFile(kinds.ES256().privateKey), keyFile(kinds.EdDSA().privateKey)];
  const env = { ...noSecret, LECTERN_AUTH_KEYS: before };
  server = await startServer({ env });
  const { accessToken } = await login();
  const restarted = async (...files) => {
    env.LECTERN_AUTH_KEYS = files.join(',');
    await server.stop();
    await server.restart();
    return (await get(server, '/auth/me', { token: accessToken })).status;
  };
  assert.equal(await restarted(next, before), 200);
  assert.equal(headerOf((await login()).accessToken).alg, 'EdDSA');
  assert.equal((await get(server, '/.well-known/jwks.json')).json.keys.length, 2);
  assert.equal(await restarted(next), 401);
});

// SIGHUP, and the line that it writes.
async function reload() {
  const from = server.stderr.length;
  process.kill(server.pid, 'SIGHUP');
  const [line] = await until(() => server.stderr.slice(from).match(/^.*reload(ed| refused).*$/m), 'what became of it');
  return line;
}

test('SIGHUP brings a new key, tokens of those that stayed are good, and a broken file changes nothing', async () => {
  const [first, next] = [keyFile(kinds.ES256().privateKey), keyFile(kinds.EdDSA().privateKey)];
  server = await startServer({ env: noSecret, config: withKeys(first) });
  const write = (...files) => writeFileSync(server.configFile, withKeys(...files));
  const old = (await login()).accessToken;
  const live = await connected(makeClient(server, { auth: { token: old } }));

  write(next, first);
  assert.match(await reload(), /info +reloaded keys=2 changed=auth\.keys$/);
  const fresh = (await login()).accessToken;
  assert.equal(headerOf(fresh).alg, 'EdDSA');
  assert.deepEqual([await status(old), await status(fresh)], [200, 200]);
  assert.equal((await get(server, '/.well-known/jwks.json')).json.keys.length, 2);

  writeFileSync(next, 'no key');
  assert.match(await reload(), /error +reload refused, nothing has changed: .*key\.pem: /);
  assert.deepEqual([await status(old), await status(fresh)], [200, 200]);

  // The same file with another key in it: what it signed before is nobody's now.
  writeFileSync(next, kinds.EdDSA().privateKey.export({ type: 'pkcs8', format: 'pem' }));
  assert.match(await reload(), /info +reloaded keys=2$/);
  assert.deepEqual([await status(old), await status(fresh)], [200, 401]);
  write(next);
  await reload();
  assert.equal(await status(old), 401);
  assert.ok(live.connected, 'live connections stay');
});

test('SIGHUP reads secrets from their files again', async () => {
  const [access, refresh] = ['access', 'refresh'].map((name) => joined(temporaryDirectory(), name));
  writeFileSync(access, `${'a'.repeat(20)}${randomUUID()}`);
  writeFileSync(refresh, `${'r'.repeat(20)}${randomUUID()}`);
  server = await startServer({ env: { ...noSecret, JWT_REFRESH_SECRET: undefined,
    JWT_ACCESS_SECRET_FILE: access, JWT_REFRESH_SECRET_FILE: refresh } });
  const pair = await login();
  const me = async () => (await get(server, '/auth/me', { token: pair.accessToken })).status;

  writeFileSync(access, 'short');
  assert.match(await reload(), /error +reload refused, nothing has changed: .*32 bytes/);
  assert.equal(await me(), 200);

  const secret = `${'b'.repeat(20)}${randomUUID()}`;
  writeFileSync(access, secret);
  const line = await reload();
  assert.match(line, /info +reloaded changed=JWT_ACCESS_SECRET$/);
  assert.equal(await me(), 401);
  assert.equal((await get(server, '/auth/me', { token: sign(claimsOf('admin'), { secret }) })).status, 200);
  assert.equal((await post(server, '/auth/refresh', { refreshToken: pair.refreshToken })).status, 200);
  assert.doesNotMatch(server.stderr, new RegExp(secret));
});

test('with a secret in the environment both kinds of tokens are good', async () => {
  server = await startServer({ config: withKeys(keyFile(kinds.EdDSA().privateKey)) });
  assert.equal(headerOf((await login()).accessToken).alg, 'EdDSA');
  assert.equal((await get(server, '/auth/me', { token: token('student') })).status, 200);
});

test('a file without a key that may sign keeps the server from starting', () => {
  const weak = keyFile(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
  const other = keyFile(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
  const only = keyFile(kinds.ES256().publicKey, 'spki');
  for (const [file, reason] of [['/nowhere/key.pem', 'cannot be read'], [weak, '2048'], [other, 'P-256'], [only, 'private key']]) {
    const { status, stderr } = spawnSync(binary, ['serve', '--listen', '127.0.0.1:0', '--data', temporaryDirectory()],
      { env: environment({ LECTERN_AUTH_KEYS: file }), encoding: 'utf8' });
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`${reason}.*\n$`));
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});

// An identity provider whose answer the test chooses.
async function startProvider() {
  const state = { asked: 0, keys: [], answer: undefined };
  const http = createServer((request, response) => {
    state.asked += 1;
    if (state.answer) return response.end(state.answer);
    return response.end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  provider = http;
  state.url = `http://127.0.0.1:${http.address().port}/keys`;
  return state;
}

function providerKey(state, algorithm = 'ES256') {
  const { publicKey, privateKey } = kinds[algorithm]();
  const kid = randomUUID();
  state.keys.push({ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' });
  const now = Math.floor(Date.now() / 1000);
  return (claims = {}) => makeToken({ iss: 'https://login.school', aud: 'lectern', sub: 'ada', name: 'Ada', iat: now, exp: now + 600,
    realm_access: { roles: ['offline_access', 'instructor'] }, ...claims }, algorithm, privateKey, kid);
}

const withProvider = (source) => `[auth]\njwks = ${JSON.stringify(source)}\njwks_issuer = "https://login.school"\n`
  + 'jwks_audience = "lectern"\njwks_role_claim = "realm_access.roles"\n';
const failures = async () => Number((await (await fetch(`${await server.internalUrl()}/metrics`)).text())
  .match(/^lectern_provider_failures_total (\d+)$/m)[1]);
const status = async (jwt) => (await get(server, '/auth/me', { token: jwt })).status;
const becomesGood = (jwt) => until(async () => await status(jwt) === 200, 'a key that is known', 30_000);

test('a user of the identity provider teaches, and is out when revoked', async () => {
  const state = await startProvider();
  const ada = providerKey(state);
  server = await startServer({ config: withProvider(state.url) });
  await becomesGood(ada());
  const me = (await get(server, '/auth/me', { token: ada() })).json;
  assert.deepEqual([me.userId, me.username, me.role], ['ada', 'Ada', 'instructor']);
  const socket = await connected(makeClient(server, { auth: { token: ada() } }));
  await must(socket, 'room:create', { name: 'Theirs' });
  for (const claims of [{ iss: 'https://evil' }, { aud: 'other' }, { sub: undefined }, { exp: undefined }, { iat: undefined }]) {
    assert.equal(await status(ada(claims)), 401, JSON.stringify(claims));
  }
  assert.equal((await get(server, '/auth/me', { token: ada({ exp: 1 }) })).json.error.type, 'TOKEN_EXPIRED');
  assert.deepEqual((await get(server, '/auth/me', { token: ada({ realm_access: { roles: ['root'] } }) })).json.permissions, []);
  await post(server, '/auth/revoke', { userId: 'ada' }, { token: token('admin') });
  assert.equal((await refused(makeClient(server, { auth: { token: ada() } }))).data.type, 'TOKEN_REVOKED');
});

test('new keys are found, made-up ones are not asked for again and again, and garbage changes nothing', async () => {
  const state = await startProvider();
  const first = providerKey(state, 'EdDSA');
  server = await startServer({ config: withProvider(state.url) });
  await becomesGood(first());
  assert.equal(state.asked, 1);
  const second = providerKey(state, 'RS256');
  for (let number = 0; number < 50; ++number) assert.equal(await status(providerKey({ keys: [] })()), 401);
  await becomesGood(second());
  assert.ok(state.asked <= 3, `asked ${state.asked} times`);
  state.answer = '<html>out of order</html>';
  assert.equal(await status(providerKey({ keys: [] })()), 401);
  await until(async () => await failures() > 0, 'a failure', 30_000);
  assert.equal(await status(first()), 200);
  provider.close();
  provider.closeAllConnections();
  const before = await failures();
  await until(async () => await failures() > before, 'another failure', 30_000);
  assert.equal(await status(second()), 200);
  assert.match(server.stderr, /identity provider's keys unavailable/);
});

test('a file of keys is read at the start and on SIGHUP, or the server does not start', async () => {
  const state = { keys: [] };
  const ada = providerKey(state);
  const file = joined(temporaryDirectory(), 'jwks.json');
  writeFileSync(file, JSON.stringify(state));
  server = await startServer({ config: withProvider(file) });
  assert.equal(await status(ada()), 200);

  const bob = providerKey(state);
  writeFileSync(file, JSON.stringify(state));
  await reload();
  assert.deepEqual([await status(ada()), await status(bob())], [200, 200], 'a new key, and the one that stayed');
  writeFileSync(file, '{}');
  await reload();
  assert.match(server.stderr, /warning +identity provider's keys unavailable source=.*jwks\.json reason=/);
  assert.equal(await status(bob()), 200, 'the keys stay');
  await assert.rejects(startServer({ config: withProvider(file) }), /ended with 2 .*holds no keys/s);
});
