// https and wss: stock clients, stock TLS tools, what is no TLS, and a new certificate while the
// server runs. Contract section 2, "tls_cert, tls_key" and SIGHUP.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join as joinPath } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';

import WebSocket from 'ws';

import { Authority } from '../fixture/certificates.mjs';
import {
  closeClients, connected, enter, fails, join, makeClient, must, refused, seen, upgraded, ways,
} from '../fixture/clients.mjs';
import { Wire, closeWires, get } from '../fixture/http.mjs';
import { binary, environment, startServer, temporaryDirectory, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { happened, until } from '../fixture/until.mjs';

const authority = new Authority();
const tls = authority.certificate();
let server;

before(async () => { server = await startServer({ tls, config: unlimited }); });
after(async () => { closeClients(); closeWires(); await server?.end(); });

// A server that ends with its test.
async function serve(t, options) {
  const started = await startServer(options);
  t.after(async () => { closeClients(); await started.end(); });
  return started;
}

function httpsGet({ port }, path, options = {}) {
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port, path, ca: authority.ca, ...options }, (response) => {
      let text = '';
      const { socket } = response;
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, text, socket }));
    }).on('error', reject).end();
  });
}

// The name in the certificate that a new connection gets.
async function nameOf({ port }) {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.ca });
  await happened(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

function run(program, words, options) {
  return new Promise((resolve) => {
    const child = execFile(program, words, { timeout: 20_000, ...options }, (error, out, err) => {
      resolve({ code: error ? error.code : 0, out, err });
    });
    child.stdin.end(options?.input ?? '');
  });
}

// What the server has said since `from`, once it matches.
const logs = (on, pattern, from = 0) => until(() => on.stderr.slice(from).match(pattern), `${pattern} in the log`);

test('the ready line says https, and the internal listener stays plain', async () => {
  await server.says(/^lectern: ready https:\/\/127\.0\.0\.1:\d+\n/m);
  const internal = await server.internalUrl();
  assert.match(internal, /^http:/);
  assert.equal((await fetch(`${internal}/metrics`)).status, 200);
});

for (const way of ways) {
  test(`a stock client talks both ways by ${way}`, async () => {
    const teacher = await join(server, 'instructor', { way });
    const student = await join(server, 'student', { way });
    const { roomId } = await must(teacher, 'room:create', { name: 'Algebra' });
    await enter(teacher, roomId);
    await enter(student, roomId);
    if (way === 'upgrade') assert.equal(await upgraded(teacher), 'websocket');
    for (let i = 0; i < 20; ++i) {
      await must(student, 'chat:message', { roomId, content: `${i} ${'x'.repeat(900)}` });
    }
    const last = await seen(teacher, 'chat:message', ({ content }) => content.startsWith('19 '));
    assert.equal(last.content.length, 903);
  });
}

test('many clients move from polling to WebSocket across shards', async () => {
  const clients = Array.from({ length: 24 }, () => makeClient(server, { way: 'upgrade', auth: { token: token('student') } }));
  await Promise.all(clients.map(connected));
  assert.deepEqual(new Set(await Promise.all(clients.map(upgraded))), new Set(['websocket']));
  const errors = await Promise.all(clients.map((client) => fails(client, 'quiz:state', {})));
  assert.ok(errors.every(({ type }) => type === 'VALIDATION_ERROR'), 'each is answered behind its upgrade');
});

test('who does not know the authority does not connect', async () => {
  const client = makeClient({ ...server, url: server.url, options: {} }, { auth: { token: token('student') } });
  const error = await refused(client);
  assert.match(`${error.message} ${error.description?.message ?? error.context ?? ''}`, /websocket error|certificate/);
});

test('a connection stays open for more requests', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await httpsGet(server, '/healthz', { agent });
  const second = await httpsGet(server, '/healthz', { agent });
  assert.equal(first.status, 200);
  assert.equal(second.socket, first.socket);
  agent.destroy();
});

