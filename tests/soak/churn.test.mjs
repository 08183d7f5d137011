// Workers connect, join, post, leave and vanish for LECTERN_CHURN_SECONDS (default 10), in rounds: when
// they are gone every gauge is 0 and memory is what it was. C4, C5, C9, D3, D17, M1–M3, M5.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ask, closeClients, enter, join, must, seen, ways } from '../fixture/clients.mjs';
import { createQuiz, questions } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const seconds = Number(process.env.LECTERN_CHURN_SECONDS ?? 10);
const kWorkers = 64;
const kRooms = 8;
const kRounds = 3;      // after one that fills the caches
const kGrowth = 1.05;
const kSettleMs = 30_000;
const kFill = 12_000;   // messages of a kilobyte, beforehand
const kBatch = 100;
const kQuestionMs = 1500; // its deadline is all that keeps a closed room awake
// The question for the metrics comes over a connection itself.
const own = { lectern_connections: 1 };
// These tell of what is there when nobody is: the program, its store, and rooms in it.
const lasting = new Set(['lectern_resident_bytes', 'lectern_sleeping_rooms', 'lectern_store_writable']);

const residentKb = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m)[1]);

async function gauges(server) {
  const answer = await fetch(`${await server.internalUrl()}/metrics`, { headers: { connection: 'close' } });
  const text = await answer.text();
  const named = new Set([...text.matchAll(/^# TYPE (\w+) gauge$/gm)].map(([, name]) => name));
  assert.ok(named.size > 10);
  return [...text.matchAll(/^(\w+)(\{[^}]*\})? (\S+)$/gm)].filter(([, name]) => named.has(name) && !lasting.has(name))
    .map(([, name, labels = '', value]) => [name + labels, Number(value) - (own[name] ?? 0)]);
}

// How a worker's connection ends. A silent one keeps its socket and answers no ping any more.
const ends = {
  leaves: async (socket, roomId) => { await must(socket, 'user:action', { action: 'leave', target: roomId }); socket.disconnect(); },
  disconnects: async (socket) => socket.disconnect(),
  vanishes: async (socket) => { socket.io.reconnection(false); socket.io.engine.transport.ws?.terminate(); socket.disconnect(); },
  falls_silent: async (socket, roomId, silent) => {
    socket.io.reconnection(false);
    const wire = socket.io.engine.transport.ws?._socket;
    if (!wire) return socket.disconnect();
    wire.pause();
    wire.write = () => true; // not even its pongs leave
    silent.push(wire);
  },
};
const kinds = Object.keys(ends);

async function work(server, worker, rooms, end, counts, silent) {
  for (let number = worker; Date.now() < end; ++number) {
    const socket = await join(server, 'student', { way: ways[number % ways.length], userId: `worker ${worker}` });
    const roomId = rooms[number % rooms.length];
    await enter(socket, roomId);
    for (let count = 0; count < 3; ++count) await must(socket, 'chat:message', { roomId, content: 'x'.repeat(200) });
    await ask(socket, 'chat:history', { roomId });
    await ends[kinds[number % kinds.length]](socket, roomId, silent);
    ++counts.lives;
  }
}

// SQLite keeps pages in memory up to a bound, which is reached before memory is looked at.
async function fillCaches(server) {
  const teachers = await Promise.all(Array.from({ length: kRooms }, () => join(server, 'instructor')));
  await Promise.all(teachers.map(async (teacher) => {
    const { roomId } = await must(teacher, 'room:create', { name: 'Full' });
    await enter(teacher, roomId);
    for (let sent = 0; sent < kFill / kRooms; sent += kBatch) {
      await Promise.all(Array.from({ length: kBatch }, () => must(teacher, 'chat:message', { roomId, content: 'x'.repeat(1000) })));
    }
    await must(teacher, 'room:close', { roomId });
  }));
  closeClients();
}

async function round(server, counts) {
  const teachers = await Promise.all(Array.from({ length: kRooms }, () => join(server, 'instructor')));
  const rooms = await Promise.all(teachers.map(async (teacher) => {
    const { roomId } = await must(teacher, 'room:create', { name: 'Churn' });
    await enter(teacher, roomId);
    const { sessionId } = await createQuiz(teacher, roomId, { questions: [{ ...questions[0], timeLimitMs: kQuestionMs }] });
    await must(teacher, 'quiz:start', { sessionId });
    return roomId;
  }));
  const silent = [];
  const end = Date.now() + seconds * 1000 / (1 + kRounds);
  await Promise.all(Array.from({ length: kWorkers }, (_, worker) => work(server, worker, rooms, end, counts, silent)));
  await Promise.all(teachers.map(async (teacher, index) => {
    await must(teacher, 'room:close', { roomId: rooms[index] });
    await seen(teacher, 'room:closed');
  }));
  closeClients();
  let now;
  await until(async () => {
    now = await gauges(server);
    return now.every(([, value]) => value === 0);
  }, 'every gauge at 0', kSettleMs).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(now.filter(([, value]) => value !== 0))}`));
  for (const wire of silent) wire.destroy();
}

test(`${kWorkers} workers churn for ${seconds} s and leave nothing behind`, async (t) => {
  const server = await startServer({
    config: `${unlimited}[log]\nlevel = "error"\n[engine]\nrecovery_ms = 500\nping_interval_ms = 500\nping_timeout_ms = 1500\n`,
  });
  t.after(async () => { closeClients(); await server.end(); });
  const counts = { lives: 0 };
  await fillCaches(server);
  await round(server, counts);
  const before = residentKb(server.pid);
  for (let number = 0; number < kRounds; ++number) await round(server, counts);
  await until(() => residentKb(server.pid) <= before * kGrowth, `${before} kB of memory`, kSettleMs)
    .catch((error) => assert.fail(`${error.message}: ${residentKb(server.pid)} kB after ${counts.lives} lives`));
  await until(async () => (await server.metrics()).lectern_sleeping_rooms === kRooms * (2 + kRounds), 'all rooms asleep', kSettleMs);
  assert.ok(counts.lives > kWorkers * (1 + kRounds));
  console.log(JSON.stringify({ ...counts, before, after: residentKb(server.pid) }));
});
