// What nobody should send as Socket.IO, and what only looks like it. Source: socketio.md section 5. The
// packets that end the connection are in socketio-v5.test.mjs and msgpack.test.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { RawFrames, closeFrames, frame, op } from '../fixture/frames.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { joined } from '../fixture/packets.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';

const target = '/socket.io/?EIO=4&transport=polling';
const lone = '\ufffd';  // in the place of half a surrogate pair

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--recovery');
  endpoint = new Endpoint(server);
});
afterEach(async () => {
  assert.ok(server.alive(), server.stderr);
  await answered(await joined(endpoint), 'served');
});
after(async () => { closeSessions(); closeFrames(); closeWires(); await server?.end(); });

// The packets of a session up to the answer to this echo, after which the session is closed.
async function answered(session, value) {
  const said = [];
  session.send(`4277${JSON.stringify(['echo', value])}`);
  for (;;) {
    const packet = await session.next();
    if (packet === `4377${JSON.stringify([value])}`) break;
    said.push(packet);
  }
  session.close();
  return said;
}

describe('values come back as far as JSON holds them', () => {
  const rows = [
    ['0', '0'], ['-0.0', '-0'], ['9007199254740993', '9007199254740993'], ['18446744073709551615', '18446744073709551615'], ['1e-999', '0'],
    ['1.7976931348623157e308', '1.7976931348623157e308'], ['"\\ud83d"', `"${lone}"`], ['"\\ude00\\ud83dx"', `"${lone}${lone}x"`], ['"\\ud83d\\ude00"', '"\u{1f600}"'],
    ['{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1},"constructor":2}'], ['{"a":1,"a":2}', '{"a":2}'],
    ['{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":0}'], ['{"_placeholder":true,"num":"splice"}', '{"_placeholder":true,"num":"splice"}'],
    [`"${'x'.repeat(900_000)}"`, `"${'x'.repeat(900_000)}"`], ['"\\u0000\\u2028</script>"', '"\\u0000\\u2028</script>"'],
  ];
  for (const [sent, expected] of rows) {
    test(sent.slice(0, 60), async () => {
      const session = await joined(endpoint);
      session.send(`421["message-with-ack",${sent}]`);
      const came = await session.next();
      assert.deepEqual(JSON.parse(came.slice(3)), JSON.parse(`[${expected}]`));
      // An integer is no double on its way.
      if (/^\d+$/.test(sent)) assert.equal(came, `431[${expected}]`);
      session.close();
    });
  }
});

