// Clients that others wrote: JavaScript 4 and 2, the msgpack parser, Python.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { io } from 'socket.io-client';
import ioV2 from 'socket.io-client-v2';
import msgpackParser from 'socket.io-msgpack-parser';

import { startPlayground } from '../fixture/playground.mjs';
import { happened, within } from '../fixture/until.mjs';

const kPythonMs = 60_000;
const here = dirname(fileURLToPath(import.meta.url));
const ways = { polling: { transports: ['polling'] }, websocket: { transports: ['websocket'] }, default: {} };

function ask(socket, ...what) {
  return within(new Promise((resolve) => { socket.emit(...what, resolve); }), `an answer to ${what[0]}`);
}
const hear = (socket, event) => within(new Promise((resolve) => {
  socket.once(event, (...args) => resolve(args));
}), event);

// What every client must be able to do.
async function converse(socket, { auth }) {
  const authed = hear(socket, 'auth');
  socket.connect();
  assert.deepEqual(await authed, [auth]);
  const bytes = Buffer.from([1, 2, 255]);
  const back = hear(socket, 'message-back');
  socket.emit('message', 1, 'zwei €', { three: [bytes, null] });
  assert.deepEqual(await back, [1, 'zwei €', { three: [bytes, null] }]);
  assert.deepEqual(await ask(socket, 'echo', { a: 'b' }), { a: 'b' });
  assert.deepEqual(Buffer.from(await ask(socket, 'echo', bytes)), bytes);
  await ask(socket, 'join', 'room');
  const published = hear(socket, 'published');
  socket.emit('publish', 'room', 'for all');
  assert.deepEqual(await published, ['for all']);
  // The event comes with a callback first and then with what it was told.
  const asked = new Promise((resolve) => {
    socket.on('emit-with-ack', (...args) => {
      if (typeof args.at(-1) === 'function') args.at(-1)('answer', bytes);
      else resolve(args);
    });
  });
  socket.emit('emit-with-ack', 'question');
  assert.deepEqual(await within(asked, 'the acknowledged event'), ['answer', bytes]);
  const big = 'x'.repeat(300_000);
  assert.equal(await ask(socket, 'echo', big), big);
  await ask(socket, 'leave', 'room');
  assert.deepEqual(await ask(socket, 'fetch-sockets', 'room'), []);
}

function suite(name, flags, makeClient, { namespaces = ['/', '/custom'], auth = { token: 'x' } } = {}) {
  describe(name, () => {
    let server;
    before(async () => { server = await startPlayground(...flags); });
    after(() => server?.end());
    for (const [way, options] of Object.entries(ways)) {
      for (const nsp of namespaces) {
        test(`${way} ${nsp}`, async () => {
          const socket = makeClient(server.url + nsp, { forceNew: true, autoConnect: false, reconnection: false, ...options });
          try {
            await converse(socket, { auth });
            if (way === 'default' && socket.io.engine.transport.name !== 'websocket') await happened(socket.io.engine, 'upgrade');
            assert.equal(await ask(socket, 'echo', 'last'), 'last');
          } finally {
            socket.close();
          }
        });
      }
    }
  });
}

const json = (url, options) => io(url, { auth: { token: 'x' }, ...options });
suite('JavaScript 4', [], json);
suite('JavaScript 4 where version 3 is allowed', ['--allow-eio3'], json);
suite('JavaScript 2', ['--allow-eio3'], ioV2, { auth: {} });
suite('msgpack', ['--parser', 'msgpack'], (url, options) => json(url, { parser: msgpackParser, ...options }));

describe('recovery with the stock client', () => {
  let server;
  before(async () => { server = await startPlayground('--recovery'); });
  after(() => server?.end());

  test('a broken connection comes back as the same socket', async () => {
    const one = io(server.url, { forceNew: true, transports: ['websocket'], reconnectionDelay: 50 });
    const other = io(server.url, { forceNew: true, transports: ['websocket'] });
    await Promise.all([hear(one, 'auth'), hear(other, 'connect')]);
    await ask(one, 'join', 'room');
    const { id } = one;
    assert.equal(one.recovered, false);
    const again = hear(one, 'connect');
    const published = hear(one, 'published');
    one.io.engine.close();
    other.emit('publish', 'room', 'missed');
    await again;
    assert.equal(one.recovered, true);
    assert.equal(one.id, id);
    assert.equal((await published)[0], 'missed');
    one.close();
    other.close();
  });
});

describe('Python', () => {
  let server;
  before(async () => { server = await startPlayground(); });
  after(() => server?.end());
  for (const [transports, ends] of [['polling', 'polling'], ['websocket', 'websocket'], ['polling,websocket', 'websocket']]) {
    for (const nsp of ['/', '/custom']) {
      test(`${transports} ${nsp}`, async () => {
        // The packages belong to the distribution's own interpreter.
        const { stdout } = await promisify(execFile)('/usr/bin/python3', [join(here, 'python_client.py'), server.url, transports, nsp],
          { timeout: kPythonMs });
        assert.deepEqual(JSON.parse(stdout), {
          auth: { token: 'py' }, message: [1, [1, 2], { x: [null, true] }], echo: [7, 8], published: { n: 1 }, answers: ['why!'],
          transport: ends,
        });
      });
    }
  }
});
