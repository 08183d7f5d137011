// What nobody should send. The process lives on, and a good client beside it notices nothing. L7, H1.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { all, ask, classroom, closeClients, connected, makeClient, must, seen } from '../fixture/clients.mjs';
import { Poller, RawSocket, closeRaw } from '../fixture/engine.mjs';
import { Wire } from '../fixture/http.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
let good;
before(async () => {
  server = await startServer({ config: unlimited });
  good = await classroom(server, { students: 1 });
});
// After every attack the same class still talks.
afterEach(async () => {
  assert.ok(server.alive(), server.stderr);
  const { seq } = await must(good.teacher, 'chat:message', { roomId: good.roomId, content: 'still here' });
  await seen(good.pupils[0], 'chat:message', (message) => message.seq === seq);
  for (const member of good.everybody) assert.equal(all(member, ':disconnect').length, 0);
});
after(async () => { closeClients(); closeRaw(); await server?.end(); });

const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
const upgrade = 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'
  + 'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

test('malformed HTTP is refused', async () => {
  const attacks = {
    garbage: '\x00\x01\x02\xff\xfe\r\n\r\n',
    'a header without a name': `${get}: x\r\n\r\n`,
    'a space before the colon': `${get}X : y\r\n\r\n`,
    'both lengths': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two lengths': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'a negative length': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'a huge length': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
    'a control character in the target': 'GET /a\x01b HTTP/1.1\r\nHost: x\r\n\r\n',
    'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(attacks)) {
    const wire = new Wire(server);
    await wire.send(bytes);
    assert.match(await wire.end(), /^HTTP\/1\.1 (4\d\d|505) /, what);
  }
});

test('endless headers end their connection', async () => {
  const attacks = {
    'a very long line': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'ten thousand headers': `${get}${Array.from({ length: 10_000 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`,
  };
  for (const [what, bytes] of Object.entries(attacks)) {
    const wire = new Wire(server);
    await wire.send(bytes);
    // What was not read may reset the connection, and that may overtake the answer.
    assert.match(await wire.end(), /^(HTTP\/1\.1 4\d\d |$)/, what);
  }
});

test('bad handshakes are refused', async () => {
  const attacks = {
    'another version': [upgrade.replace('Version: 13', 'Version: 8'), /^HTTP\/1\.1 4\d\d /],
    'no key': [upgrade.replace(/Sec-WebSocket-Key.*?\r\n/, ''), /^HTTP\/1\.1 400 /],
    'a short key': [upgrade.replace('dGhlIHNhbXBsZSBub25jZQ==', 'eA=='), /^HTTP\/1\.1 400 /],
    'a foreign origin': [upgrade.replace('Host: x\r\n', 'Host: x\r\nOrigin: https://evil.example\r\n'),
      /^HTTP\/1\.1 403 .*\{"code":4,"message":"Forbidden"\}/s],
    'HTTP/1.0': [upgrade.replace('HTTP/1.1', 'HTTP/1.0'), /^HTTP\/1\.[01] 4\d\d /],
  };
  for (const [what, [bytes, expected]] of Object.entries(attacks)) {
    const wire = new Wire(server);
    await wire.send(bytes);
    await wire.until(expected).catch((error) => assert.fail(`${what}: ${error.message}`));
    wire.close();
  }
});

test('a handshake from the same origin is accepted', async () => {
  const wire = new Wire(server);
  await wire.send(upgrade.replace('Host: x\r\n', 'Host: x\r\nOrigin: http://x\r\n'));
  assert.match(await wire.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /);
  wire.close();
});

