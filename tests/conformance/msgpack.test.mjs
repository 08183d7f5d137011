// The msgpack parser from the wire. Source: socketio.md sections 2.10 and 5.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRequire } from 'node:module';

import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';
import { within } from '../fixture/until.mjs';

const parser = createRequire(import.meta.url)('socket.io-msgpack-parser');
const encode = (packet) => new parser.Encoder().encode(packet)[0];
const decode = (bytes) => within(new Promise((resolve) => {
  const decoder = new parser.Decoder();
  decoder.on('decoded', resolve);
  decoder.add(bytes);
}), 'a packet');

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--parser', 'msgpack');
  endpoint = new Endpoint(server);
});
after(async () => { closeSessions(); await server?.end(); });

async function joined(connect = { type: 0, nsp: '/' }) {
  const session = await endpoint.opened();
  session.send(Buffer.isBuffer(connect) ? connect : encode(connect));
  session.reply = await decode(await session.next());
  session.auth = await decode(await session.next());
  return session;
}
const ask = async (session, id, ...data) => {
  session.send(encode({ type: 2, nsp: '/', id, data }));
  return decode(await session.next());
};

test('CONNECT and its reply', async () => {
  for (const data of [undefined, { token: 'x' }]) {
    const { reply, auth } = await joined({ type: 0, nsp: '/', data, options: { compress: true } });
    assert.equal(reply.type, 0);
    assert.equal(reply.nsp, '/');
    assert.deepEqual(Object.keys(reply.data), ['sid']);
    assert.match(reply.data.sid, /^[\w-]{20}$/);
    assert.deepEqual(auth.data, ['auth', data ?? {}]);
  }
});

test('values keep what they are', async () => {
  const session = await joined();
  const values = [null, true, 0, -1, 127, 128, -129, 65536, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 1.5, 1e-300, '', 'π'.repeat(200),
    Buffer.from([0, 255]), Buffer.alloc(70_000, 1), [[], {}], { a: { b: [Buffer.from([1])] } }, Array.from({ length: 70_000 }, () => 1)];
  for (const [id, value] of values.entries()) {
    const { type, id: back, data } = await ask(session, id, 'echo', value);
    assert.equal(type, 3);
    assert.equal(back, id);
    assert.deepEqual(data, [value]);
  }
  session.close();
});

test('an unknown namespace is refused, the connection lives', async () => {
  const session = await endpoint.opened();
  session.send(encode({ type: 0, nsp: '/random' }));
  const { type, nsp, data } = await decode(await session.next());
  assert.deepEqual([type, nsp, data], [4, '/random', { message: 'Invalid namespace' }]);
  session.close();
});

describe('a violation closes the connection', () => {
  const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const start = 'a4 74797065 02 a3 6e7370 a1 2f a4 64617461';  // type: 2, nsp: "/", data:
  const event = (data) => hex(`83 ${start} ${data}`);
  const violations = {
    nothing: Buffer.alloc(0),
    'no map': hex('92 01 02'),
    'an empty map': hex('80'),
    'a type of 5': encode({ type: 5, nsp: '/', data: ['x'] }),
    'a type of -1': encode({ type: -1, nsp: '/', data: ['x'] }),
    'a type of 2.5': encode({ type: 2.5, nsp: '/', data: ['x'] }),
    'a type that is text': encode({ type: '2', nsp: '/', data: ['x'] }),
    'a namespace that is a number': encode({ type: 2, nsp: 7, data: ['x'] }),
    'another namespace': encode({ type: 2, nsp: '/custom', data: ['x'] }),
    'data that is a map': encode({ type: 2, nsp: '/', data: { 0: 'x' } }),
    'no event name': encode({ type: 2, nsp: '/', data: [] }),
    'an object for a name': encode({ type: 2, nsp: '/', data: [{ toString: 'x' }] }),
    'a reserved name': encode({ type: 2, nsp: '/', data: ['disconnect'] }),
    'an id that is not a number': encode({ type: 2, nsp: '/', id: NaN, data: ['x'] }),
    'a client\'s CONNECT_ERROR': encode({ type: 4, nsp: '/', data: {} }),
    'a second CONNECT': encode({ type: 0, nsp: '/' }),
    'array32 of 2^32-1': event('dd ffffffff'),
    'map32 of 2^32-1': event('92 a1 78 df ffffffff'),
    'str32 of 2^32-1': event('92 a1 78 db ffffffff'),
    'bin32 of 2^32-1': event('92 a1 78 c6 ffffffff'),
    'ext32 of 2^32-1': event('92 a1 78 c9 ffffffff 05'),
    'half a value': event('92 a1 78 cd 01'),
    'the byte c1': event('92 a1 78 c1'),
    'bytes behind it': Buffer.concat([event('91 a1 78'), hex('00')]),
    'text that is no UTF-8': event('92 a1 78 a2 fffe'),
    'nesting of 100,000': Buffer.concat([event('92 a1 78'), Buffer.alloc(100_000, 0x91), hex('c0')]),
  };
  for (const [what, bytes] of Object.entries(violations)) {
    test(what, async () => {
      const session = await joined();
      session.send(bytes);
      await session.gone();
      assert.ok(server.alive());
      (await joined()).close();
    });
  }

  test('a text frame', async () => {
    const session = await joined();
    session.send('42["message"]');
    await session.gone();
  });
});
