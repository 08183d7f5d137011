// Engine.IO v4 seen from the wire, both transports. Source: engine.io-protocol v4; L1–L9.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Poller, RawSocket, path } from '../fixture/engine.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { await server.stop(); server.remove(); });

const raw = (query, options) => fetch(`${server.url}/socket.io/${query}`, options)
  .then(async (response) => ({ status: response.status, text: await response.text(), headers: response.headers }));

test('the open packet has exactly its five members', async () => {
  const poller = await new Poller(server).open();
  assert.deepEqual(Object.keys(poller.handshake).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
  assert.match(poller.sid, /^[\w-]{20}$/);
  assert.deepEqual(poller.handshake.upgrades, ['websocket']);
  assert.equal(poller.handshake.pingInterval, 30000);
  assert.equal(poller.handshake.pingTimeout, 30000);
  assert.equal(poller.handshake.maxPayload, 1000000);
  assert.equal(poller.openResponse.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.equal(poller.openResponse.headers.get('cache-control'), 'no-store');
});

test('a WebSocket gets the same open packet without upgrades', async () => {
  const socket = new RawSocket(server);
  const packet = await socket.next();
  assert.equal(packet[0], '0');
  const handshake = JSON.parse(packet.slice(1));
  assert.deepEqual(Object.keys(handshake).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
  assert.deepEqual(handshake.upgrades, []);
  socket.close();
});

test('a bad request is answered with its code and message', async () => {
  const cases = [
    ['?EIO=4&transport=carrier-pigeon', { code: 0, message: 'Transport unknown' }],
    ['?EIO=4', { code: 0, message: 'Transport unknown' }],
    ['?EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa', { code: 1, message: 'Session ID unknown' }],
    ['?EIO=4&transport=polling&sid=__proto__', { code: 1, message: 'Session ID unknown' }],
    ['?EIO=3&transport=polling', { code: 5, message: 'Unsupported protocol version' }],
    ['?transport=polling', { code: 5, message: 'Unsupported protocol version' }],
  ];
  for (const [query, body] of cases) {
    const answer = await raw(query);
    assert.equal(answer.status, 400, query);
    assert.deepEqual(JSON.parse(answer.text), body, query);
  }
  const handshake = await raw('?EIO=4&transport=polling', { method: 'POST', body: '40' });
  assert.equal(handshake.status, 400);
  assert.deepEqual(JSON.parse(handshake.text), { code: 2, message: 'Bad handshake method' });
  assert.equal((await raw('?EIO=4&transport=websocket')).status, 400);
});

test('a POST is answered with ok', async () => {
  const poller = await new Poller(server).open();
  const answer = await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'ok');
  assert.match(answer.headers.get('content-type'), /^text\/html/);
  assert.match(await poller.packet(), /^40\{"sid":"[\w-]{20}"\}$/);
});

test('several packets of one POST are each answered', async () => {
  const poller = await new Poller(server).open();
  await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  await poller.packet();
  await poller.post('420["ping",{}]\x1e421["ping",{}]');
  let text = '';
  while (!text.includes('431[')) text += `\x1e${await poller.packet()}`;
  assert.match(text, /430\[\{"ok":true/);
  assert.match(text, /431\[\{"ok":true/);
});

test('a second poll at the same time ends the session', async () => {
  const poller = await new Poller(server).open();
  await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  await poller.packet();
  const first = poller.poll();
  // The parked poll must have arrived before the second one is sent; a POST behind it tells.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = await poller.poll();
  assert.equal(second.status, 400);
  assert.equal((await first).text, '1');
  assert.equal((await poller.poll()).status, 400);
});

test('a malformed body ends the session and nothing else', async () => {
  for (const body of ['', '\x1e', '9', 'x'.repeat(10)]) {
    const poller = await new Poller(server).open();
    // Node.js answers some of them with ok and ends the session all the same.
    assert.ok([200, 400].includes((await poller.post(body)).status), JSON.stringify(body));
    assert.equal((await poller.poll()).status, 400, JSON.stringify(body));
  }
  assert.ok(server.alive());
});

test('a body over maxPayload is refused with 413', async () => {
  const poller = await new Poller(server).open();
  const answer = await poller.post('4'.repeat(1_000_001));
  assert.equal(answer.status, 413);
});

test('octet-stream bodies are refused', async () => {
  const poller = await new Poller(server).open();
  const answer = await poller.post('40', { 'content-type': 'application/octet-stream' });
  assert.equal(answer.status, 400);
});

test('a probe is answered and the upgrade takes the session over', async () => {
  const poller = await new Poller(server).open();
  await poller.post(`40${JSON.stringify({ token: token('student') })}`);
  await poller.packet();
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

test('many upgrades land on the other shard and lose nothing', async () => {
  const upgrade = async (number) => {
    const poller = await new Poller(server).open();
    await poller.post(`40${JSON.stringify({ token: token('student') })}`);
    await poller.packet();
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

test('close packets end the session on both transports', async () => {
  const poller = await new Poller(server).open();
  const parked = poller.poll();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await poller.post('1');
  assert.equal((await parked).text, '6');
  assert.equal((await poller.poll()).status, 400);

  const socket = new RawSocket(server);
  await socket.next();
  socket.send('1');
  const from = Date.now();
  await socket.closed;
  assert.ok(Date.now() - from < 5000);
});

test('other methods and paths are refused', async () => {
  const poller = await new Poller(server).open();
  const other = await fetch(poller.url, { method: 'DELETE' });
  assert.ok([400, 405].includes(other.status));
  assert.equal((await fetch(`${server.url}${path.replace('/socket.io/', '/nowhere/')}&transport=polling`)).status, 404);
});
