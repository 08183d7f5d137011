// Engine.IO v3 against a bare echo server that allows it. Source: engine.io-protocol v3; socketio.md 1.1, 2.10.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';

const kPingIntervalMs = 300;
const kPingTimeoutMs = 200;
const kSlackMs = 5000;  // a busy machine

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--engine-only', '--path', '/engine.io/', '--allow-eio3', '--ping-interval',
    String(kPingIntervalMs), '--ping-timeout', String(kPingTimeoutMs), '--max-payload', '1000000');
  endpoint = new Endpoint(server, '/engine.io/', '3');
});
after(async () => { closeSessions(); await server?.end(); });

const text = (...packets) => packets.map((packet) => `${packet.length}:${packet}`).join('');
// A packet of a binary payload: 1 for bytes and 0 for text, the digits of the length, 255, the data.
function binary(kind, data) {
  return Buffer.concat([Buffer.from([kind]), Buffer.from([...String(data.length)].map(Number)), Buffer.from([255]), data]);
}
const octets = { 'content-type': 'application/octet-stream' };

async function pollBytes(session, options) {
  const response = await fetch(`${server.url}${endpoint.target({ transport: 'polling', sid: session.sid, ...options })}`);
  return { status: response.status, type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('handshake', () => {
  test('by polling is a payload of one packet', async () => {
    const session = await endpoint.request({ b64: '1' });
    const [, length, json] = session.text.match(/^(\d+):0(.*)$/s);
    assert.equal(json.length + 1, Number(length));
    const handshake = JSON.parse(json);
    assert.deepEqual(Object.keys(handshake).filter((key) => key !== 'maxPayload').sort(),
      ['pingInterval', 'pingTimeout', 'sid', 'upgrades']);
    assert.deepEqual(handshake.upgrades, ['websocket']);
    assert.equal(handshake.pingInterval, kPingIntervalMs);
    assert.equal(handshake.pingTimeout, kPingTimeoutMs);
  });

  test('by WebSocket is the packet alone', async () => {
    const { handshake, close, ...session } = await endpoint.opened();
    assert.deepEqual(handshake.upgrades, []);
    session.socket.terminate();
  });

  test('refusals name their reason', async () => {
    for (const [options, code] of [[{ EIO: 'abc' }, 5], [{ transport: 'abc' }, 0], [{ sid: 'abc' }, 1]]) {
      const answer = await endpoint.request(options);
      assert.equal(answer.status, 400);
      assert.equal(JSON.parse(answer.text).code, code, JSON.stringify(options));
    }
    const posted = await endpoint.request({}, { method: 'POST', body: '2:4x' });
    assert.equal(JSON.parse(posted.text).code, 2);
  });

  test('v4 is served beside it', async () => {
    const session = await new Endpoint(server, '/engine.io/', '4').poller();
    assert.equal(session.first[0], '0');
  });
});

describe('messages by polling', () => {
  test('text comes back, counted in UTF-16 units', async () => {
    const session = await endpoint.poller();
    const packets = ['4hello', '4€', '4𝄞', '4'];
    assert.equal((await session.post(text(...packets), { b64: '1' })).text, 'ok');
    let came = '';
    while (came.length < text(...packets).length) came += (await session.poll({ b64: '1' })).text;
    assert.equal(came, text(...packets));
  });

  test('base64 in and out with b64=1', async () => {
    const session = await endpoint.poller({ b64: '1' });
    await session.post('10:b4AQIDBA==', { b64: '1' });
    assert.equal((await session.poll({ b64: '1' })).text, '10:b4AQIDBA==');
  });

  test('a binary payload in, bytes out', async () => {
    const session = await endpoint.poller();
    const sent = Buffer.concat([binary(0, Buffer.from('4text')), binary(1, Buffer.from([4, 1, 2, 255]))]);
    assert.equal((await session.post(sent, {}, octets)).text, 'ok');
    const { type, bytes } = await pollBytes(session);
    assert.equal(type, 'application/octet-stream');
    assert.deepEqual(bytes, sent);
  });

  test('a malformed payload is refused and ends the session', async () => {
    for (const body of ['abc', '99999999999:4', '-1:4', '1e3:4', '3:4', ':4', '5:4x', '0:']) {
      const session = await endpoint.poller();
      const { status } = await session.post(body);
      assert.equal(status, 400, body);
      assert.equal((await session.gone()).status, 400, body);
    }
  });

  test('a binary payload without its end mark is refused', async () => {
    for (const body of [[0], [0, 1], [0, 1, 2, 3], [1, 255], [2, 1, 255, 52], [0, 9, 255, 52], [0, 12, 255, 52]]) {
      const session = await endpoint.poller();
      const { status } = await session.post(Buffer.from(body), {}, octets);
      assert.equal(status, 400, JSON.stringify(body));
    }
  });
});

describe('messages by WebSocket', () => {
  test('text comes back', async () => {
    const session = await endpoint.opened({}, { mute: true });
    session.send('4hello €');
    assert.equal(await session.next(), '4hello €');
    session.close();
  });

  test('binary has the type in its first byte', async () => {
    const session = await endpoint.opened({}, { mute: true });
    session.send(Buffer.from([4, 1, 2, 255]));
    assert.deepEqual(await session.next(), Buffer.from([4, 1, 2, 255]));
    session.close();
  });

  test('an invalid packet ends the connection', async () => {
    for (const packet of ['abc', '9', '3']) {
      const session = await endpoint.opened({}, { mute: true });
      session.send(packet);
      await session.gone(`the end after ${packet}`);
    }
  });
});

describe('heartbeat', () => {
  test('the client pings by polling', async () => {
    const session = await endpoint.poller();
    for (let round = 0; round < 3; ++round) {
      await session.post('1:2');
      assert.equal((await session.poll({ b64: '1' })).text, '1:3');
    }
  });

  test('the client pings by WebSocket, its data comes back', async () => {
    const session = await endpoint.opened({}, { mute: true });
    for (const [ping, pong] of [['2', '3'], ['2probe', '3probe'], ['2x', '3x']]) {
      session.send(ping);
      assert.equal(await session.next(), pong);
    }
    session.close();
  });

  test('a client that does not ping is closed, not before its time', async () => {
    const start = Date.now();
    const session = await endpoint.opened({}, { mute: true });
    const { said } = await session.gone();
    const took = Date.now() - start;
    assert.deepEqual(said, []);
    assert.ok(took >= kPingIntervalMs + kPingTimeoutMs - 20 && took < kPingIntervalMs + kPingTimeoutMs + kSlackMs, `${took} ms`);
  });

  test('a polling client that does not ping is gone', async () => {
    const session = await endpoint.poller();
    const { status } = await session.gone();
    assert.equal(status, 400);
  });
});

describe('close and upgrade', () => {
  test('the client closes by POST', async () => {
    const session = await endpoint.poller();
    const [parked] = await Promise.all([session.poll({ b64: '1' }), session.post('1:1')]);
    if (parked.status === 200) assert.equal(parked.text, '1:6');
    assert.equal((await session.poll()).status, 400);
  });

  test('the client closes by frame', async () => {
    const session = await endpoint.opened({}, { mute: true });
    session.send('1');
    await session.gone();
  });

  test('an upgrade frees the parked poll and takes over', async () => {
    const session = await endpoint.poller();
    const parked = session.poll({ b64: '1' });
    const frames = endpoint.webSocket({ sid: session.sid }, { mute: true });
    await frames.ready;
    frames.send('2probe');
    assert.equal(await frames.next(), '3probe');
    assert.equal((await parked).text, '1:6');
    frames.send('5');
    frames.send('4over');
    assert.equal(await frames.next(), '4over');
    assert.equal((await session.poll()).status, 400);
    frames.close();
  });

  test('a second WebSocket of an upgraded session is closed', async () => {
    const first = await endpoint.opened({}, { mute: true });
    const second = endpoint.webSocket({ sid: first.handshake.sid }, { mute: true });
    await second.refused;
    first.send('4still');
    assert.equal(await first.next(), '4still');
    first.close();
  });
});
