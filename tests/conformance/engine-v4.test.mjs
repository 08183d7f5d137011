// Engine.IO v4 against a bare echo server. Source: engine.io-protocol v4; socketio.md section 1.5.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';
import { clockPasses } from '../fixture/until.mjs';

const kPingIntervalMs = 300;
const kPingTimeoutMs = 200;
const kSlackMs = 5000;  // a busy machine
const members = ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades'];

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--engine-only', '--path', '/engine.io/', '--ping-interval', String(kPingIntervalMs),
    '--ping-timeout', String(kPingTimeoutMs), '--max-payload', '1000000');
  endpoint = new Endpoint(server, '/engine.io/');
});
after(async () => { closeSessions(); await server?.end(); });

const isRefused = ({ status, text }, expected) => {
  assert.equal(status, 400, text);
  assert.deepEqual(JSON.parse(text), expected);
};
const transportUnknown = { code: 0, message: 'Transport unknown' };
const sessionUnknown = { code: 1, message: 'Session ID unknown' };
const badRequest = { code: 3, message: 'Bad request' };
const badMethod = { code: 2, message: 'Bad handshake method' };
const unsupported = { code: 5, message: 'Unsupported protocol version' };

describe('handshake', () => {
  for (const [transport, upgrades] of [['polling', ['websocket']], ['websocket', []]]) {
    test(`over ${transport} has exactly its members`, async () => {
      const session = transport === 'polling' ? await endpoint.poller() : await endpoint.opened();
      const { handshake } = session;
      assert.deepEqual(Object.keys(handshake).sort(), members);
      assert.match(handshake.sid, /^[\w-]{20}$/);
      assert.deepEqual(handshake.upgrades, upgrades);
      assert.equal(handshake.pingInterval, kPingIntervalMs);
      assert.equal(handshake.pingTimeout, kPingTimeoutMs);
      assert.equal(handshake.maxPayload, 1000000);
    });
  }

  test('the open packet stands alone in the first answer', async () => {
    const { first, handshake } = await endpoint.poller();
    assert.deepEqual(JSON.parse(first.slice(1)), handshake);
    assert.equal(first[0], '0');
  });

  test('refusals name their reason', async () => {
    isRefused(await endpoint.request({ EIO: 'abc' }), unsupported);
    isRefused(await endpoint.request({ EIO: '5' }), unsupported);
    isRefused(await endpoint.request({ EIO: '3' }), unsupported);
    isRefused(await endpoint.request({ transport: 'abc' }), transportUnknown);
    isRefused(await endpoint.request({ transport: '' }), transportUnknown);
    isRefused(await endpoint.request({ transport: 'websocket' }), badRequest);
    isRefused(await endpoint.request({ sid: 'abc' }), sessionUnknown);
    isRefused(await endpoint.request({}, { method: 'POST', body: '4x' }), badMethod);
    isRefused(await endpoint.request({}, { method: 'PUT', body: '4x' }), badMethod);
    isRefused(await endpoint.request({ sid: 'abc' }, { method: 'POST', body: '4x' }), sessionUnknown);
  });

  test('a WebSocket is refused for the same reasons', async () => {
    for (const options of [{ EIO: 'abc' }, { transport: 'abc' }, { sid: 'abc' }]) {
      const session = endpoint.webSocket(options);
      const { status = 400, said = [] } = await session.refused;
      assert.equal(status, 400, JSON.stringify(options));
      assert.deepEqual(said, [], JSON.stringify(options));
    }
  });
});

