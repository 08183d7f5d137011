// Classes come and go for a while; memory and descriptors come back, however many classes that were.
// LECTERN_SOAK_SECONDS sets how long (default 30).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { classroom, closeClients, must, seen, ways } from '../fixture/clients.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const seconds = Number(process.env.LECTERN_SOAK_SECONDS ?? 30);
const kWarmUp = 6;            // classes before memory is looked at
const kGrowthMb = 2;          // the allocator's free lists
const kCacheMb = 9;           // SQLite's pages, which a class adds to until they are so many
const kCachePerClassKb = 20;
const kGrowthPerClassKb = 2;  // what the server remembers of a closed room
const kGrowthDescriptors = 5;
const kSettleMs = 10_000;

function residentMb(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(kilobytes) / 1024;
}

// Closed rooms that have left memory.
async function sleepingRooms(server) {
  const metrics = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  return Number(metrics.match(/^lectern_sleeping_rooms (\d+)$/m)?.[1]);
}

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

async function oneClass(server, number) {
  const { teacher, pupils, everybody, roomId } = await classroom(server, { students: 8, way: ways[number % ways.length] });
  await Promise.all(everybody.map((member) => must(member, 'chat:message', { roomId, content: 'x'.repeat(300) })));
  const { sessionId, questionIds: [questionId] } = await createQuiz(teacher, roomId);
  await must(teacher, 'quiz:start', { sessionId });
  await Promise.all(pupils.map((pupil) => must(pupil, 'quiz:answer', { sessionId, questionId, answer: 1 })));
  await must(teacher, 'quiz:end', { sessionId });
  await seen(teacher, 'quiz:finished');
  await must(teacher, 'room:close', { roomId });
  closeClients();
}

test(`${seconds} s of classes leave nothing behind`, async (t) => {
  const server = await startServer({ config: `${unlimited}[log]\nlevel = "error"\n[engine]\nrecovery_ms = 1000\n` });
  t.after(async () => { closeClients(); await server.end(); });
  const use = () => ({ memory: residentMb(server.pid), descriptors: descriptors(server.pid) });
  for (let number = 0; number < kWarmUp; ++number) await oneClass(server, number);
  const before = use();
  const end = Date.now() + seconds * 1000;
  let classes = 0;
  while (Date.now() < end) await oneClass(server, classes++);
  const after = use();
  const most = before.memory + kGrowthMb + Math.min(kCacheMb, classes * kCachePerClassKb / 1024) + classes * kGrowthPerClassKb / 1024;
  // Connections that the last class has closed take a moment to be gone.
  await until(async () => {
    Object.assign(after, use(), { asleep: await sleepingRooms(server) });
    return after.asleep === kWarmUp + classes && after.descriptors <= before.descriptors + kGrowthDescriptors && after.memory <= most;
  }, 'memory and descriptors as before, and every room asleep', kSettleMs).catch((error) => assert.fail(`${error.message}: ${JSON.stringify({ classes, before, after, most })}`));
  console.log(JSON.stringify({ classes, before, after, most }));
  assert.ok(classes > seconds / 10, `only ${classes} classes`);
});
