// How the program starts, refuses to start and ends. Contract sections 2 and 8, "Exit codes".
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import WebSocket from 'ws';

import { closeClients, connected, makeClient, seen } from '../fixture/clients.mjs';
import { post } from '../fixture/http.mjs';
import { assertRefused, run } from '../fixture/program.mjs';
import { accessSecret, adminPassword, environment, startServer, temporaryDirectory } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { happened } from '../fixture/until.mjs';

// A server that ends with its test.
async function serve(t, options) {
  const server = await startServer(options);
  t.after(async () => { closeClients(); await server?.end(); });
  return server;
}

test('version and help answer with 0', async () => {
  const version = await run(['version']);
  assert.equal(version.code, 0);
  assert.match(version.out, /\d+\.\d+\.\d+/);
  for (const command of ['serve', 'check-config', 'print-config', 'token', 'user', 'version']) {
    const help = await run([command, '--help']);
    assert.equal(help.code, 0, command);
    assert.match(help.out, /--/, command);
  }
});

test('wrong flags and commands are refused with one line', async () => {
  assertRefused(await run(['serve', '--no-such-flag']), /no-such-flag/, 'flag');
  assertRefused(await run(['sing']), /sing/, 'command');
  assertRefused(await run(['serve', '--threads', 'many']), /threads/, 'threads');
  assertRefused(await run(['serve', '--listen', 'nonsense', '--data', temporaryDirectory()]), /nonsense/, 'address');
});

test('an unknown configuration key is named with its line and a suggestion', async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'lectern.toml');
  writeFileSync(file, '[server]\nthreads = 2\nthread = 3\n');
  const check = await run(['check-config', '--config', file]);
  assert.equal(check.code, 2);
  assert.match(check.err + check.out, /lectern\.toml:3/);
  assert.match(check.err + check.out, /threads/);
  assertRefused(await run(['serve', '--config', file, '--data', folder, '--listen', '127.0.0.1:0']), /lectern\.toml:3.*thread/, 'serve');
  writeFileSync(file, '[server]\nthreads = 2\n');
  assert.equal((await run(['check-config', '--config', file])).code, 0);
});

test('print-config prints a configuration that check-config accepts', async () => {
  const printed = await run(['print-config']);
  assert.equal(printed.code, 0);
  assert.match(printed.out, /\[engine\]/);
  assert.match(printed.out, /user_messages/);
  const file = join(temporaryDirectory(), 'lectern.toml');
  writeFileSync(file, printed.out);
  const check = await run(['check-config', '--config', file]);
  assert.equal(check.code, 0, check.err + check.out);
});

test('a taken port is one line and exit code 2', async (t) => {
  const holder = createServer();
  t.after(() => holder.close());
  await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address();
  const answer = await run(['serve', '--listen', `127.0.0.1:${port}`, '--data', temporaryDirectory(), '--web', 'off']);
  assertRefused(answer, new RegExp(`${port}`), 'port');
});

test('the port of another server of ours is taken as well', async (t) => {
  const server = await serve(t);
  const answer = await run(['serve', '--listen', `127.0.0.1:${server.port}`, '--data', temporaryDirectory(), '--web', 'off']);
  assertRefused(answer, new RegExp(`${server.port}`), 'port');
});

test('a data directory that another server uses is refused', async (t) => {
  const server = await serve(t);
  const answer = await run(['serve', '--listen', '127.0.0.1:0', '--data', server.data, '--web', 'off']);
  assertRefused(answer, /use/, 'directory in use');
});

test('a data directory that cannot be written is refused', async () => {
  const file = join(temporaryDirectory(), 'a file');
  writeFileSync(file, '');
  assertRefused(await run(['serve', '--listen', '127.0.0.1:0', '--data', join(file, 'data'), '--web', 'off']), /a file/, 'file');
  assertRefused(await run(['serve', '--listen', '127.0.0.1:0', '--data', '/proc/lectern', '--web', 'off']), /\/proc\/lectern/, 'proc');
  if (process.getuid() !== 0) {
    const folder = join(temporaryDirectory(), 'locked');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    assertRefused(await run(['serve', '--listen', '127.0.0.1:0', '--data', folder, '--web', 'off']), /locked/, 'mode');
  }
});

