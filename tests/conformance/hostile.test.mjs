// What nobody should send, over HTTP and Engine.IO. Source: socketio.md section 5. After every attack a
// fresh client is served, and at the end the memory is back.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { RawFrames, closeFrames, frame, op, upgradeRequest } from '../fixture/frames.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { joined } from '../fixture/packets.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';
import { until } from '../fixture/until.mjs';

const kConnectTimeoutMs = 2000;
const kAbandoned = 2000;
const kAtATime = 100;
const kGrowthKb = 40_000;  // what an allocator may keep

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--connect-timeout', String(kConnectTimeoutMs), '--ping-interval', '1000', '--ping-timeout', '1000');
  endpoint = new Endpoint(server);
});
const serves = async () => {
  assert.ok(server.alive(), server.stderr);
  const session = await joined(endpoint);
  session.send('421["echo","alive"]');
  assert.equal(await session.next(), '431["alive"]');
  session.close();
};
afterEach(serves);
after(async () => { closeSessions(); closeFrames(); closeWires(); await server?.end(); });

const target = '/socket.io/?EIO=4&transport=polling';
const head = `GET ${target} HTTP/1.1\r\nHost: x\r\n`;
const post = (sid, headers, body) => `POST ${target}&sid=${sid} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;

async function answer(bytes) {
  const wire = new Wire(server);
  await wire.send(bytes);
  const text = await wire.until(/\r\n\r\n/).catch((error) => { if (wire.closed) return wire.text; throw error; });
  wire.close();
  return text;
}

describe('HTTP', () => {
  const refused = {
    'two lengths that differ': [post('x', 'Content-Length: 2\r\nContent-Length: 3\r\n', '40x')],
    'a length and chunks': [post('x', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    'chunks twice': [post('x', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    'an unknown coding': [post('x', 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
    'a signed length': [post('x', 'Content-Length: +2\r\n', '40')],
    'a length with a comma': [post('x', 'Content-Length: 2,3\r\n', '40')],
    'a length of 2^64': [post('x', 'Content-Length: 18446744073709551617\r\n', '40')],
    'a chunk size that is none': [post('x', 'Transfer-Encoding: chunked\r\n', 'zz\r\n40\r\n0\r\n\r\n')],
    'a chunk size of 2^64': [post('x', 'Transfer-Encoding: chunked\r\n', '10000000000000002\r\n40\r\n0\r\n\r\n')],
    'a folded header': [`${head}X: a\r\n b\r\n\r\n`],
    'a space before the colon': [`${head}X : a\r\n\r\n`],
    'a NUL in a header': [`${head}X: a\0b\r\n\r\n`],
    'a NUL in the target': ['GET /socket.io/\0?EIO=4 HTTP/1.1\r\nHost: x\r\n\r\n'],
    'a DEL in Origin': [`${head}Origin: http://a\x7fb\r\n\r\n`],
    'a bare CR in a header': [`${head}X: a\rb\r\n\r\n`],
    'bare LF': [head.replaceAll('\r\n', '\n') + '\n'],
    'no version': [`GET ${target}\r\n\r\n`],
    'a strange version': [`GET ${target} HTTP/9.9\r\nHost: x\r\n\r\n`],
    garbage: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    'an oversize header': [`${head}X: ${'a'.repeat(100_000)}\r\n\r\n`],
    'ten thousand headers': [`${head}${'A: b\r\n'.repeat(10_000)}\r\n`],
    'an oversize target': [`GET /socket.io/?${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  };
  for (const [what, [bytes]] of Object.entries(refused)) {
    test(what, async () => {
      // What was not read may reset the connection, and that may overtake the answer.
      assert.match(await answer(bytes), /^(HTTP\/1\.[01] (4\d\d|505|501) |$)/);
    });
  }

  test('a smuggled request is not answered', async () => {
    const wire = new Wire(server);
    await wire.send(post('x', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${head}\r\n`));
    assert.doesNotMatch(await wire.end(), /"sid"/);
  });

  test('half a header, half a body and half a frame wait alone', async () => {
    const session = await endpoint.poller();
    const wires = [];
    for (const bytes of [head, post(session.sid, 'Content-Length: 1000\r\n', '40'), upgradeRequest(`${target}`.replace('polling', 'websocket')) + '\x81']) {
      const wire = new Wire(server);
      wires.push(wire);
      await wire.send(bytes);
    }
    await serves();
    assert.ok(!wires[0].text.includes('HTTP'));
    assert.ok(!wires[1].text.includes('ok'));
    for (const wire of wires) wire.close();
  });

  test('a request byte by byte is one request', async () => {
    const frames = new RawFrames(server);
    await frames.chop(Buffer.from(`${head}\r\n`), 1);
    assert.match(await frames.when(() => String(frames.buffer).match(/"sid"/)?.input, 'an answer'), /^HTTP\/1\.1 200 /);
    frames.close();
  });

  test('a reset at every stage of a session', async () => {
    const webSocket = target.replace('polling', 'websocket');
    const stages = ['', 'GET ', `${head}\r\n`, upgradeRequest(webSocket), upgradeRequest(`${webSocket}&sid=unknown`),
      upgradeRequest(webSocket.replace('EIO=4', 'EIO=9')), `${upgradeRequest(webSocket)}${frame(op.text, '40').toString('latin1')}`];
    for (let round = 0; round < 20; ++round) {
      for (const bytes of stages) {
        const frames = new RawFrames(server);
        await new Promise((resolve) => { frames.socket.write(Buffer.from(bytes, 'latin1'), resolve); });
        frames.reset();
      }
    }
  });

  test('a body in chunks of one byte is one body', async () => {
    const session = await endpoint.poller();
    const body = '40{"a":"b"}';
    const chunks = [...body].map((letter) => `1\r\n${letter}\r\n`).join('');
    assert.match(await answer(post(session.sid, 'Transfer-Encoding: chunked\r\n', `${chunks}0\r\n\r\n`)), /^HTTP\/1\.1 200 /);
    assert.match(await session.next(), /^40\{"sid"/);
  });

  test('an endless body is cut at the limit, with and without a length', async () => {
    for (const headers of ['Content-Length: 1000001\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const session = await endpoint.poller();
      const chunk = `10000\r\n${'4'.repeat(65536)}\r\n`;
      const text = await answer(post(session.sid, headers, headers.includes('chunked') ? chunk.repeat(17) : '4'.repeat(1_000_001)));
      assert.match(text, /^(HTTP\/1\.1 413 |$)/);
    }
  });
});

