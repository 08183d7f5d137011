// A thousand clients come, talk and go for LECTERN_CHURN_SECONDS; each of their requests is answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { startPlayground } from '../fixture/playground.mjs';
import { until, within } from '../fixture/until.mjs';

const kClients = 1000;
const kRoom = 10;        // members of a room
const kPollingEach = 20; // one of so many polls
const kWaitMs = 60_000;
const churnMs = 1000 * Number(process.env.LECTERN_CHURN_SECONDS ?? 10);

let server;
before(async () => { server = await startPlayground('--threads', '2'); });
after(() => server?.end());

const transportsOf = (index) => {
  if (index % kPollingEach === 0) return ['polling'];
  return index % 2 ? ['websocket'] : undefined;
};
const ask = (socket, ...what) => within(new Promise((resolve) => { socket.emit(...what, resolve); }), what[0], kWaitMs);

async function come(index) {
  const transports = transportsOf(index);
  const socket = io(server.url, { forceNew: true, reconnection: false, timeout: kWaitMs, ...(transports ? { transports } : {}) });
  await within(new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  }), 'connect', kWaitMs);
  socket.heard = [];
  socket.on('published', (payload) => socket.heard.push(payload));
  return socket;
}

// A room's life: all join, each publishes, all hear everything in one order, all leave. Adds up what
// was answered.
async function round(group, number, counts) {
  const room = `room ${group} ${number}`;
  const sockets = await Promise.all(Array.from({ length: kRoom }, (_, index) => come(group * kRoom + index)));
  const ids = sockets.map(({ id }) => id).sort();
  await Promise.all(sockets.map((socket) => ask(socket, 'join', room)));
  assert.deepEqual((await ask(sockets[0], 'fetch-sockets', room)).map(({ id }) => id).sort(), ids);
  sockets.forEach((socket, index) => socket.emit('publish', room, index));
  const answers = await Promise.all(sockets.map((socket, index) => ask(socket, 'echo', { index, number })));
  assert.deepEqual(answers, sockets.map((_, index) => ({ index, number })));
  await until(() => sockets.every(({ heard }) => heard.length >= kRoom), `all of ${room}`, kWaitMs);
  for (const { heard } of sockets) {
    assert.deepEqual([...heard].sort((a, b) => a - b), sockets.map((_, index) => index));
  }
  for (const socket of sockets) socket.disconnect();
  counts.clients += kRoom;
  counts.heard += kRoom * kRoom;
  return room;
}

test('every join, publish and echo is answered, nobody stays behind', async () => {
  const end = Date.now() + churnMs;
  const counts = { clients: 0, heard: 0 };
  const rooms = [];
  await Promise.all(Array.from({ length: kClients / kRoom }, async (_, group) => {
    let number = 0;
    do rooms.push(await round(group, number++, counts)); while (Date.now() < end);
  }));
  assert.ok(counts.clients >= kClients);
  assert.equal(counts.heard, counts.clients * kRoom);
  const watcher = await come(1);
  for (const room of rooms) {
    await until(async () => (await ask(watcher, 'fetch-sockets', room)).length === 0, `${room} is empty`);
  }
  watcher.disconnect();
  assert.ok(server.alive());
});