test('weak secrets are refused', async () => {
  const env = environment({ JWT_ACCESS_SECRET: 'short' });
  assertRefused(await run(['serve', '--listen', '127.0.0.1:0', '--data', temporaryDirectory(), '--web', 'off'], { env }),
    /JWT_ACCESS_SECRET|secret/, 'secret');
});

test('the first start prints a password that works, later ones print none', async (t) => {
  const server = await serve(t, { env: { LECTERN_ADMIN_PASSWORD: undefined } });
  const [, password] = server.stdout.match(/^lectern: administrator admin password (\S+)$/m) ?? [];
  assert.ok(password, server.stdout);
  assert.equal((await post(server, '/auth/login', { username: 'admin', password })).status, 200);
  await server.stop();
  await server.restart();
  assert.doesNotMatch(server.stdout, /password/);
  assert.equal((await post(server, '/auth/login', { username: 'admin', password })).status, 200);
});

test('a given administrator password is not printed', async (t) => {
  const server = await serve(t);
  assert.doesNotMatch(server.stdout, /password/);
  assert.doesNotMatch(server.stderr, new RegExp(adminPassword));
  assert.equal((await post(server, '/auth/login', { username: 'admin', password: adminPassword })).status, 200);
});

test('a clean stop tells clients, exits 0 and leaves everything in one file', async (t) => {
  const server = await serve(t);
  const socket = makeClient(server, { auth: { token: token('student') } });
  await connected(socket);
  const stopping = server.stop();
  assert.ok((await seen(socket, 'server:draining')).reconnectInMs >= 0);
  const goodbye = await seen(socket, 'server:disconnect');
  assert.equal(goodbye.type, 'SERVER_DRAINING');
  assert.equal(goodbye.retry, true);
  // Not "io server disconnect": the stock client comes back by itself.
  assert.equal(await seen(socket, ':disconnect'), 'transport close');
  await stopping;
  assert.deepEqual(readdirSync(server.data).filter((name) => /-(wal|shm)$/.test(name)), []);
});

test('a CONNECT while the server goes down loses its connection and is not refused, so that the client comes back', async (t) => {
  const server = await serve(t, { config: '[server]\ndrain_ms = 3000\n' });
  const other = makeClient(server, { auth: { token: token('student') } });
  await connected(other);
  const late = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const packets = [];
  late.on('message', (data) => packets.push(String(data)));
  await happened(late, 'message');
  const stopping = server.stop();
  await seen(other, 'server:draining');
  late.send(`40${JSON.stringify({ token: token('student') })}`);
  await happened(late, 'close');
  assert.deepEqual(packets.map((packet) => packet[0]), ['0']);
  await stopping;
});

test('accounts are made on the command line, with and without a running server', async (t) => {
  const server = await serve(t);
  const add = await run(['user', 'add', 'ada', '--role', 'instructor', '--data', server.data], { input: 'a long password 1\n' });
  assert.equal(add.code, 0, add.err);
  assert.equal((await post(server, '/auth/login', { username: 'ada', password: 'a long password 1' })).status, 200);
  const list = await run(['user', 'list', '--data', server.data]);
  assert.match(list.out, /ada/);
  await server.stop();
  assert.equal((await run(['user', 'set-password', 'ada', '--data', server.data], { input: 'another password 2\n' })).code, 0);
  await server.restart();
  assert.equal((await post(server, '/auth/login', { username: 'ada', password: 'another password 2' })).status, 200);
  assert.equal((await run(['user', 'disable', 'ada', '--data', server.data])).code, 0);
  assert.equal((await post(server, '/auth/login', { username: 'ada', password: 'another password 2' })).status, 401);
});

test('token prints a token that connects', async (t) => {
  const server = await serve(t);
  const printed = await run(['token', '--user', 'u7', '--name', 'Ann', '--role', 'student', '--data', server.data],
    { env: environment({ JWT_ACCESS_SECRET: accessSecret }) });
  assert.equal(printed.code, 0, printed.err);
  await connected(makeClient(server, { auth: { token: printed.out.trim() } }));
});

test('a Redis that is not there is one line and exit 2', async () => {
  const data = temporaryDirectory();
  const answer = await run(['serve', '--redis', 'redis://127.0.0.1:1', '--listen', '127.0.0.1:0', '--data', data]);
  assertRefused(answer, /^lectern: redis at 127\.0\.0\.1:1: Redis is not connected/m, 'redis');
});