describe('nothing happens', () => {
  const rows = {
    'an event name of 900,000 letters': [`42["${'x'.repeat(900_000)}"]`],
    'a name that is a number beyond any': ['42[1.7976931348623157e308,1]'],
    'an object of 80,000 members': [`42["x",{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":1`).join(',')}}]`],
    'one key a hundred thousand times': [`42["x",{${'"k":1,'.repeat(100_000)}"k":2}]`],
    'answers to what nobody asked': ['430[]', '439007199254740991[1]'],
  };
  for (const [what, packets] of Object.entries(rows)) {
    test(what, async () => {
      const session = await joined(endpoint);
      for (const packet of packets) session.send(packet);
      assert.deepEqual(await answered(session, 'after'), []);
    });
  }
});

describe('the connection is closed', () => {
  const bytes = Buffer.from([1]);
  const rows = {
    'an id of a million digits': [`42${'9'.repeat(900_000)}["x"]`],
    'an id of zeros': [`42${'0'.repeat(900_000)}["x"]`],
    'an id of 2^64': ['4218446744073709551616["x"]'],
    'an id with a leading zero': ['42007["x"]'],
    'a count of a million digits': [`45${'9'.repeat(900_000)}-["x"]`],
    'a placeholder that is used twice': ['451-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', bytes],
    'more attachments than were announced': ['451-["x",{"_placeholder":true,"num":0}]', bytes, bytes],
    'attachments that are too large together': ['452-["x"]', Buffer.alloc(600_000), Buffer.alloc(600_000)],
    'DISCONNECT of a namespace that was not joined': ['41/other'],
    'DISCONNECT in the middle of a binary packet': ['452-["x"]', bytes, '41'],
    'a number that no double holds': ['42["x",1e999]'],
    'no number': ['42["x",NaN]'],
  };
  for (const [what, packets] of Object.entries(rows)) {
    test(what, async () => {
      const session = await joined(endpoint);
      for (const packet of packets) session.send(packet);
      await session.gone();
    });
  }
});

test('half a million packets in one body hold nobody up', async () => {
  const session = await endpoint.poller();
  const other = await joined(endpoint);
  const posted = session.post('6\x1e'.repeat(499_999) + '6');
  assert.deepEqual(await answered(other, 1), []);
  assert.equal((await posted).status, 200);
});

test('two bodies at a time are two messages', async () => {
  const session = await endpoint.poller();
  await session.post('40');
  await session.next();
  await session.next();
  const slow = new Wire(server);
  const body = '420["echo","slow"]';
  await slow.send(`POST ${target}&sid=${session.sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`);
  assert.equal((await session.post('421["echo","fast"]')).text, 'ok');
  assert.equal(await session.next(), '431["fast"]');
  await slow.send(body.slice(5));
  await slow.until(/\r\n\r\nok$/);
  assert.equal(await session.next(), '430["slow"]');
});

test('JSONP is refused', async () => {
  for (const j of ['0', 'alert(1)', '']) {
    const { status, text } = await endpoint.request({ j });
    assert.equal(status, 400, j);
    assert.deepEqual(JSON.parse(text), { code: 3, message: 'Bad request' }, j);
  }
});

test('a poll that is given up ends its session', async () => {
  const session = await joined(endpoint);
  const poller = await endpoint.poller();
  await poller.post('40');
  const sid = JSON.parse((await poller.next()).slice(2)).sid;
  await poller.next();
  const wire = new Wire(server);
  await wire.send(`GET ${target}&sid=${poller.sid} HTTP/1.1\r\nHost: x\r\n\r\n`);
  wire.close();
  for (let reason; reason !== 'transport close';) {
    session.send(`421["last-disconnect","${sid}"]`);
    [reason] = JSON.parse((await session.next()).slice(3));
  }
  assert.equal((await poller.poll()).status, 400);
  session.close();
});

test('fragments of one byte are cut long before they fill a message', async () => {
  const frames = await new RawFrames(server, target.replace('polling', 'websocket')).open(frame(op.text, '4', { fin: false }));
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(op.more, '2', { fin: false })));
  for (let sent = 0; sent < 99 && !frames.closed; ++sent) await new Promise((resolve) => { frames.socket.write(many, resolve); });
  const code = await frames.end();
  // What was not read may reset the connection, and that may overtake the close frame.
  assert.ok(code === 1002 || code === 1006, String(code));
});

test('a session with many rooms comes back', async () => {
  const session = await joined(endpoint);
  const { sid, pid } = session.reply;
  for (let room = 0; room < 20_000; ++room) session.send(`42["join","room ${room}"]`);
  session.send('421["echo","in"]');
  while (!/^431/.test(await session.next()));
  session.close();
  await session.closed;
  const other = await joined(endpoint);
  for (let reason; reason !== 'transport close';) {
    other.send(`421["last-disconnect","${sid}"]`);
    [reason] = JSON.parse((await other.next()).slice(3));
  }
  for (let n = 0; n < 1000; ++n) other.send(`42["publish","elsewhere",${n}]`);
  other.send('42["publish","room 19999","missed"]');
  assert.deepEqual(await answered(other, 'sent'), []);
  const back = await endpoint.opened();
  back.send(`40${JSON.stringify({ pid })}`);
  const missed = [];
  for (let packet; !/^40/.test(packet); missed.push(packet)) packet = await back.next();
  assert.match(missed.pop(), new RegExp(`^40\\{"sid":"${sid}","pid":"${pid}"\\}$`));
  assert.match(missed.pop(), /^42\["published","missed","\d+"\]$/);
  back.close();
});

test('an offset that was never told starts anew', async () => {
  for (const offset of ['0-0', '-1', '0', '18446744073709551616', '9'.repeat(100_000), '__proto__', 'NaN']) {
    const session = await joined(endpoint);
    const { sid, pid } = session.reply;
    session.close();
    await session.closed;
    const watcher = await joined(endpoint);
    for (let reason; reason !== 'transport close';) {
      watcher.send(`421["last-disconnect","${sid}"]`);
      [reason] = JSON.parse((await watcher.next()).slice(3));
    }
    watcher.close();
    const back = await endpoint.opened();
    back.send(`40${JSON.stringify({ pid, offset })}`);
    assert.notEqual(JSON.parse((await back.next()).slice(2)).sid, sid, offset.slice(0, 30));
    back.close();
  }
});
