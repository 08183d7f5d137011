// Classes come and go for a while; memory and descriptors come back. LECTERN_SOAK_SECONDS sets how
// long (default 30).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { classroom, closeClients, must, seen, ways } from '../fixture/clients.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const seconds = Number(process.env.LECTERN_SOAK_SECONDS ?? 30);
const kGrowthMb = 25;
const kGrowthDescriptors = 5;
const kSettleMs = 10_000;

function residentMb(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(kilobytes) / 1024;
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
  const server = await startServer({ config: `${unlimited}[log]\nlevel = "error"\n` });
  t.after(async () => { closeClients(); await server.end(); });
  const use = () => ({ memory: residentMb(server.pid), descriptors: descriptors(server.pid) });
  for (let number = 0; number < 6; ++number) await oneClass(server, number);
  const before = use();
  const end = Date.now() + seconds * 1000;
  let classes = 0;
  while (Date.now() < end) await oneClass(server, classes++);
  const after = use();
  // Connections that the last class has closed take a moment to be gone.
  await until(() => {
    Object.assign(after, use());
    return after.descriptors <= before.descriptors + kGrowthDescriptors && after.memory <= before.memory + kGrowthMb;
  }, 'memory and descriptors as before', kSettleMs).catch((error) => assert.fail(`${error.message}: ${JSON.stringify({ before, after })}`));
  console.log(JSON.stringify({ classes, before, after }));
  assert.ok(classes > seconds / 10, `only ${classes} classes`);
});
