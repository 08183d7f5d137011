// What nobody should send. The process lives on, and a good client beside it notices nothing. L7, H1.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { all, ask, classroom, closeClients, makeClient, must, seen } from '../fixture/clients.mjs';
import { Poller, RawSocket } from '../fixture/engine.mjs';
import { sendBytes } from '../fixture/http.mjs';
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
after(async () => { closeClients(); await server.stop(); server.remove(); });

const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
const upgrade = 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'
  + 'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

test('malformed HTTP is refused', async () => {
  const attacks = {
    garbage: '\x00\x01\x02\xff\xfe\r\n\r\n',
    'a header without a name': `${get}: x\r\n\r\n`,
    'a space before the colon': `${get}X : y\r\n\r\n`,
    'a folded header': `${get}X: y\r\n z\r\n\r\n`,
    'both lengths': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two lengths': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'a negative length': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'a huge length': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
    'a control character in the target': 'GET /a\x01b HTTP/1.1\r\nHost: x\r\n\r\n',
    'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a very long line': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'ten thousand headers': `${get}${Array.from({ length: 10_000 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`,
  };
  for (const [what, bytes] of Object.entries(attacks)) {
    const { text } = await sendBytes(server, bytes);
    assert.doesNotMatch(text, /^HTTP\/1\.1 200/, what);
  }
});

test('bad handshakes are refused', async () => {
  const attacks = {
    'another version': upgrade.replace('Version: 13', 'Version: 8'),
    'no key': upgrade.replace(/Sec-WebSocket-Key.*?\r\n/, ''),
    'a short key': upgrade.replace('dGhlIHNhbXBsZSBub25jZQ==', 'eA=='),
    'a foreign origin': upgrade.replace('Host: x\r\n', 'Host: x\r\nOrigin: https://evil.example\r\n'),
    'HTTP/1.0': upgrade.replace('HTTP/1.1', 'HTTP/1.0'),
  };
  for (const [what, bytes] of Object.entries(attacks)) {
    const { text } = await sendBytes(server, bytes);
    assert.match(text, /^HTTP\/1\.[01] 4\d\d/, what);
  }
});

test('frames that no client may send end their connection', async () => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = (first, payload, claimed = payload.length) => Buffer.concat([
    Buffer.from([first, 0x80 | claimed]), mask, Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]))]);
  const attacks = {
    'an unmasked frame': Buffer.from([0x81, 2, 0x34, 0x30]),
    'a reserved bit': masked(0xc1, Buffer.from('40')),
    'an unknown opcode': masked(0x83, Buffer.from('40')),
    'a continuation of nothing': masked(0x80, Buffer.from('40')),
    'a fragmented ping': masked(0x09, Buffer.from('x')),
    'a long ping': Buffer.concat([Buffer.from([0x89, 0xfe, 0, 200]), mask, Buffer.alloc(200)]),
    'bad UTF-8': masked(0x81, Buffer.from([0x34, 0xff, 0xfe])),
    'a length with a leading zero': Buffer.concat([Buffer.from([0x81, 0xfe, 0, 2]), mask, Buffer.alloc(2)]),
    'a length of 2^63': Buffer.concat([Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), mask]),
    'a message of 1 GB': Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0]), mask]),
    'a close with one byte': masked(0x88, Buffer.from([3])),
    'a close with code 1005': masked(0x88, Buffer.from([3, 0xed])),
  };
  for (const [what, bytes] of Object.entries(attacks)) {
    const { closed, text } = await sendBytes(server, Buffer.concat([Buffer.from(upgrade), bytes]), { quietMs: 5000 });
    assert.match(text, /^HTTP\/1\.1 101/, what);
    assert.ok(closed, `${what}: the connection was left open`);
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
    const ended = await Promise.race([
      socket.closed, new Promise((resolve) => setTimeout(resolve, 4000))]);
    assert.ok(ended, `${packet.slice(0, 40)} left the connection open`);
  }
});

test('packets that are no Socket.IO end their session by polling', async () => {
  for (const packet of ['42{}', '42[]', '40', '9', '42["connect"]']) {
    const poller = await new Poller(server).open();
    await poller.post(`40${JSON.stringify({ token: token('student') })}`);
    await poller.packet();
    await poller.post(packet);
    let status = 200;
    for (let polls = 0; polls < 5 && status === 200; ++polls) status = (await poller.poll()).status;
    assert.equal(status, 400, packet);
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
  const { code } = await socket.closed;
  assert.equal(code, 1009);
  assert.match(socket.received.join(), /server:disconnect.*PAYLOAD_TOO_LARGE/);
});

test('binary is refused with a reason, not faked', async () => {
  const frame = new RawSocket(server);
  await frame.join(token('student'));
  frame.send(Buffer.from([1, 2, 3]));
  await frame.closed;

  const packet = new RawSocket(server);
  await packet.join(token('student'));
  packet.send('451-["x",{"_placeholder":true,"num":0}]');
  await packet.closed;

  const poller = await new Poller(server).open();
  await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  await poller.packet();
  await poller.post('bAQID');
  let status = 200;
  for (let polls = 0; polls < 3 && status === 200; ++polls) status = (await poller.poll()).status;
  assert.equal(status, 400);
});

test('half a request and half a frame are waited for, not believed', async () => {
  const { text } = await sendBytes(server, get, { quietMs: 500 });
  assert.equal(text, '');
  const half = Buffer.concat([Buffer.from(upgrade), Buffer.from([0x81, 0x85, 1, 2, 3, 4, 0x35])]);
  const answer = await sendBytes(server, half, { quietMs: 500 });
  assert.match(answer.text, /^HTTP\/1\.1 101/);
  assert.equal(answer.closed, false);
});

test('many connections that say nothing cost nobody else anything', async () => {
  const sockets = Array.from({ length: 200 }, () => new RawSocket(server));
  await Promise.all(sockets.map((socket) => socket.next()));
  const from = Date.now();
  assert.equal((await ask(good.teacher, 'ping', {})).ok, true);
  assert.ok(Date.now() - from < 3000);
  for (const socket of sockets) socket.close();
});

test('random packets', async () => {
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
    await socket.closed;
  }
});

test('a stock client that floods is answered, all of it', async () => {
  const socket = makeClient(server, { auth: { token: token('student') } });
  await seen(socket, ':connect');
  const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => ask(socket, i % 2 ? 'nonsense' : 'ping', {})));
  assert.equal(answers.length, 2000);
});