describe('messages by polling', () => {
  test('text and several packets come back in order', async () => {
    const session = await endpoint.poller();
    assert.deepEqual(await session.post('4one').then(({ status, text }) => ({ status, text })), { status: 200, text: 'ok' });
    assert.equal(await session.next(), '4one');
    await session.post('4two\x1e4\x1e4€ 𝄞 \u0000\x1e4last');
    for (const packet of ['4two', '4', '4€ 𝄞 \u0000', '4last']) assert.equal(await session.next(), packet);
  });

  test('binary is base64 behind a b', async () => {
    const session = await endpoint.poller();
    await session.post('bAQIDBA==\x1e4between\x1eb/w==');
    for (const packet of ['bAQIDBA==', '4between', 'b/w==']) assert.equal(await session.next(), packet);
  });

  test('answers carry their types', async () => {
    const session = await endpoint.poller();
    const posted = await session.post('4x');
    assert.match(posted.headers.get('content-type'), /^text\/html/);
    const polled = await session.poll();
    assert.equal(polled.headers.get('content-type'), 'text/plain; charset=UTF-8');
    assert.equal(polled.headers.get('cache-control'), 'no-store');
  });

  test('a malformed payload is refused and ends the session', async () => {
    for (const body of ['abc', '', '9x', '4x\x1e']) {
      const session = await endpoint.poller();
      const { status } = await session.post(body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal((await session.gone()).status, 400);
    }
  });

  test('octet-stream is refused', async () => {
    const session = await endpoint.poller();
    const { status } = await session.post('4x', {}, { 'content-type': 'application/octet-stream' });
    assert.equal(status, 400);
  });

  test('two polls at a time end the session', async () => {
    const session = await endpoint.poller();
    const answers = await Promise.all([session.poll(), session.poll()]);
    const codes = answers.map(({ status }) => status).sort();
    assert.equal(codes[0], 200);
    assert.ok(codes[1] === 400 || codes[1] === 500, String(codes[1]));
    assert.equal((await session.gone()).status, 400);
  });

  test('a session of one transport is not served by the other', async () => {
    const frames = await endpoint.opened();
    assert.equal((await endpoint.request({ sid: frames.handshake.sid })).status, 400);
    frames.close();
  });

  test('more than maxPayload is refused, that much is not', async () => {
    const session = await endpoint.poller();
    assert.equal((await session.post(`4${'x'.repeat(999_999)}`)).status, 200);
    assert.equal((await session.next()).length, 1_000_000);
    const over = await endpoint.poller();
    assert.equal((await over.post(`4${'x'.repeat(1_000_000)}`)).status, 413);
  });
});

describe('messages by WebSocket', () => {
  test('text and binary come back', async () => {
    const session = await endpoint.opened();
    session.send('4hello €');
    assert.equal(await session.next(), '4hello €');
    session.send(Buffer.from([0, 1, 0xff, 4]));
    assert.deepEqual(await session.next(), Buffer.from([0, 1, 0xff, 4]));
    session.close();
  });

  test('an invalid packet ends the connection', async () => {
    for (const packet of ['abc', '9', '', '2', '0']) {
      const session = await endpoint.opened();
      session.send(packet);
      await session.gone(`the end after ${JSON.stringify(packet)}`);
    }
  });
});

describe('heartbeat', () => {
  test('the server pings by polling and answers keep the session', async () => {
    const session = await endpoint.poller();
    for (let round = 0; round < 3; ++round) {
      assert.equal((await session.poll()).text, '2');
      assert.equal((await session.post('3')).text, 'ok');
    }
  });

  test('the server pings a WebSocket and answers keep it', async () => {
    const session = await endpoint.opened({}, { mute: true });
    for (let round = 0; round < 3; ++round) {
      assert.equal(await session.next(), '2');
      session.send('3');
    }
    session.send('4alive');
    assert.equal(await session.next(), '4alive');
    session.close();
  });

  test('silence ends a polling session', async () => {
    const session = await endpoint.poller();
    const start = Date.now();
    assert.equal((await session.poll()).text, '2');
    const { status } = await session.gone();
    assert.equal(status, 400);
    assert.ok(Date.now() - start < kPingIntervalMs + kPingTimeoutMs + kSlackMs);
  });

  test('silence ends a WebSocket, not before its time', async () => {
    const start = Date.now();
    const session = await endpoint.opened({}, { mute: true });
    assert.equal(await session.next(), '2');
    await session.gone();
    const took = Date.now() - start;
    assert.ok(took >= kPingIntervalMs + kPingTimeoutMs - 20, `${took} ms`);
    assert.ok(took < kPingIntervalMs + kPingTimeoutMs + kSlackMs, `${took} ms`);
  });
});

// A busy machine makes some of them late; a server that waits too long is late with all.
test('a missed pong ends the session within 20 ms of its time', async () => {
  const late = await Promise.all(Array.from({ length: 10 }, async (_, index) => {
    await clockPasses(Date.now() + 20 * index);
    const session = await endpoint.opened({}, { mute: true });
    const start = performance.now();
    await session.gone();
    return performance.now() - start - kPingIntervalMs - kPingTimeoutMs;
  }));
  assert.ok(Math.min(...late.map(Math.abs)) <= 20, `${late.map(Math.round)} ms`);
});

test('a ping that was late does not put off the end', async () => {
  const kPingLatenessMs = 50;  // what a peer pays at most for a server that stood still
  const session = await endpoint.poller();
  const opened = Date.now();
  await clockPasses(opened + kPingIntervalMs - 20);
  server.child.kill('SIGSTOP');
  await clockPasses(opened + kPingIntervalMs + 30);
  server.child.kill('SIGCONT');
  const late = Date.now() - opened - kPingIntervalMs;
  await clockPasses(opened + kPingIntervalMs + kPingTimeoutMs + Math.max(0, late - kPingLatenessMs));
  isRefused(await session.poll(), sessionUnknown);
});

describe('close', () => {
  test('by the client in a POST ends the session and the parked poll', async () => {
    const session = await endpoint.poller();
    const [parked] = await Promise.all([session.poll(), session.post('1')]);
    // The poll may be the later one.
    if (parked.status === 200) assert.equal(parked.text, '6');
    else isRefused(parked, sessionUnknown);
    isRefused(await session.poll(), sessionUnknown);
  });

  test('by the client in a frame ends the WebSocket', async () => {
    const session = await endpoint.opened();
    session.send('1');
    await session.gone();
  });

  test('by the client as a WebSocket close is answered', async () => {
    const session = await endpoint.opened();
    session.socket.close(1000);
    assert.equal((await session.gone()).code, 1000);
  });
});

describe('upgrade', () => {
  const probe = async (session) => {
    const frames = endpoint.webSocket({ sid: session.sid });
    await frames.ready;
    frames.send('2probe');
    assert.equal(await frames.next(), '3probe');
    return frames;
  };

  test('the parked poll gets a noop and the WebSocket takes over', async () => {
    const session = await endpoint.poller();
    const parked = session.poll();
    const frames = await probe(session);
    // The heartbeat may be due just then.
    assert.match((await parked).text, /^[26]$/);
    frames.send('5');
    frames.send('4over');
    assert.equal(await frames.next(), '4over');
    assert.equal((await session.poll()).status, 400);
    frames.close();
  });

  test('what waits during the probe comes over the WebSocket', async () => {
    const session = await endpoint.poller();
    await session.post('4before');
    const frames = await probe(session);
    frames.send('5');
    assert.equal(await frames.next(), '4before');
    frames.close();
  });

  test('a message instead of the upgrade ends the candidate', async () => {
    const session = await endpoint.poller();
    const frames = await probe(session);
    frames.send('4hello');
    await frames.gone();
  });

  test('a second WebSocket of an upgraded session is closed, the first lives', async () => {
    const session = await endpoint.poller();
    const frames = await probe(session);
    frames.send('5');
    const second = endpoint.webSocket({ sid: session.sid });
    await second.refused;
    frames.send('4still');
    assert.equal(await frames.next(), '4still');
    frames.close();
  });

  test('a WebSocket for a session that began as one is closed', async () => {
    const first = await endpoint.opened();
    const second = endpoint.webSocket({ sid: first.handshake.sid });
    await second.refused;
    first.send('4still');
    assert.equal(await first.next(), '4still');
    first.close();
  });
});
