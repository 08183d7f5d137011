// Socket.IO v5 from the wire. Source: socket.io-protocol v5; contract sections 1 and 8; socketio.md section 1.5.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { RawFrames, closeFrames, frame, op } from '../fixture/frames.mjs';
import { enter, joined } from '../fixture/packets.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';

const kConnectTimeoutMs = 1000;
const kSlackMs = 5000;

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--connect-timeout', String(kConnectTimeoutMs));
  endpoint = new Endpoint(server);
});
after(async () => { closeSessions(); closeFrames(); await server?.end(); });

describe('connect', () => {
  for (const nsp of ['', '/custom']) {
    for (const auth of [undefined, { token: '123' }]) {
      test(`to ${nsp || '/'} ${auth ? 'with' : 'without'} auth`, async () => {
        const session = await endpoint.opened();
        const reply = await enter(session, { nsp, auth });
        assert.deepEqual(Object.keys(reply), ['sid']);
        assert.match(reply.sid, /^[\w-]{20}$/);
        assert.notEqual(reply.sid, session.handshake.sid);
        assert.deepEqual(session.auth, ['auth', auth ?? {}]);
        session.close();
      });
    }
  }

  test('the comma of a namespace may be missing', async () => {
    const session = await endpoint.opened();
    session.send('40/custom');
    assert.match(await session.next(), /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
    session.close();
  });

  test('to an unknown namespace is refused, the connection lives', async () => {
    const session = await endpoint.opened();
    session.send('40/random');
    assert.equal(await session.next(), '44/random,{"message":"Invalid namespace"}');
    await enter(session);
    session.close();
  });

  // Of a client that listens for one packet after the other, such as the published suite. Whether two
  // sends meet in one read is the machine's affair, so one of ten tries is enough.
  test('the first event does not come in one read with the reply', async () => {
    const reads = await Promise.all(Array.from({ length: 10 }, async () => {
      const frames = await new RawFrames(server, '/socket.io/?EIO=4&transport=websocket').open();
      const chunks = [];
      frames.socket.prependListener('data', (chunk) => chunks.push(String(chunk)));
      frames.write(frame(op.text, '40'));
      await frames.when(() => chunks.join('').includes('"auth"') || undefined, 'the event');
      return chunks.find((chunk) => chunk.includes('40{"sid"'));
    }));
    assert.ok(reads.some((read) => !read.includes('"auth"')), reads.join('\n'));
  });

  test('by polling', async () => {
    const session = await endpoint.poller();
    const reply = await enter(session, { auth: { token: '123' } });
    assert.deepEqual(Object.keys(reply), ['sid']);
    assert.deepEqual(session.auth, ['auth', { token: '123' }]);
  });

  for (const transport of ['websocket', 'polling']) {
    test(`a ${transport} client that does not is closed`, async () => {
      const start = Date.now();
      const session = transport === 'polling' ? await endpoint.poller() : await endpoint.opened();
      await session.gone();
      const took = Date.now() - start;
      assert.ok(took >= kConnectTimeoutMs - 20 && took < kConnectTimeoutMs + kSlackMs, `${took} ms`);
    });
  }
});

describe('disconnect', () => {
  test('of one namespace leaves the other', async () => {
    const session = await joined(endpoint);
    await enter(session, { nsp: '/custom' });
    session.send('41');
    session.send('42/custom,["message","still here"]');
    assert.equal(await session.next(), '42/custom,["message-back","still here"]');
    session.close();
  });

  test('and connect again gives another id', async () => {
    const session = await joined(endpoint);
    session.send('41');
    assert.notEqual((await enter(session)).sid, session.reply.sid);
    session.close();
  });

  test('by the server in a packet', async () => {
    const session = await joined(endpoint);
    session.send('42["kick"]');
    assert.equal(await session.next(), '41');
    session.close();
  });
});

describe('message', () => {
  const rows = [
    ['plain values', ['42["message",1,"2",{"3":[true]},null,-5]'], ['42["message-back",1,"2",{"3":[true]},null,-5]']],
    ['no arguments', ['42["message"]'], ['42["message-back"]']],
    ['bytes', ['452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', Buffer.from([1, 2, 3]), Buffer.from([4, 5])],
      ['452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', Buffer.from([1, 2, 3]), Buffer.from([4, 5])]],
    ['nested bytes', ['451-["message",{"a":[{"_placeholder":true,"num":0}]}]', Buffer.from([9])],
      ['451-["message-back",{"a":[{"_placeholder":true,"num":0}]}]', Buffer.from([9])]],
    ['with acknowledgement', ['42456["message-with-ack",1,"2",{"3":[false]}]'], ['43456[1,"2",{"3":[false]}]']],
    ['with acknowledgement of bytes', ['451-789["message-with-ack",{"_placeholder":true,"num":0}]', Buffer.from([1, 2])],
      ['461-789[{"_placeholder":true,"num":0}]', Buffer.from([1, 2])]],
    ['id 0', ['420["echo",7]'], ['430[7]']],
    ['names of JavaScript', ['42["__proto__",1]', '42["error"]', '42["constructor"]', '42[""]', '42[1,2]', '421["echo","ok"]'], ['431["ok"]']],
    ['no attachments', ['450-["message","x"]', '42["message","y"]'], ['42["message-back","x"]', '42["message-back","y"]']],
  ];
  for (const [what, sent, expected] of rows) {
    for (const transport of ['websocket', 'polling']) {
      test(`${what} by ${transport}`, async () => {
        const session = transport === 'polling' ? await endpoint.poller() : await endpoint.opened();
        await enter(session);
        const code = (packet) => (transport === 'polling' && Buffer.isBuffer(packet) ? `b${packet.toString('base64')}` : packet);
        if (transport === 'polling') await session.post(sent.map(code).join('\x1e'));
        else for (const packet of sent) session.send(packet);
        for (const packet of expected) assert.deepEqual(await session.next(), code(packet));
        session.close?.();
      });
    }
  }

  test('the server asks, the client acknowledges', async () => {
    const session = await joined(endpoint);
    session.send('42["emit-with-ack"]');
    assert.equal(await session.next(), '421["emit-with-ack"]', 'ids of a socket count from 1');
    session.send('431[]');
    assert.equal(await session.next(), '42["emit-with-ack"]');
    session.send('42["emit-with-ack",1,"2"]');
    const [, id] = (await session.next()).match(/^42(\d+)\["emit-with-ack",1,"2"\]$/);
    session.send(`43${id}[3,"4"]`);
    assert.equal(await session.next(), '42["emit-with-ack",3,"4"]');
    // A second answer and one to nothing are nobody's.
    session.send(`43${id}[5]`);
    session.send('43999999[5]');
    session.send('421["echo",1]');
    assert.equal(await session.next(), '431[1]');
    session.close();
  });

  test('the server asks with bytes, the client acknowledges with bytes', async () => {
    const session = await joined(endpoint);
    session.send('451-["emit-with-ack",{"_placeholder":true,"num":0}]');
    session.send(Buffer.from([1, 2]));
    const [, id] = (await session.next()).match(/^451-(\d+)\["emit-with-ack",\{"_placeholder":true,"num":0\}\]$/);
    assert.deepEqual(await session.next(), Buffer.from([1, 2]));
    session.send(`461-${id}[{"_placeholder":true,"num":0}]`);
    session.send(Buffer.from([3]));
    assert.equal(await session.next(), '451-["emit-with-ack",{"_placeholder":true,"num":0}]');
    assert.deepEqual(await session.next(), Buffer.from([3]));
    session.close();
  });
});

describe('a violation closes the connection', () => {
  const bytes = Buffer.from([1]);
  const violations = [
    ['4'], ['4abc'], ['49'], ['42'], ['42{}'], ['42[]'], ['42"x"'], ['42null'], ['42[null]'], ['42[{"toString":"x"}]'], ['42[[]]'], ['42[true]'],
    ['42["connect"]'], ['42["connect_error"]'], ['42["disconnect"]'], ['42["disconnecting"]'], ['42["newListener"]'], ['42["removeListener"]'],
    ['40'], ['40[]'], ['40"x"'], ['44{}'], ['42/custom,["message"]'], ['42/random,["message"]'], ['41{}'], ['43'], ['431{}'],
    ['45["x"]'], ['45-["x"]'], ['451["x"]'], ['4511-["x"]'], ['4599999999-["x"]'], ['45-1-["x"]'], ['451.5-["x"]'], ['45٣-["x"]'],
    ['451-["x",{"_placeholder":true,"num":0}]', '42["x"]'], [bytes],
    ...['"splice"', '-1', '1e9', '0.5', '1', '"0"', 'null'].map((num) => [`451-["x",{"_placeholder":true,"num":${num}}]`, bytes]),
    [`42["x",${'['.repeat(100_000)}`], ['42["x"'], ['42["x"]]'], ['42["x",]'], [`42${'9'.repeat(400)}["x"]`],
  ];
  for (const packets of violations) {
    test(`${String(packets[0]).slice(0, 60)}${packets.length > 1 ? ' and more' : ''}`, async () => {
      const session = await joined(endpoint);
      for (const packet of packets) session.send(packet);
      await session.gone();
      const fresh = await joined(endpoint);
      fresh.close();
    });
  }

  test('a binary packet that stays without its attachments', async () => {
    for (const attachments of [[], [bytes]]) {
      const session = await joined(endpoint);
      const start = Date.now();
      session.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      for (const each of attachments) session.send(each);
      await session.gone();
      const took = Date.now() - start;
      assert.ok(took > kConnectTimeoutMs - 50 && took < kConnectTimeoutMs + kSlackMs, `${took} ms`);
    }
  });

  test('before CONNECT, too', async () => {
    for (const packet of ['42["x"]', '451-["x",{"_placeholder":true,"num":0}]', '431[]']) {
      const session = await endpoint.opened();
      session.send(packet);
      await session.gone();
    }
  });
});