test('openssl s_client gets TLS 1.2 and 1.3, and nothing older', async () => {
  const client = (...words) => run('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, '-CAfile', authority.caFile,
    '-verify_return_error', '-ign_eof', ...words], { input: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' });
  for (const version of ['-tls1_2', '-tls1_3']) {
    const { code, out } = await client(version);
    assert.equal(code, 0, out);
    assert.match(out, /Verify return code: 0 \(ok\)/);
    assert.match(out, /HTTP\/1\.1 200 OK/);
    assert.match(out, /Cipher is (TLS_|ECDHE-)/);
  }
  for (const words of [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], ['-tls1_2', '-cipher', 'AES128-SHA'], ['-alpn', 'h2']]) {
    assert.notEqual((await client(...words)).code, 0, words.join(' '));
  }
  const alpn = await client('-alpn', 'h2,http/1.1');
  assert.match(alpn.out, /ALPN protocol: http\/1\.1/);
});

test('what is no TLS is closed, and the others do not notice', async () => {
  const member = await join(server, 'instructor');
  const plain = new Wire(server);
  await plain.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.match(await plain.end(), /^HTTP\/1\.1 400 .*HTTPS/s);
  const garbage = ['\0'.repeat(200), 'SSH-2.0-x\r\n', `\x16\x03\x01\xff\xff${'x'.repeat(500)}`, `\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00`];
  await Promise.all(garbage.map(async (bytes) => {
    const wire = new Wire(server);
    await wire.send(bytes);
    await wire.end();
  }));
  // A hello that is only begun, and a peer that goes away in the middle of the handshake.
  const half = connectTcp(server.port, '127.0.0.1');
  await happened(half, 'connect');
  half.write(Buffer.from('160301020001000', 'hex'));
  half.destroy();
  await must(member, 'room:create', { name: 'Algebra' });
});