test('frames that no client may send end their connection', async () => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = (first, payload, claimed = payload.length) => Buffer.concat([
    Buffer.from([first, 0x80 | claimed]), mask, Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]))]);
  const broken = [1002];
  const attacks = {
    'an unmasked frame': [broken, Buffer.from([0x81, 2, 0x34, 0x30])],
    'a reserved bit': [broken, masked(0xc1, Buffer.from('40'))],
    'an unknown opcode': [broken, masked(0x83, Buffer.from('40'))],
    'a continuation of nothing': [broken, masked(0x80, Buffer.from('40'))],
    'a fragmented ping': [broken, masked(0x09, Buffer.from('x'))],
    'a long ping': [broken, Buffer.concat([Buffer.from([0x89, 0xfe, 0, 200]), mask, Buffer.alloc(200)])],
    'bad UTF-8': [[1007], masked(0x81, Buffer.from([0x34, 0xff, 0xfe]))],
    'a length with a leading zero': [broken, Buffer.concat([Buffer.from([0x81, 0xfe, 0, 2]), mask, Buffer.alloc(2)])],
    'a length of 2^63': [[1002, 1009], Buffer.concat([Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), mask])],
    'a message of 1 GB': [[1009], Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0]), mask])],
    'a close with one byte': [broken, masked(0x88, Buffer.from([3]))],
    'a close with code 1005': [broken, masked(0x88, Buffer.from([3, 0xed]))],
  };
  for (const [what, [codes, bytes]] of Object.entries(attacks)) {
    const wire = new Wire(server);
    await wire.send(upgrade);
    await wire.until(/^HTTP\/1\.1 101 .*\r\n\r\n.*"sid":.*\}/s);
    await wire.send(bytes.toString('latin1'));
    // Everything before the close frame is ASCII.
    const [, close] = (await wire.end()).match(/\x88[^]([^]{2})/) ?? [];
    assert.ok(close, `${what}: no close frame`);
    const code = Buffer.from(close, 'latin1').readUInt16BE();
    assert.ok(codes.includes(code), `${what}: ${code}`);
  }
});

const violations = [
  '9', '4', '40{', '40[]', '41x', '42', '42{}', '42[]', '42[null]', '42["connect"]', '42["disconnect"]',
  '42["connect_error"]', '42["newListener"]', '42["x"', '42["x"]]', '420x["x"]', '42-1["x"]', '47[]', '48',
  '42/nowhere,["x"]', '40', '4599["x"]', `42["x",${'['.repeat(5000)}${']'.repeat(5000)}]`, '44{}', '0',
];

