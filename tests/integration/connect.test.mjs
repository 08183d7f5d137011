// Who may connect, with the stock client in its three ways. A1–A9, contract section 4.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ask, closeClients, connected, join, makeClient, refused, seen, ways } from '../fixture/clients.mjs';
import { startServer } from '../fixture/server.mjs';
import { claimsOf, sign, token } from '../fixture/tokens.mjs';

let server;
before(async () => {
  server = await startServer({ config: '[limits.ip_connections]\nmax = 0\n' });
});
after(async () => { closeClients(); await server.stop(); server.remove(); });

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
      const error = await refused(makeClient(server, { way }));
      assert.equal(error.data.type, 'AUTH_REQUIRED');
      assert.equal(typeof error.message, 'string');
    });

    test('a token that is none is refused with INVALID_TOKEN', async () => {
      for (const auth of [{ token: 'x' }, { token: 7 }, { token: '' }, { token: { a: 1 } }]) {
        const error = await refused(makeClient(server, { way, auth }));
        assert.ok(['INVALID_TOKEN', 'AUTH_REQUIRED'].includes(error.data.type), error.data.type);
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
  const { engine } = socket.io;
  if (engine.transport.name !== 'websocket') await new Promise((resolve) => engine.once('upgrade', resolve));
  assert.equal(engine.transport.name, 'websocket');
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

test('a live connection ends when its token does', async () => {
  const socket = makeClient(server, { auth: { token: token('student', { ttl: 2 }) }, reconnection: false });
  await connected(socket);
  const goodbye = await seen(socket, 'server:disconnect');
  assert.equal(goodbye.type, 'TOKEN_EXPIRED');
  await seen(socket, ':disconnect');
});

test('auth:refresh keeps a live connection', async () => {
  const userId = 'renewer';
  const socket = makeClient(server, { auth: { token: token('student', { ttl: 2, userId }) }, reconnection: false });
  await connected(socket);
  const answer = await ask(socket, 'auth:refresh', { token: token('student', { ttl: 900, userId }) });
  assert.equal(answer.ok, true);
  assert.ok(answer.expiresAt > Date.now() + 800_000);
  await new Promise((resolve) => setTimeout(resolve, 3500));
  assert.ok(socket.connected);
  const other = await ask(socket, 'auth:refresh', { token: token('student', { userId: 'somebody else' }) });
  assert.equal(other.ok, false);
});

test('another namespace is refused and the connection lives', async () => {
  const socket = await join(server, 'student');
  const other = socket.io.socket('/elsewhere', { auth: socket.auth });
  const error = await new Promise((resolve) => other.on('connect_error', resolve));
  assert.equal(error.message, 'Invalid namespace');
  assert.equal((await ask(socket, 'ping', {})).ok, true);
  other.disconnect();
});
