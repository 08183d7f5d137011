// What hostile peers make a server hold is given back when they are gone. Each attack runs twice: the
// first time fills the allocator's own stores, the second one must not grow what the first one took.
// A server that kept what an attack sent would grow by `kept` megabytes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { closeFrames, frame, op, upgradeRequest } from '../fixture/frames.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { until } from '../fixture/until.mjs';

const kConnections = 200;
const kAtATime = 20;
const kSize = 900_000;    // of what each of them sends
const kEndMs = 60_000;     // all sessions have ended by then, also on a busy machine
const kGrowthKb = 40_000; // what an allocator may keep; all that was sent is 180,000

const target = '/socket.io/?EIO=4&transport=polling';
const webSocket = target.replace('polling', 'websocket');
const letters = 'x'.repeat(kSize);

let server;
before(async () => {
  server = await startPlayground('--connect-timeout', '6000', '--ping-interval', '3000', '--ping-timeout', '3000', '--recovery', '--recovery-ms', '1000');
});
after(async () => { closeFrames(); closeWires(); await server?.end(); });

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part))).toString('latin1');
const text = (packet) => bytes(frame(op.text, packet));
const post = (sid, body, length = body.length) => `POST ${target}&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;
const message = `42["message","${letters}"]`;

async function polling(wire) {
  await wire.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return (await wire.until(/"sid":"([\w-]+)"/)).match(/"sid":"([\w-]+)"/)[1];
}
// Sends `packets` behind CONNECT, on a WebSocket.
async function joined(wire, packets) {
  await wire.send(upgradeRequest(webSocket) + text('40'));
  await wire.until(/40\{"sid"/);
  await wire.send(packets);
}
// On a busy machine the session may have ended for a missed pong when the second request is read.
async function posted(wire, sid) {
  await wire.send(post(sid, '40') + post(sid, message));
  await wire.until(/HTTP.*HTTP.*HTTP.*\r\n\r\n/s);
}

const half = bytes(frame(op.text, letters, { claimed: 999_999, form: 64 }));
const unfinished = bytes(frame(op.text, `42["${letters}`, { fin: false }));
const announcing = text(`451-["x","${letters}"]`);
const almost = text('452-["x"]') + bytes(frame(op.binary, letters));
const asking = text(message);
const rooms = Array.from({ length: 9 }, (_, room) => text(`42["join","${room}${letters.slice(0, 100_000)}"]`)).join('');

// The connection is dropped when these are done, in the middle of what they began.
const attacks = {
  'half a body': async (wire) => wire.send(post(await polling(wire), letters, 1_000_000)),
  'half a body in chunks': async (wire) => wire.send(
    `${post(await polling(wire), '').replace('Content-Length: 0', 'Transfer-Encoding: chunked')}f0000\r\n${letters}`),
  'half a frame': (wire) => joined(wire, half),
  'half a message': (wire) => joined(wire, unfinished),
  'a binary packet without its attachments': (wire) => joined(wire, announcing),
  'a binary packet without its last attachment': (wire) => joined(wire, almost),
  'answers that nobody reads': (wire) => { wire.socket.once('data', () => wire.socket.pause()); return wire.send(upgradeRequest(webSocket) + text('40') + asking); },
  'answers that nobody polls': async (wire) => posted(wire, await polling(wire)),
  'an upgrade that is never finished, with what waits for it': async (wire) => {
    const sid = await polling(wire);
    const candidate = new Wire(server);
    await candidate.send(upgradeRequest(`${webSocket}&sid=${sid}`) + text('2probe'));
    await candidate.until(/3probe/);
    await posted(wire, sid);
    candidate.close();
  },
  'rooms with long names, kept for a recovery': async (wire) => {
    await joined(wire, rooms + text('421["echo","in"]'));
    await wire.until(/431\["in"/);
  },
  'requests that are sent ahead of a parked poll': async (wire) => {
    const poll = `GET ${target}&sid=${await polling(wire)} HTTP/1.1\r\nHost: x\r\n\r\n`;
    await wire.send(poll + `GET /${'x'.repeat(4000)} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(200));
  },
};

async function run(attack) {
  for (let done = 0; done < kConnections; done += kAtATime) {
    await Promise.all(Array.from({ length: kAtATime }, async () => {
      const wire = new Wire(server);
      await attack(wire);
      wire.close();
    }));
  }
}

describe('what is given back', () => {
  for (const [what, attack] of Object.entries(attacks)) {
    test(what, async () => {
      await run(attack);
      const first = server.memory();
      await run(attack);
      await until(() => server.memory() < first + kGrowthKb, 'memory near the baseline', kEndMs).catch((error) => {
        throw new Error(`${error.message}: ${first} KB became ${server.memory()} KB`);
      });
      assert.ok(server.alive(), server.stderr);
    });
  }
});
