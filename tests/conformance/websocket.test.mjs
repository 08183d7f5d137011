// RFC 6455 against the raw echo server, in the order of the well-known suite's chapters.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { RawFrames, closeFrame, closeFrames, frame, op } from '../fixture/frames.mjs';
import { startPlayground } from '../fixture/playground.mjs';

let server;
before(async () => { server = await startPlayground('--raw-echo', '--max-payload', '20000000'); });
after(async () => { closeFrames(); await server?.end(); });

const client = () => new RawFrames(server, '/any/path').open();
const lengths = [0, 1, 125, 126, 127, 128, 65535, 65536, 1_000_000];

async function echoes(frames, opcode, payload) {
  const { opcode: got, payload: came, rsv } = await frames.message();
  assert.equal(got, opcode);
  assert.equal(rsv, 0);
  assert.ok(came.equals(Buffer.from(payload)), `${came.length} bytes came`);
}

test('the accept key is the one of the RFC', async () => {
  const frames = await client();
  assert.match(frames.answer, /^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=$/im);
  assert.match(frames.answer, /^Upgrade: websocket$/im);
  assert.match(frames.answer, /^Connection: Upgrade$/im);
  frames.close();
});

describe('framing', () => {
  for (const length of lengths) {
    test(`${length} bytes`, async () => {
      const frames = await client();
      const payload = Buffer.alloc(length, '*');
      frames.write(frame(op.text, payload));
      await echoes(frames, op.text, payload);
      frames.write(frame(op.binary, payload.fill(0xfe)));
      await echoes(frames, op.binary, payload);
      frames.close();
    });
  }

  for (const size of [1, 2, 7, 997]) {
    test(`in pieces of ${size}`, async () => {
      const frames = await client();
      const payload = Buffer.alloc(size < 8 ? 600 : 65536, 'π');
      await frames.chop(frame(op.text, payload), size);
      await echoes(frames, op.text, payload);
      frames.close();
    });
  }

  test('many frames in one segment come back in order', async () => {
    const frames = await client();
    frames.write(Buffer.concat(Array.from({ length: 500 }, (_, index) => frame(op.text, `${index}`))));
    for (let index = 0; index < 500; ++index) await echoes(frames, op.text, `${index}`);
    frames.close();
  });

  test('frames behind the handshake in the same segment are served', async () => {
    const frames = await new RawFrames(server).open(Buffer.concat([frame(op.text, 'early'), frame(op.ping, 'p')]));
    const control = [];
    assert.equal(String((await frames.message(control)).payload), 'early');
    if (!control.length) control.push(await frames.next());
    assert.equal(String(control[0].payload), 'p');
    frames.close();
  });
});

describe('pings and pongs', () => {
  for (const payload of [Buffer.alloc(0), Buffer.from('hello'), Buffer.from([0, 255, 254, 3]), Buffer.alloc(125, 7)]) {
    test(`a ping of ${payload.length} bytes`, async () => {
      const frames = await client();
      await frames.chop(frame(op.ping, payload), 3);
      const pong = await frames.next();
      assert.equal(pong.opcode, op.pong);
      assert.ok(pong.payload.equals(payload));
      frames.close();
    });
  }

  test('a pong that nobody asked for is ignored', async () => {
    const frames = await client();
    frames.write(Buffer.concat([frame(op.pong, 'x'), frame(op.pong), frame(op.text, 'after')]));
    await echoes(frames, op.text, 'after');
    frames.close();
  });

  test('ten pings are answered in order', async () => {
    const frames = await client();
    frames.write(Buffer.concat(Array.from({ length: 10 }, (_, index) => frame(op.ping, `${index}`))));
    for (let index = 0; index < 10; ++index) assert.equal(String((await frames.next()).payload), `${index}`);
    frames.close();
  });
});

describe('what ends the connection with 1002', () => {
  const broken = {
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((rsv) => [`reserved bits ${rsv}`, frame(op.text, 'x', { rsv })])),
    'a reserved bit of a ping': frame(op.ping, 'x', { rsv: 4 }),
    ...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((code) => [`opcode ${code}`, frame(code, 'x')])),
    'no mask': frame(op.text, 'x', { masked: false }),
    'a ping of 126 bytes': frame(op.ping, Buffer.alloc(126)),
    'a close of 126 bytes': frame(op.close, Buffer.alloc(126, 3)),
    'a ping in fragments': frame(op.ping, 'x', { fin: false }),
    'a close in fragments': frame(op.close, '', { fin: false }),
    'a continuation of nothing': frame(op.more, 'x'),
    'a continuation of nothing, unfinished': frame(op.more, 'x', { fin: false }),
    'a message inside a message': Buffer.concat([frame(op.text, 'x', { fin: false }), frame(op.text, 'y')]),
    'a close of one byte': frame(op.close, 'x'),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    test(what, async () => {
      const frames = await client();
      frames.write(bytes);
      assert.equal(await frames.end(), 1002);
    });
  }

  for (const code of [0, 999, 1004, 1005, 1006, 1012 + 4, 1100, 2000, 2999, 5000, 65535]) {
    test(`close code ${code}`, async () => {
      const frames = await client();
      frames.write(closeFrame(code));
      assert.equal(await frames.end(), 1002);
    });
  }
});