test('a reader that stops is closed when its queue is full, and holds up nobody', async (t) => {
  const running = await serve(t, { tls, config: `${unlimited}[engine]\nsend_queue_bytes = 65536\n[store]\nengine = 'memory'\n` });
  const teacher = await join(running, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Algebra' });
  await enter(teacher, roomId);
  const slow = new WebSocket(`${running.url.replace('https', 'wss')}/socket.io/?EIO=4&transport=websocket`, { ca: authority.ca });
  t.after(() => slow.terminate());
  const packets = [];
  slow.on('message', (data) => packets.push(String(data)));
  const packet = (prefix) => until(() => packets.find((text) => text.startsWith(prefix)), `packet ${prefix}`);
  await happened(slow, 'open');
  slow.send(`40${JSON.stringify({ token: token('student', { userId: 'slow' }) })}`);
  await packet('40');
  // Whoever comes and goes between two presences is in none of them.
  const joined = seen(teacher, 'room:presence', (presence) => presence.joined.some(({ userId }) => userId === 'slow'));
  slow.send(`420${JSON.stringify(['user:action', { action: 'join', target: roomId }])}`);
  await packet('430');
  await joined;
  slow.pause();
  const left = seen(teacher, 'room:presence', (presence) => presence.left.some(({ userId }) => userId === 'slow'));
  let over = false;
  left.then(() => { over = true; }, () => {});
  // More than the kernel's buffers hold: each message has 5 KB when it is escaped.
  const content = '&'.repeat(1000);
  for (let i = 0; i < 200 && !over; ++i) {
    await Promise.all(Array.from({ length: 20 }, () => must(teacher, 'chat:message', { roomId, content })));
  }
  await left;
  await logs(running, /reason=slow_reader/);
  await must(teacher, 'chat:message', { roomId, content: 'and on' });
});

test('files that cannot be used are one line and exit code 2', async () => {
  const other = authority.certificate('other');
  const folder = temporaryDirectory();
  const config = joinPath(folder, 'lectern.toml');
  const cases = [
    [tls.certFile, '/nowhere/key', /lectern\.toml:3: server\.tls_key: \/nowhere\/key cannot be read: No such file/],
    ['/nowhere/crt', tls.keyFile, /lectern\.toml:2: server\.tls_cert: \/nowhere\/crt cannot be read: No such file/],
    [tls.certFile, other.keyFile, /lectern\.toml:3: server\.tls_key: .* is not the key of the certificate/],
    [tls.keyFile, tls.keyFile, /lectern\.toml:2: server\.tls_cert: .* holds no certificate/],
    [tls.certFile, '', /lectern\.toml:2: server\.tls_cert: needs server\.tls_key/],
    ['', tls.keyFile, /lectern\.toml:3: server\.tls_key: needs server\.tls_cert/],
  ];
  if (process.getuid() !== 0) {
    const locked = joinPath(folder, 'locked.key');
    copyFileSync(tls.keyFile, locked);
    chmodSync(locked, 0o000);
    cases.push([tls.certFile, locked, /server\.tls_key: .*locked\.key cannot be read: Permission denied/]);
  }
  for (const [cert, key, pattern] of cases) {
    writeFileSync(config, `[server]\ntls_cert = '${cert}'\ntls_key = '${key}'\n`);
    for (const command of [['check-config'], ['serve', '--listen', '127.0.0.1:0', '--web', 'off']]) {
      const { code, err } = await run(binary, [...command, '--config', config, '--data', folder], { env: environment() });
      assert.equal(code, 2, `${command[0]}: ${err}`);
      assert.match(err, pattern, command[0]);
      assert.equal(err.trimEnd().split('\n').length, 1, err);
    }
  }
});

test('SIGHUP brings a new certificate, and connections stay', async (t) => {
  const files = { ...authority.certificate('first') };
  const running = await serve(t, { tls: files, config: unlimited });
  const member = await join(running, 'student');
  assert.equal(await nameOf(running), 'first');

  const second = authority.certificate('second');
  copyFileSync(second.certFile, files.certFile);
  copyFileSync(second.keyFile, files.keyFile);
  process.kill(running.pid, 'SIGHUP');
  await logs(running, /info +reloaded certificate=/);
  await until(async () => await nameOf(running) === 'second', 'the new certificate');
  assert.ok(member.connected);

  // A key that does not belong to it: the server goes on with what it has.
  const from = running.stderr.length;
  copyFileSync(tls.keyFile, files.keyFile);
  process.kill(running.pid, 'SIGHUP');
  const [line] = await logs(running, /^.*reload refused.*$/m, from);
  assert.match(line, /error +reload refused, nothing has changed: LECTERN_SERVER_TLS_KEY: server\.tls_key: .* is not the key/);
  assert.equal(await nameOf(running), 'second');
  assert.ok(member.connected);
  await connected(makeClient(running, { way: 'upgrade', auth: { token: token('student') } }));
});

test('SIGHUP brings new limits and another log level; the rest needs a restart', async (t) => {
  const running = await serve(t, { config: `${unlimited}[log]\nlevel = 'warning'\n` });
  const teacher = await join(running, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Algebra' });
  await enter(teacher, roomId);
  const say = () => teacher.timeout(15_000).emitWithAck('chat:message', { roomId, content: 'hello' });
  for (let i = 0; i < 5; ++i) assert.ok((await say()).ok);

  const limits = unlimited.replace('[limits.user_messages]\nmax = 0\n',
    "[limits.user_messages]\nscope = 'user'\nwindow_ms = 600000\nmax = 2\nevents = ['chat:message']\n");
  writeFileSync(running.configFile, `${limits}[log]\nlevel = 'info'\n[rooms]\nhistory = 10\n`);
  process.kill(running.pid, 'SIGHUP');
  await logs(running, /info +reloaded changed=log\.level,limits\.user_messages\n/);
  await logs(running, /warning +reload: a restart is needed for rooms\.history\n/);
  assert.ok((await say()).ok);
  assert.ok((await say()).ok);
  assert.equal((await say()).error.type, 'RATE_LIMIT_EXCEEDED');

  // The rule is the same as before, and so is its count.
  let from = running.stderr.length;
  process.kill(running.pid, 'SIGHUP');
  await logs(running, /reloaded\n/, from);
  assert.equal((await say()).error.type, 'RATE_LIMIT_EXCEEDED');

  from = running.stderr.length;
  writeFileSync(running.configFile, `${unlimited}[log]\nlevl = 'debug'\n`);
  process.kill(running.pid, 'SIGHUP');
  await logs(running, /error +reload refused, nothing has changed: .*lectern\.toml:\d+: .*levl.*\n/, from);
  assert.equal((await say()).error.type, 'RATE_LIMIT_EXCEEDED', 'the old rules stay');
  assert.equal((await get(running, '/healthz')).status, 200);
});
