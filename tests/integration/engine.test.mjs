// Engine.IO v4 seen from the wire, both transports. Source: engine.io-protocol v4; L1–L9.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { classroom, closeClients, enter, join, seen } from '../fixture/clients.mjs';
import { Poller, RawSocket, closeRaw, path } from '../fixture/engine.mjs';
import { Wire } from '../fixture/http.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const kParkTries = 20;
const unknownSession = { code: 1, message: 'Session ID unknown' };

let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { closeClients(); closeRaw(); await server?.end(); });

const raw = (query, options) => fetch(`${server.url}/socket.io/${query}`, options)
  .then(async (response) => ({ status: response.status, text: await response.text(), headers: response.headers }));

const members = ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades'];

test('the open packet has exactly its five members', async () => {
  const poller = await new Poller(server).open();
  assert.deepEqual(Object.keys(poller.handshake).sort(), members);
  assert.match(poller.sid, /^[\w-]{20}$/);
  assert.deepEqual(poller.handshake.upgrades, ['websocket']);
  assert.equal(poller.handshake.pingInterval, 30000);
  assert.equal(poller.handshake.pingTimeout, 30000);
  assert.equal(poller.handshake.maxPayload, 1000000);
  assert.equal(poller.openResponse.status, 200);
  assert.equal(poller.openResponse.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.equal(poller.openResponse.headers.get('cache-control'), 'no-store');
});

test('a WebSocket gets the same open packet without upgrades', async () => {
  const socket = new RawSocket(server);
  const packet = await socket.next();
  assert.equal(packet[0], '0');
  const handshake = JSON.parse(packet.slice(1));
  assert.deepEqual(Object.keys(handshake).sort(), members);
  assert.match(handshake.sid, /^[\w-]{20}$/);
  assert.deepEqual(handshake.upgrades, []);
  socket.close();
});

test('a bad request is answered with its code and message', async () => {
  const transportUnknown = { code: 0, message: 'Transport unknown' };
  const badRequest = { code: 3, message: 'Bad request' };
  const unsupported = { code: 5, message: 'Unsupported protocol version' };
  const cases = [
    ['?EIO=4&transport=carrier-pigeon', transportUnknown],
    ['?EIO=4', transportUnknown],
    ['?EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa', unknownSession],
    ['?EIO=4&transport=polling&sid=__proto__', unknownSession],
    ['?EIO=4&transport=polling&sid=%zz', badRequest],
    ['?EIO=4&transport=websocket', badRequest],
    ['?EIO=3&transport=polling', unsupported],
    ['?transport=polling', unsupported],
  ];
  for (const [query, body] of cases) {
    const answer = await raw(query);
    assert.equal(answer.status, 400, query);
    assert.deepEqual(JSON.parse(answer.text), body, query);
  }
  const handshake = await raw('?EIO=4&transport=polling', { method: 'POST', body: '40' });
  assert.equal(handshake.status, 400);
  assert.deepEqual(JSON.parse(handshake.text), { code: 2, message: 'Bad handshake method' });
});

test('a WebSocket for a session that does not exist is refused in HTTP', async () => {
  const wire = new Wire(server);
  await wire.send(`GET ${path}&transport=websocket&sid=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n`
    + 'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
  const text = await wire.until(/\r\n\r\n.*\}/s);
  assert.match(text, /^HTTP\/1\.1 400 /);
  assert.deepEqual(JSON.parse(text.split('\r\n\r\n')[1]), unknownSession);
  wire.close();
});

test('a POST is answered with ok, a poll as text that nobody stores', async () => {
  const poller = await new Poller(server).open();
  const answer = await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'ok');
  assert.match(answer.headers.get('content-type'), /^text\/html/);
  const poll = await poller.poll();
  assert.equal(poll.status, 200);
  assert.equal(poll.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.equal(poll.headers.get('cache-control'), 'no-store');
  const [, sid] = poll.text.match(/^40\{"sid":"([\w-]{20})","pid":"[\w-]{20}"\}$/) ?? [];
  assert.ok(sid, poll.text);
  assert.notEqual(sid, poller.sid, 'the id that others see is not the one that authorises requests');
});

test('several packets of one POST are each answered', async () => {
  const poller = await new Poller(server).join(token('student'));
  await poller.post('420["ping",{}]\x1e421["ping",{}]');
  let text = '';
  while (!text.includes('431[')) text += `\x1e${await poller.packet()}`;
  assert.match(text, /430\[\{"ok":true/);
  assert.match(text, /431\[\{"ok":true/);
});

test('two polls at the same time end the session: one is told, the other refused', async () => {
  const poller = await new Poller(server).join(token('student'));
  const [one, other] = (await Promise.all([poller.poll(), poller.poll()])).sort((a, b) => a.status - b.status);
  assert.equal(one.status, 200);
  assert.equal(one.text.split('\x1e').at(-1), '1');
  assert.equal(other.status, 400);
  assert.deepEqual((await poller.gone()).body, unknownSession);
});

test('a poll that is given up ends the session', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const poller = await new Poller(server).join(token('student', { userId: 'gave up' }));
  await poller.post(`420["user:action",{"action":"join","target":"${roomId}"}]`);
  await seen(teacher, 'room:presence', ({ joined }) => joined.some(({ userId }) => userId === 'gave up'));
  while (!(await poller.packet()).includes('430['));
  let parked = await poller.park();
  while (parked.text) parked = await poller.park();
  parked.close();
  // The heartbeat would take a minute.
  await seen(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === 'gave up'));
  assert.deepEqual((await poller.gone()).body, unknownSession);
});

test('a malformed body is refused, ends its session and nothing else', async () => {
  for (const body of ['', '\x1e', '4x\x1e', '9', 'x'.repeat(10), Buffer.from([0x34, 0xff])]) {
    const poller = await new Poller(server).open();
    const answer = await poller.post(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.deepEqual((await poller.gone()).body, unknownSession, JSON.stringify(body));
  }
  assert.ok(server.alive());
});

test('a body over maxPayload is refused with 413, one of exactly that size is not', async () => {
  const over = await new Poller(server).join(token('student'));
  assert.equal((await over.post('4'.repeat(1_000_001))).status, 413);
  const exact = await new Poller(server).join(token('student'));
  const start = '421["nonsense","';
  const answer = await exact.post(`${start}${'x'.repeat(1_000_000 - start.length - 2)}"]`);
  assert.equal(answer.status, 200);
  assert.match(await exact.packet(), /^431\[\{"ok":false,"error":\{"type":"UNKNOWN_MESSAGE_TYPE"/);
});

test('octet-stream bodies are refused', async () => {
  const poller = await new Poller(server).open();
  const answer = await poller.post('40', { 'content-type': 'application/octet-stream' });
  assert.equal(answer.status, 400);
});

test('a probe is answered and the upgrade takes the session over', async () => {
  const poller = await new Poller(server).join(token('student'));
  const parked = poller.poll();
  const socket = new RawSocket(server, `&transport=websocket&sid=${poller.sid}`);
  await socket.opened;
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  assert.equal((await parked).text, '6');
  socket.send('5');
  socket.send('420["ping",{"sentAt":7}]');
  assert.match(await socket.next(), /^430\[\{"ok":true,.*"sentAt":7/);
  assert.equal((await poller.poll()).status, 400);
  socket.close();
});

test('a candidate that goes away leaves the session where it was', async () => {
  const poller = await new Poller(server).join(token('student'));
  const socket = new RawSocket(server, `&transport=websocket&sid=${poller.sid}`);
  await socket.opened;
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  socket.close();
  await poller.post('420["ping",{"sentAt":8}]');
  assert.match(await poller.packet(), /^430\[\{"ok":true,.*"sentAt":8/);
});

test('many upgrades land on the other shard and lose nothing', async () => {
  const upgrade = async (number) => {
    const poller = await new Poller(server).join(token('student'));
    const parked = poller.poll();
    const socket = new RawSocket(server, `&transport=websocket&sid=${poller.sid}`);
    await socket.opened;
    socket.send('2probe');
    assert.equal(await socket.next(), '3probe');
    await parked;
    // The upgrade packet and a first message in one segment: the bytes already read move along.
    socket.socket._socket.cork();
    socket.send('5');
    socket.send(`42${number}["ping",{"sentAt":${number}}]`);
    socket.socket._socket.uncork();
    assert.match(await socket.next(), new RegExp(`^43${number}\\[\\{"ok":true,.*"sentAt":${number}`));
    socket.close();
  };
  for (let round = 0; round < 4; ++round) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => upgrade(round * 10 + index)));
  }
});

test('a close packet by polling frees the parked poll and ends the session', async () => {
  // Which of two requests arrives first is not for a client to decide, so another session is tried
  // when the poll was the later one.
  let answer = '';
  for (let tries = 0; tries < kParkTries && !answer.startsWith('HTTP/1.1 200 '); ++tries) {
    const poller = await new Poller(server).open();
    const parked = await poller.park();
    assert.equal((await poller.post('1')).status, 200);
    answer = await parked.end();
    assert.deepEqual((await poller.gone()).body, unknownSession);
  }
  assert.match(answer, /^HTTP\/1\.1 200 .*\r\n\r\n6$/s);
});

test('a close packet on a WebSocket ends the connection', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const socket = new RawSocket(server);
  await socket.join(token('student', { userId: 'says 1' }));
  socket.send(`420["user:action",{"action":"join","target":"${roomId}"}]`);
  await seen(teacher, 'room:presence', ({ joined }) => joined.some(({ userId }) => userId === 'says 1'));
  socket.send('1');
  await socket.gone();
  await seen(teacher, 'room:presence', ({ left }) => left.some(({ userId }) => userId === 'says 1'));
});

test('other methods and paths are refused', async () => {
  const poller = await new Poller(server).open();
  assert.equal((await fetch(poller.url, { method: 'DELETE' })).status, 400);
  assert.equal((await fetch(`${server.url}${path.replace('/socket.io/', '/nowhere/')}&transport=polling`)).status, 404);
});

test('a polling session of one shard is served whichever shard a request lands on', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  const pupils = await Promise.all(Array.from({ length: 8 }, () => join(server, 'student', { way: 'polling' })));
  await Promise.all(pupils.map((pupil) => enter(pupil, roomId)));
  teacher.emit('chat:message', { roomId, content: 'to all shards' });
  await Promise.all(pupils.map((pupil) => seen(pupil, 'chat:message', ({ content }) => content === 'to all shards')));
});