describe('Engine.IO', () => {
  const asks = ['EIO=abc', 'EIO=5', '', 'EIO=4', 'EIO=4&transport=__proto__', 'EIO=4&transport=constructor', 'EIO=4&transport=polling&transport=websocket',
    'EIO=4&transport[]=polling', 'EIO=4&transport=', 'EIO=4&transport=polling&sid=__proto__', 'EIO=4&transport=polling&sid=%00', 'EIO=4&transport=polling&sid=%zz',
    `EIO=4&transport=polling&sid=${'a'.repeat(4000)}`, 'EIO=4&transport=webtransport'];
  test('bad queries get 400', async () => {
    for (const ask of asks) assert.match(await answer(`GET /socket.io/?${ask} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 400 /, ask);
  });

  test('a percent-encoded transport is what it says', async () => {
    assert.match(await answer('GET /socket.io/?EIO=4&transport=%70olling HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 200 /);
  });

  const payloads = { separators: '\x1e\x1e\x1e', 'bad UTF-8': Buffer.from([0x34, 0x32, 0xff]), 'half a surrogate': Buffer.from('34eda080', 'hex'), nothing: '' };
  for (const [what, body] of Object.entries(payloads)) {
    test(`a body of ${what}`, async () => {
      const session = await endpoint.poller();
      assert.equal((await session.post(body)).status, 400);
      assert.equal((await session.gone()).status, 400);
    });
  }

  for (const [what, body] of Object.entries({ 'bad base64': 'b!!!!', 'an open packet': '0{}', 'a ping': '2' })) {
    test(`a body of ${what} ends its session`, async () => {
      const session = await endpoint.poller();
      await session.post(body);
      assert.equal((await session.gone()).status, 400);
    });
  }

  test('a foreign origin gets no WebSocket, none gets CORS headers', async () => {
    const refusal = await answer(upgradeRequest(target.replace('polling', 'websocket'), 'Origin: https://evil.example\r\n'));
    assert.match(refusal, /^HTTP\/1\.1 4\d\d /);
    assert.doesNotMatch(await answer(`${head}Origin: https://evil.example\r\n\r\n`), /access-control/i);
  });

  test('upgrades that are none are refused and closed', async () => {
    const good = upgradeRequest(target.replace('polling', 'websocket'));
    for (const bytes of [good.replace(/Sec-WebSocket-Key.*\r\n/, ''), good.replace('Version: 13', 'Version: 7'), good.replace('dGhlIHNhbXBsZSBub25jZQ==', 'eA=='),
      good.replace('/socket.io/', '/elsewhere/'), good.replace('GET', 'POST')]) {
      assert.match(await answer(bytes), /^(HTTP\/1\.1 4\d\d |$)/);
    }
  });

  test('a protocol list with 30,000 spaces is no work', async () => {
    const text = await answer(upgradeRequest(target.replace('polling', 'websocket'), `Sec-WebSocket-Protocol: b${' '.repeat(30_000)}x\r\n`));
    assert.match(text, /^(HTTP\/1\.1 (101|4\d\d) |$)/);
  });

  test('a broken frame in the segment of the upgrade ends it', async () => {
    for (const bytes of [frame(op.text, 'x', { rsv: 2 }), frame(op.text, 'x', { rsv: 1 }), frame(7, 'x'), frame(op.text, 'x', { masked: false }),
      frame(op.binary, '', { claimed: 2n ** 62n, form: 64 }), frame(op.binary, '', { claimed: 2n ** 63n, form: 64 })]) {
      const frames = await new RawFrames(server, target.replace('polling', 'websocket')).open(bytes);
      const code = await frames.end();
      assert.ok(code === 1002 || code === 1009, String(code));
    }
  });

  test('fragments without end and without content are cut', async () => {
    const frames = await new RawFrames(server, target.replace('polling', 'websocket')).open(frame(op.text, '', { fin: false }));
    const empty = Buffer.concat(Array.from({ length: 10_000 }, () => frame(op.more, '', { fin: false })));
    for (let sent = 0; sent < 100 && !frames.closed; ++sent) {
      await new Promise((resolve) => { frames.socket.write(empty, resolve); });
    }
    assert.equal(await frames.when(() => undefined, 'the end'), null);
  });

  test('a probe that is never finished, an upgrade without a probe', async () => {
    const session = await endpoint.poller();
    const probe = endpoint.webSocket({ sid: session.sid });
    await probe.ready;
    probe.send('2probe');
    assert.equal(await probe.next(), '3probe');
    const other = await endpoint.poller();
    const hasty = endpoint.webSocket({ sid: other.sid });
    await hasty.ready;
    hasty.send('5');
    await hasty.gone();
    probe.close();
  });

  test('a hundred thousand pongs are nothing', async () => {
    const session = await joined(endpoint);
    for (let count = 0; count < 100_000; ++count) session.send('3');
    session.send('421["echo",1]');
    assert.equal(await session.next(), '431[1]');
    session.close();
  });

  test('names of namespaces of any size', async () => {
    for (const nsp of ['x'.repeat(900_000), '?a=b', '/', '__proto__', '*', '[']) {
      const session = await endpoint.opened();
      session.send(`40/${nsp},`);
      const first = await session.next().catch((error) => error.message);
      assert.match(first, /^(44\/|closed with )/);
      session.close();
    }
  });

  test('ten thousand namespaces of one client', async () => {
    const session = await joined(endpoint);
    for (let index = 0; index < 10_000; ++index) session.send(`40/n${index},`);
    for (;;) {
      const packet = await session.next().catch((error) => error.message);
      if (/^44\/n9999,|^closed/.test(packet)) break;
      assert.match(packet, /^44\/n\d+,\{"message":"Invalid namespace"\}$/);
    }
    session.close();
  });
});

async function inTurns(count, run) {
  for (let done = 0; done < count; done += kAtATime) {
    await Promise.all(Array.from({ length: kAtATime }, (_, index) => run(done + index)));
  }
}

test('two thousand abandoned connections leave no memory behind', async () => {
  const webSocket = target.replace('polling', 'websocket');
  const ways = [
    async (wire) => { await wire.send(head); },
    async (wire) => { await wire.send(`${head}\r\n`); await wire.until(/"sid"/); },
    async (wire) => { await wire.send(upgradeRequest(webSocket)); await wire.until(/"sid"/); },
    async (wire) => { await wire.send(`${upgradeRequest(webSocket)}\x81\xff\0\0\0\0\0\x0f\0\0abcd${'x'.repeat(1000)}`); await wire.until(/"sid"/); },
    async (wire) => { await wire.send(upgradeRequest(webSocket)); wire.socket.resetAndDestroy(); },
  ];
  const attack = () => inTurns(kAbandoned, async (index) => {
    const wire = new Wire(server);
    await ways[index % ways.length](wire);
    wire.close();
  });
  // The first round fills the allocator's own stores.
  await attack();
  const before = server.memory();
  await attack();
  await until(() => server.memory() < before + kGrowthKb, 'memory near the baseline');
});
