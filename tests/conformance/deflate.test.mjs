// RFC 7692 against the raw echo server, where it negotiates the extension.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { RawFrames, closeFrames, frame, op } from '../fixture/frames.mjs';
import { startPlayground } from '../fixture/playground.mjs';

const kDeflated = 4;  // RSV1
const kMaxPayload = 2_000_000;
const tail = Buffer.from([0, 0, 255, 255]);
const offers = ['permessage-deflate', 'permessage-deflate; client_no_context_takeover; server_no_context_takeover',
  'permessage-deflate; client_max_window_bits', 'permessage-deflate; server_max_window_bits=9',
  'permessage-deflate; server_max_window_bits=15, permessage-deflate'];

let server;
let negotiates = false;
before(async () => {
  server = await startPlayground('--raw-echo', '--max-payload', String(kMaxPayload));
  const frames = await client(offers[0]);
  negotiates = /^Sec-WebSocket-Extensions: permessage-deflate/im.test(frames.answer);
  frames.close();
});
after(async () => { closeFrames(); await server?.end(); });

const client = (offer) => new RawFrames(server, '/', `Sec-WebSocket-Extensions: ${offer}\r\n`).open();
const deflate = (data) => deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const negotiated = (name, run) => test(name, async (context) => {
  if (!negotiates) context.skip('the server negotiates no compression');
  else await run();
});

// With the server's context the whole stream must be inflated; so all of it is kept.
function reader(frames) {
  const history = [];
  const noContext = /server_no_context_takeover/i.test(frames.answer);
  let before = 0;
  return async () => {
    const { rsv, payload } = await frames.message();
    if (rsv !== kDeflated) return payload;
    if (noContext) history.length = before = 0;
    history.push(payload, tail);
    const all = inflateRawSync(Buffer.concat(history), { finishFlush: constants.Z_SYNC_FLUSH });
    const came = all.subarray(before);
    before = all.length;
    return came;
  };
}

for (const offer of offers) {
  negotiated(`${offer}: what is sent comes back`, async () => {
    const frames = await client(offer);
    const next = reader(frames);
    for (const size of [0, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072]) {
      const payload = Buffer.from('the quick brown fox '.repeat(Math.ceil(size / 20)).slice(0, size));
      frames.write(frame(op.text, deflate(payload), { rsv: kDeflated }));
      assert.ok((await next()).equals(payload), `${size} bytes`);
      frames.write(frame(op.text, payload));
      assert.ok((await next()).equals(payload), `${size} bytes, plain`);
    }
    frames.close();
  });
}

negotiated('the first fragment alone carries the bit', async () => {
  const frames = await client(offers[0]);
  const packed = deflate(Buffer.from('hello '.repeat(100)));
  frames.write(Buffer.concat([frame(op.text, packed.subarray(0, 5), { rsv: kDeflated, fin: false }), frame(op.ping, 'p'),
    frame(op.more, packed.subarray(5))]));
  assert.equal(String(await reader(frames)()), 'hello '.repeat(100));
  const bad = await client(offers[0]);
  bad.write(Buffer.concat([frame(op.text, packed.subarray(0, 5), { rsv: kDeflated, fin: false }),
    frame(op.more, packed.subarray(5), { rsv: kDeflated })]));
  assert.equal(await bad.end(), 1002);
  frames.close();
});

negotiated('garbage, a bomb and bad UTF-8 end the connection', async () => {
  const attacks = [[frame(op.text, 'zz\xff\xff\xff', { rsv: kDeflated }), [1002, 1003, 1007]],
    [frame(op.binary, deflate(Buffer.alloc(kMaxPayload + 1)), { rsv: kDeflated }), [1009]],
    [frame(op.text, deflate(Buffer.from([0xff, 0xfe])), { rsv: kDeflated }), [1007]]];
  for (const [bytes, codes] of attacks) {
    const frames = await client(offers[0]);
    frames.write(bytes);
    const code = await frames.end();
    assert.ok(codes.includes(code), `${code}`);
  }
});

test('an offer that is none is declined or refused', async () => {
  for (const offer of ['constructor', 'permessage-deflate; server_max_window_bits=7', 'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; client_max_window_bits=abc', 'permessage-deflate; unknown', ';;;', ',', '"', 'x'.repeat(2000),
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover']) {
    const frames = new RawFrames(server, '/', `Sec-WebSocket-Extensions: ${offer}\r\n`);
    await frames.open().catch((error) => assert.match(error.message, /HTTP\/1\.1 400 /, offer));
    assert.doesNotMatch(frames.answer, /^Sec-WebSocket-Extensions/im, offer);
    frames.close();
  }
  assert.ok(server.alive());
});