describe('fragments', () => {
  test('with pings between them', async () => {
    const frames = await client();
    frames.write(Buffer.concat([frame(op.text, 'one ', { fin: false }), frame(op.ping, 'p'), frame(op.more, '', { fin: false }),
      frame(op.more, 'two'), frame(op.text, 'three')]));
    const control = [];
    assert.equal(String((await frames.message(control)).payload), 'one two');
    assert.deepEqual(control.map(({ opcode, payload }) => [opcode, String(payload)]), [[op.pong, 'p']]);
    await echoes(frames, op.text, 'three');
    frames.close();
  });

  test('all of them empty', async () => {
    const frames = await client();
    frames.write(Buffer.concat([frame(op.text, '', { fin: false }), frame(op.more, '', { fin: false }), frame(op.more)]));
    await echoes(frames, op.text, '');
    frames.close();
  });

  for (const size of [64, 256, 1024, 4096]) {
    test(`1 MB in fragments of ${size}`, async () => {
      const frames = await client();
      const payload = Buffer.alloc(1_000_000, 'abcdefg');
      const parts = [];
      for (let at = 0; at < payload.length; at += size) {
        parts.push(frame(at ? op.more : op.binary, payload.subarray(at, at + size), { fin: at + size >= payload.length }));
      }
      frames.write(Buffer.concat(parts));
      await echoes(frames, op.binary, payload);
      frames.close();
    });
  }
});

describe('UTF-8', () => {
  const valid = ['Hello-µ@ßöäüàá-UTF-8!!', 'κόσμε', '\u0000', '\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\ufffe', '\u{10000}', '\u{10ffff}', '\ud7ff', '\ue000'];
  test('valid text comes back, also byte by byte and in fragments', async () => {
    for (const text of valid) {
      const frames = await client();
      frames.write(frame(op.text, text));
      await echoes(frames, op.text, text);
      const bytes = [...Buffer.from(text)];
      frames.write(Buffer.concat(bytes.map((byte, index) =>
        frame(index ? op.more : op.text, Buffer.from([byte]), { fin: index + 1 === bytes.length }))));
      await echoes(frames, op.text, text);
      frames.close();
    }
  });

  const invalid = ['80', 'bf', 'c0af', 'c080', 'c1bf', 'e080af', 'e08080', 'f08080af', 'eda080', 'edbfbf', 'edad80edb080', 'f4908080', 'f5808080',
    'f888808080', 'fc8480808080', 'fe', 'ff', 'c3', 'e282', 'f09f98', 'cebae1bdb9cf83cebcceb5eda080656469746564'];
  for (const hex of invalid) {
    test(`${hex} is 1007`, async () => {
      const frames = await client();
      frames.write(frame(op.text, Buffer.from(hex, 'hex')));
      assert.equal(await frames.end(), 1007);
    });
  }

  // The RFC leaves it open whether the first fragment fails already.
  test('a fragment that can never be valid ends the message, at the latest with its last one', async () => {
    const frames = await client();
    frames.write(Buffer.concat([frame(op.text, Buffer.from('cebae1bdb9f4908080', 'hex'), { fin: false }), frame(op.more, 'x')]));
    assert.equal(await frames.end(), 1007);
  });

  test('the same bytes are fine as binary', async () => {
    const frames = await client();
    frames.write(frame(op.binary, Buffer.from('fffe80', 'hex')));
    await echoes(frames, op.binary, Buffer.from('fffe80', 'hex'));
    frames.close();
  });
});

describe('close', () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    test(`code ${code} is answered with itself`, async () => {
      const frames = await client();
      frames.write(closeFrame(code, 'why'));
      assert.equal(await frames.end(), code);
    });
  }

  test('without a code', async () => {
    const frames = await client();
    frames.write(frame(op.close));
    const code = await frames.end();
    assert.ok(code === 1005 || code === 1000, String(code));
  });

  test('the longest reason; a reason that is no UTF-8', async () => {
    const frames = await client();
    frames.write(closeFrame(1000, 'x'.repeat(123)));
    assert.equal(await frames.end(), 1000);
    const bad = await client();
    bad.write(closeFrame(1000, Buffer.from([0xff, 0xfe])));
    assert.ok([1002, 1007].includes(await bad.end()));
  });

  test('nothing behind it is answered', async () => {
    const frames = await client();
    frames.write(Buffer.concat([closeFrame(1000), frame(op.text, 'late'), frame(op.ping)]));
    assert.equal((await frames.next()).opcode, op.close);
    assert.equal(await frames.next(), null);
  });
});
