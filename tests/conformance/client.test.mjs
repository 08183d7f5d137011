// The example program `client` against this server and against Socket.IO for Node.js. Source: contract
// section 1.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Server } from 'socket.io';

import { program, startPlayground } from '../fixture/playground.mjs';
import { happened, until } from '../fixture/until.mjs';

const kStopMs = 20_000;
const binary = program.replace(/playground$/, 'client');
const children = new Set();

// A run of the program; `lines` holds what it has printed so far, `ended` its exit code.
class Run {
  constructor(...words) {
    this.lines = [];
    this.stderr = '';
    this.child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(this.child);
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      this.lines.push(...parts.map((line) => JSON.parse(line)));
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => { children.delete(this.child); resolve(code); });
    });
  }

  // The first line, or the first behind the one before, with these members.
  async says(members) {
    const fits = (line) => Object.entries(members).every(([key, value]) => JSON.stringify(line[key]) === JSON.stringify(value));
    return until(() => this.lines.find(fits), JSON.stringify(members)).catch((error) => {
      throw new Error(`${error.message}; it said ${JSON.stringify(this.lines)} ${this.stderr}`);
    });
  }

  async stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
after(() => { for (const child of children) child.kill('SIGKILL'); });

let server;
before(async () => { server = await startPlayground(); });
after(() => server?.end());

const buffer = { type: 'Buffer', data: [0, 255] };
const ways = { websocket: 'websocket', polling: 'polling', 'polling,websocket': 'websocket' };
for (const [transports, last] of Object.entries(ways)) {
  test(`${transports}: it says what happens`, async () => {
    const start = Date.now();
    const run = new Run(server.url, '--transports', transports, '--namespace', '/custom', '--auth', '{"token":"x"}',
      '--emit', 'message', '[1,"zwei",{"three":null}]', '--emit', 'echo', JSON.stringify([buffer]), '--emit', 'echo', '"alone"',
      '--emit', 'emit-with-ack', '["why"]');
    const { transport, at } = await run.says({ what: 'connect' });
    assert.ok(transports.split(',').includes(transport), transport);
    assert.ok(at >= start && at <= Date.now(), String(at));
    await run.says({ what: 'event', event: 'auth', args: [{ token: 'x' }] });
    await run.says({ what: 'event', event: 'message-back', args: [1, 'zwei', { three: null }] });
    await run.says({ what: 'ack', event: 'echo', args: [buffer] });
    await run.says({ what: 'ack', event: 'echo', args: ['alone'] });
    // It answers what it is asked, with what it was given.
    await run.says({ what: 'event', event: 'emit-with-ack', args: ['why'] });
    await until(() => run.lines.filter(({ event }) => event === 'emit-with-ack').length === 2, 'the answer');
    for (const line of run.lines) assert.equal(typeof line.at, 'number');
    assert.equal(await run.stop(), 0);
    if (transports === last) for (const line of run.lines) assert.ok(!line.transport || line.transport === last);
  });
}

test('it ends by itself after its time', async () => {
  assert.equal(await new Run(server.url, '--for', '0.2').ended, 0);
});

test('a refusal is a connect_error, a kick is final', async () => {
  const refused = new Run(server.url, '--namespace', '/random');
  assert.equal((await refused.says({ what: 'connect_error' })).reason, 'Invalid namespace');
  await refused.stop();
  const kicked = new Run(server.url, '--emit', 'kick', '[true]', '--delay', '1', '--for', '1');
  assert.equal((await kicked.says({ what: 'disconnect' })).reason, 'io server disconnect');
  assert.equal(await kicked.ended, 0);
  assert.ok(!kicked.lines.some(({ what }) => what === 'reconnect_attempt'));
});

test('a server that is away is tried again, so often and no more', async () => {
  const other = await startPlayground();
  const run = new Run(other.url, '--delay', '1', '--attempts', '3');
  await run.says({ what: 'connect' });
  await other.end();
  await run.says({ what: 'disconnect' });
  await run.says({ what: 'gave_up' });
  const attempts = run.lines.filter(({ what }) => what === 'reconnect_attempt');
  assert.deepEqual(attempts.map(({ attempt }) => attempt), [1, 2, 3]);
  for (const { delayMs } of attempts) assert.ok(Number.isInteger(delayMs) && delayMs >= 0, String(delayMs));
  assert.equal(run.lines.filter(({ what }) => what === 'connect_error').length, 3);
  await run.stop();
});

test('what it does not understand is refused with 2', async () => {
  for (const words of [[], ['nonsense'], [server.url, '--no-such-flag'], [server.url, '--emit', 'x', '{'], [server.url, '--for'], [server.url, '--transports', 'pigeon']]) {
    const run = new Run(...words);
    assert.equal(await run.ended, 2, words.join(' '));
    assert.match(run.stderr, /^client: .+\n/);
  }
});

describe('against Socket.IO for Node.js', () => {
  let http;
  let io;
  let url;
  before(async () => {
    http = createServer();
    io = new Server(http, { pingInterval: 100, pingTimeout: 5000, connectionStateRecovery: {} });
    io.of('/').on('connection', (socket) => {
      socket.emit('auth', socket.handshake.auth);
      socket.on('echo', (...args) => { args.pop()(...args); });
      socket.on('ask', async (...args) => { socket.emit('answer', await socket.timeout(5000).emitWithAck('question', ...args.slice(0, -1))); });
      socket.on('drop', () => socket.conn.close());
      socket.on('kick', () => socket.disconnect(true));
    });
    http.listen(0, '127.0.0.1');
    await happened(http, 'listening');
    url = `http://127.0.0.1:${http.address().port}`;
  });
  after(() => io?.close());

  for (const transports of Object.keys(ways)) {
    test(transports, async () => {
      const run = new Run(url, '--transports', transports, '--auth', '{"token":"x"}', '--delay', '1', '--emit', 'echo', JSON.stringify([buffer, 'ü', 1.5]),
        '--emit', 'ask', JSON.stringify([buffer]));
      await run.says({ what: 'connect', recovered: false });
      // Every event ends with the offset of recovery.
      assert.deepEqual((await run.says({ what: 'event', event: 'auth' })).args[0], { token: 'x' });
      await run.says({ what: 'ack', event: 'echo', args: [buffer, 'ü', 1.5] });
      assert.deepEqual((await run.says({ what: 'event', event: 'answer' })).args[0], buffer);
      assert.equal(await run.stop(), 0);
    });
  }

  test('a lost connection comes back, a kick does not', async () => {
    const lost = new Run(url, '--delay', '1', '--emit', 'drop', '[]');
    await lost.says({ what: 'disconnect', reason: 'transport close' });
    assert.equal((await lost.says({ what: 'reconnect_attempt' })).attempt, 1);
    await until(() => lost.lines.filter(({ what }) => what === 'connect').length === 2, 'the second connect');
    await lost.stop();
    const kicked = new Run(url, '--delay', '1', '--emit', 'kick', '[]');
    await kicked.says({ what: 'disconnect', reason: 'io server disconnect' });
    await kicked.stop();
    assert.ok(!kicked.lines.some(({ what }) => what === 'reconnect_attempt'));
  });
});
