// Who may connect, with the stock client in its three ways. A1–A9, contract section 4.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ask, closeClients, connected, entry, fails, join, makeClient, refused, seen, upgraded, ways } from '../fixture/clients.mjs';
import { startServer } from '../fixture/server.mjs';
import { claimsOf, sign, token } from '../fixture/tokens.mjs';
import { happened } from '../fixture/until.mjs';

const kGoneMs = 1000;  // after its token ended, contract section 8
const kLateMs = 500;   // a busy machine

let server;
before(async () => {
  server = await startServer({ config: '[limits.ip_connections]\nmax = 0\n' });
});
after(async () => { closeClients(); await server?.end(); });

for (const way of ways) {
  describe(way, () => {
    test('a valid token connects', async () => {
      const socket = await join(server, 'student', { way });
      assert.match(socket.id, /^[\w-]{20}$/);
      const answer = await ask(socket, 'ping', { sentAt: 5 });
      assert.equal(answer.ok, true);
      assert.equal(answer.sentAt, 5);
      assert.ok(Math.abs(answer.serverTime - Date.now()) < 5000);
    });

    test('no token is refused with AUTH_REQUIRED', async () => {
      for (const auth of [undefined, {}, { token: '' }, { token: 7 }, { token: { a: 1 } }]) {
        const error = await refused(makeClient(server, { way, auth }));
        assert.equal(error.data.type, 'AUTH_REQUIRED', JSON.stringify(auth));
        assert.equal(typeof error.message, 'string');
      }
    });

    test('a token that is none of ours is refused with INVALID_TOKEN', async () => {
      for (const text of ['x', 'a.b.c', token('student').slice(1)]) {
        const error = await refused(makeClient(server, { way, auth: { token: text } }));
        assert.equal(error.data.type, 'INVALID_TOKEN', text);
      }
    });

    test('an expired token is refused with TOKEN_EXPIRED', async () => {
      const error = await refused(makeClient(server, { way, auth: { token: token('student', { ttl: -60 }) } }));
      assert.equal(error.data.type, 'TOKEN_EXPIRED');
    });

    test('a client that comes back with a good token gets in', async () => {
      const socket = makeClient(server, { way, auth: { token: 'x' } });
      await seen(socket, ':connect_error');
      socket.auth = { token: token('student') };
      socket.connect();
      await connected(socket);
    });
  });
}

test('the default client ends up on a WebSocket', async () => {
  const socket = await join(server, 'student', { way: 'upgrade' });
  assert.equal(await upgraded(socket), 'websocket');
  assert.equal((await ask(socket, 'ping', {})).ok, true);
});

test('forged tokens are refused', async () => {
  const claims = claimsOf('admin');
  const forgeries = {
    'another secret': sign(claims, { secret: 'x'.repeat(40) }),
    'no algorithm': `${sign(claims, { header: { alg: 'none' } }).split('.').slice(0, 2).join('.')}.`,
    'algorithm none with a signature': sign(claims, { header: { alg: 'none' } }),
    'another algorithm': sign(claims, { header: { alg: 'HS512' } }),
    'a critical header': sign(claims, { header: { alg: 'HS256', crit: ['x'], x: 1 } }),
    'another issuer': sign({ ...claims, iss: 'elsewhere' }),
    'another audience': sign({ ...claims, aud: 'other' }),
    'a refresh token': sign({ ...claims, type: 'refresh' }),
    'no expiry': sign({ ...claims, exp: undefined }),
    'issued in the future': sign({ ...claims, iat: claims.iat + 3600 }),
    'padding': `${sign(claims)}=`,
  };
  for (const [what, forged] of Object.entries(forgeries)) {
    const error = await refused(makeClient(server, { auth: { token: forged } }));
    assert.equal(error.data.type, 'INVALID_TOKEN', what);
  }
});

test('a live connection ends within a second after its token does', async () => {
  const claims = claimsOf('student', { ttl: 2 });
  const socket = makeClient(server, { auth: { token: sign(claims) }, reconnection: false });
  await connected(socket);
  const [, goodbye, at] = await entry(socket, 'server:disconnect');
  assert.equal(goodbye.type, 'TOKEN_EXPIRED');
  assert.equal(goodbye.retry, false);
  assert.equal(typeof goodbye.message, 'string');
  assert.ok(at >= claims.exp * 1000, `${claims.exp * 1000 - at} ms too early`);
  assert.ok(at <= claims.exp * 1000 + kGoneMs + kLateMs, `${at - claims.exp * 1000} ms late`);
  assert.equal(await seen(socket, ':disconnect'), 'io server disconnect');
});

test('auth:refresh keeps a live connection', async () => {
  const userId = 'renewer';
  const socket = makeClient(server, { auth: { token: token('student', { ttl: 2, userId }) }, reconnection: false });
  await connected(socket);
  const answer = await ask(socket, 'auth:refresh', { token: token('student', { ttl: 900, userId }) });
  assert.equal(answer.ok, true);
  assert.ok(answer.expiresAt > Date.now() + 800_000);
  // When a token that lived longer has ended its connection, the first one would be gone, too.
  const witness = makeClient(server, { auth: { token: token('student', { ttl: 4 }) }, reconnection: false });
  await seen(witness, 'server:disconnect');
  assert.equal((await ask(socket, 'ping', {})).ok, true);
  assert.equal(socket.log.filter(([event]) => event !== ':connect').length, 0);
  const error = await fails(socket, 'auth:refresh', { token: token('student', { userId: 'somebody else' }) });
  assert.equal(error.type, 'INVALID_TOKEN');
});

test('another namespace is refused and the connection lives', async () => {
  const socket = await join(server, 'student');
  const other = socket.io.socket('/elsewhere', { auth: socket.auth });
  const error = await happened(other, 'connect_error');
  assert.equal(error.message, 'Invalid namespace');
  assert.equal((await ask(socket, 'ping', {})).ok, true);
  other.disconnect();
});