test('packets that are no Socket.IO end their connection on a WebSocket', async () => {
  for (const packet of violations) {
    const socket = new RawSocket(server);
    await socket.join(token('student'));
    socket.send(packet);
    const { said } = await socket.gone(`the end after ${packet.slice(0, 40)}`);
    assert.match(said, /42\["server:disconnect",\{.*"type":/, packet.slice(0, 40));
  }
});

test('packets that are no Socket.IO end their session by polling', async () => {
  for (const packet of ['42{}', '42[]', '40', '9', '42["connect"]']) {
    const poller = await new Poller(server).join(token('student'));
    await poller.post(packet);
    const { status, body } = await poller.gone();
    assert.equal(status, 400, packet);
    assert.deepEqual(body, { code: 1, message: 'Session ID unknown' }, packet);
  }
});

test('names from JavaScript are names like any other', async () => {
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  for (const name of ['__proto__', 'constructor', 'error', 'toString', '\\u0000', '']) {
    socket.send(`421["${name}",{"__proto__":{"x":1}}]`);
    assert.match(await socket.next(), /^431\[\{"ok":false,"error":\{"type":"UNKNOWN_MESSAGE_TYPE"/, name);
  }
  socket.send('422["chat:message",{"__proto__":{"roomId":"x"}}]');
  assert.match(await socket.next(), /^432\[\{"ok":false,"error":\{.*VALIDATION_ERROR/);
  socket.close();
});

test('deep and wide payloads are answered or refused, never fatal', async () => {
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  socket.send(`421["chat:message",{"content":${'['.repeat(20)}${']'.repeat(20)}}]`);
  assert.match(await socket.next(), /VALIDATION_ERROR/);
  socket.send(`422["chat:message",${JSON.stringify({ content: 'x'.repeat(900_000) })}]`);
  assert.match(await socket.next(), /VALIDATION_ERROR/);
  socket.send(`423["chat:message",{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}]`);
  assert.match(await socket.next(), /VALIDATION_ERROR/);
  socket.close();
});

test('a message over maxPayload says so and closes with 1009', async () => {
  const socket = new RawSocket(server);
  await socket.join(token('student'));
  socket.send(`42["chat:message",{"content":"${'x'.repeat(1_000_001)}"}]`);
  const { code, said } = await socket.gone();
  assert.equal(code, 1009);
  assert.match(said, /42\["server:disconnect",\{.*"type":"PAYLOAD_TOO_LARGE"/);
});

test('bytes that no packet announced end the connection', async () => {
  const frame = new RawSocket(server);
  await frame.join(token('student'));
  frame.send(Buffer.from([1, 2, 3]));
  assert.match((await frame.gone()).said, /server:disconnect/);

  const poller = await new Poller(server).join(token('student'));
  await poller.post('bAQID');
  assert.equal((await poller.gone()).status, 400);
});

test('a binary payload is refused with a reason', async () => {
  for (const payload of [Buffer.from([1]), { roomId: Buffer.from([1]), content: 'x' }]) {
    const { error } = await ask(good.pupils[0], 'chat:message', payload);
    assert.equal(error.type, 'VALIDATION_ERROR');
    assert.match(error.message, /must not be binary/);
  }
});

test('half a request and half a frame are waited for, not believed', async () => {
  const request = new Wire(server);
  await request.send(get);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal(request.text, '');
  await request.send('\r\n');
  assert.match(await request.until(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
  request.close();

  const frame = new Wire(server);
  await frame.send(upgrade);
  await frame.until(/"sid":.*\}/);
  const connect = Buffer.from(`40${JSON.stringify({ token: token('student') })}`);
  const [head, rest] = [connect.subarray(0, 100), connect.subarray(100)];
  await frame.send(Buffer.concat([Buffer.from([0x81, 0xfe, connect.length >> 8, connect.length & 255, 0, 0, 0, 0]), head]).toString('latin1'));
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal(frame.closed, false);
  assert.doesNotMatch(frame.text, /40\{"sid"/);
  await frame.send(rest.toString('latin1'));
  await frame.until(/40\{"sid":"/);
  frame.close();
});

test('many connections that say nothing cost nobody else anything', async () => {
  const sockets = Array.from({ length: 200 }, () => new RawSocket(server));
  await Promise.all(sockets.map((socket) => socket.next()));
  const from = Date.now();
  assert.equal((await ask(good.teacher, 'ping', {})).ok, true);
  assert.ok(Date.now() - from < 3000, 'the good client had to wait');
  for (const socket of sockets) socket.close();
});

// The check is that of every test here: the class beside it still talks.
test('random packets end at most their own connection', async () => {
  // A fixed seed: a failure can be repeated.
  let state = 20_261_124;
  const random = (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const pieces = ['4', '2', '0', '1', '3', '5', '6', '[', ']', '{', '}', '"', 'chat:message', '__proto__', ',', ':', '-', '/', 'x',
    '\\u0000', '\u{1f600}', 'null', '1e9', '\x1e', 'user:action', '"ping",{}', 'b', '_placeholder'];
  for (let round = 0; round < 150; ++round) {
    const socket = new RawSocket(server);
    await socket.join(token('student'));
    for (let packet = 0; packet < 8 && socket.socket.readyState === 1; ++packet) {
      const body = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('');
      socket.send(random(2) ? `42${body}` : body);
    }
    socket.close();
    await socket.gone();
    assert.ok(server.alive(), `round ${round}`);
  }
});

test('a stock client that floods is answered, all of it', async () => {
  const socket = await connected(makeClient(server, { auth: { token: token('student') } }));
  const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => ask(socket, i % 2 ? 'nonsense' : 'ping', {})));
  for (const [index, { ok, error }] of answers.entries()) {
    assert.equal(ok, index % 2 === 0);
    assert.equal(error?.type, index % 2 ? 'UNKNOWN_MESSAGE_TYPE' : undefined);
  }
});
