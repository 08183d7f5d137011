// Connection state recovery. Source: socketio.md section 2.7; contract section 8 "Protocol".
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connectReply, joined } from '../fixture/packets.mjs';
import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';
import { clockPasses } from '../fixture/until.mjs';

const kRecoveryMs = 1500;

let server;
let endpoint;
before(async () => {
  server = await startPlayground('--recovery', '--recovery-ms', String(kRecoveryMs));
  endpoint = new Endpoint(server);
});
after(async () => { closeSessions(); await server?.end(); });

const eventOf = (packet) => JSON.parse(packet.replace(/^42\d*/, ''));
const ask = async (session, id, ...event) => {
  session.send(`42${id}${JSON.stringify(event)}`);
  for (;;) {
    const packet = await session.next();
    if (packet.startsWith(`43${id}[`)) return JSON.parse(packet.slice(`43${id}`.length));
  }
};

// A member of a room with the offset of its first event; `drop` breaks its connection.
async function member(room) {
  const session = await joined(endpoint);
  session.offset = session.auth.at(-1);
  await ask(session, 1, 'join', room);
  session.drop = async () => {
    session.close();
    await session.closed;
  };
  return session;
}

// CONNECT with what a client kept; resolves with the reply and the events around it.
async function comeBack(kept) {
  const session = await endpoint.opened();
  session.send(`40${JSON.stringify(kept)}`);
  const missed = [];
  for (;;) {
    const packet = await session.next();
    const [, json] = packet.match(connectReply) ?? [];
    if (json) return { session, missed, reply: JSON.parse(json) };
    missed.push(eventOf(packet));
  }
}

// Publishes from a connection of its own when the server has noticed that `sid` is gone.
async function publish(room, payloads, { goneSid } = {}) {
  const session = await joined(endpoint);
  if (goneSid) while ((await ask(session, 1, 'last-disconnect', goneSid))[0] == null);
  for (const payload of payloads) session.send(`42${JSON.stringify(['publish', room, payload])}`);
  await ask(session, 2, 'echo', 1);
  session.close();
}

test('CONNECT tells a private id', async () => {
  const { reply } = await joined(endpoint);
  assert.deepEqual(Object.keys(reply).sort(), ['pid', 'sid']);
  assert.match(reply.pid, /^[\w-]{20}$/);
  assert.notEqual(reply.pid, reply.sid);
});

test('events end with an offset, acknowledged ones and acknowledgements do not', async () => {
  const session = await member('a');
  assert.equal(session.auth.length, 3);
  assert.equal(typeof session.offset, 'string');
  session.send('42["message","x"]');
  const back = eventOf(await session.next());
  assert.deepEqual(back.slice(0, 2), ['message-back', 'x']);
  assert.equal(typeof back[2], 'string');
  assert.notEqual(back[2], session.offset);
  session.send('42["emit-with-ack",1]');
  assert.deepEqual(eventOf(await session.next()), ['emit-with-ack', 1]);
  session.send('425["message-with-ack","x"]');
  assert.equal(await session.next(), '435["x"]');
  session.close();
});

test('what was missed comes before the reply, with the same ids and rooms', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('b');
  await drop();
  await publish('b', [1, 2, 3], { goneSid: sid });
  await publish('elsewhere', ['not for them']);
  const { session, missed, reply } = await comeBack({ pid, offset });
  assert.deepEqual(reply, { sid, pid });
  assert.deepEqual(missed.map((event) => event.slice(0, 2)), [['published', 1], ['published', 2], ['published', 3]]);
  for (const event of missed) assert.equal(typeof event[2], 'string');
  assert.equal(eventOf(await session.next())[0], 'auth');
  await publish('b', [4]);
  assert.deepEqual(eventOf(await session.next()).slice(0, 2), ['published', 4]);
  session.close();
});

test('nothing comes twice', async () => {
  const session = await member('c');
  const { sid, pid } = session.reply;
  await publish('c', [1]);
  const [, , offset] = eventOf(await session.next());
  await session.drop();
  await publish('c', [2], { goneSid: sid });
  const { missed } = await comeBack({ pid, offset });
  assert.deepEqual(missed.map(([, payload]) => payload), [2]);
});

test('a private id works once', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('d');
  await drop();
  await publish('d', [1], { goneSid: sid });
  assert.equal((await comeBack({ pid, offset })).reply.sid, sid);
  const second = await comeBack({ pid, offset });
  assert.notEqual(second.reply.sid, sid);
  assert.deepEqual(second.missed, []);
});

test('a private id works once also for ten at a time', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('e');
  await drop();
  await publish('e', [1], { goneSid: sid });
  const all = await Promise.all(Array.from({ length: 10 }, () => comeBack({ pid, offset })));
  assert.equal(all.filter(({ reply }) => reply.sid === sid).length, 1);
  assert.equal(all.filter(({ missed }) => missed.length).length, 1);
});

test('without an offset recovery starts at CONNECT', async () => {
  const { reply: { sid, pid }, drop } = await member('f');
  await drop();
  await publish('f', [1], { goneSid: sid });
  const { reply, missed } = await comeBack({ pid });
  assert.equal(reply.sid, sid);
  assert.deepEqual(missed.filter(([event]) => event === 'published').map(([, payload]) => payload), [1]);
});

test('what was never told is not recovered', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('g');
  await drop();
  await publish('g', [1], { goneSid: sid });
  const forged = [{ pid: 'a'.repeat(20), offset }, { pid: sid, offset }, { pid: 7, offset }, { pid: `${pid}x`, offset },
    { pid: { toString: pid }, offset }, { pid: '', offset }, { pid: '__proto__', offset }];
  for (const kept of forged) {
    const { reply, missed, session } = await comeBack(kept);
    assert.notEqual(reply.sid, sid);
    assert.deepEqual(missed, []);
    session.close();
  }
  assert.ok(server.alive());
});

test('a client that left is not recovered', async () => {
  const session = await member('h');
  const { sid, pid } = session.reply;
  session.send('41');
  await publish('h', [1], { goneSid: sid });
  assert.notEqual((await comeBack({ pid, offset: session.offset })).reply.sid, sid);
});

test('another namespace has other ids', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('i');
  await drop();
  await publish('i', [1], { goneSid: sid });
  const session = await endpoint.opened();
  session.send(`40/custom,${JSON.stringify({ pid, offset })}`);
  const [, json] = (await session.next()).match(connectReply);
  assert.notEqual(JSON.parse(json).sid, sid);
  session.close();
});

test('after its time it is gone', async () => {
  const { reply: { sid, pid }, offset, drop } = await member('j');
  await drop();
  await publish('j', [1], { goneSid: sid });
  await clockPasses(Date.now() + kRecoveryMs);
  const { reply, missed } = await comeBack({ pid, offset });
  assert.notEqual(reply.sid, sid);
  assert.deepEqual(missed, []);
});
