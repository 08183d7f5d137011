// backup, verify, restore and export. Contract section 2.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { classroom, closeClients, enter, must } from '../fixture/clients.mjs';
import { assertRefused, run } from '../fixture/program.mjs';
import { createQuiz, questions } from '../fixture/quiz.mjs';
import { startServer, temporaryDirectory } from '../fixture/server.mjs';
import { clockPasses } from '../fixture/until.mjs';

const folder = temporaryDirectory();
const copy = join(folder, 'copy.db');
let server;
let room;
let quiz;

const say = (content) => must(room.teacher, 'chat:message', { roomId: room.roomId, content });
const contents = ({ history }) => history.map(({ content }) => content);
const lectern = (...words) => run([...words, '--data', server.data]);

before(async () => {
  server = await startServer();
  room = await classroom(server, { students: 1 });
  quiz = await createQuiz(room.teacher, room.roomId, { questions: [questions[0]] });
  await say('before =1+1, "quoted"');
});
after(async () => {
  closeClients();
  await server?.end();
});

test('export writes what happened, one object a line', async () => {
  const { code, out } = await lectern('export', '--aggregate', room.roomId);
  assert.equal(code, 0);
  const events = out.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(events.map(({ version }) => version), events.map((_, index) => index + 1));
  assert.ok(events.every(({ aggregateId }) => aggregateId === room.roomId));
  assert.ok(events.some(({ type, payload }) => type === 'chat:message_posted' && payload.content === 'before =1+1, "quoted"'));
  const all = (await lectern('export', '--all')).out.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.ok(all.length > events.length);
  assert.ok(all.some(({ aggregateId }) => aggregateId === quiz.sessionId));
});

test('export writes CSV, and of a quiz its results', async () => {
  const events = (await lectern('export', '--aggregate', room.roomId, '--format', 'csv')).out.split('\r\n');
  assert.equal(events[0], 'position,aggregateId,version,id,type,timestamp,payload');
  assert.ok(events.some((line) => line.includes('\\""quoted\\""')), 'quotes are doubled');
  const { sessionId, questionIds: [questionId] } = quiz;
  const pupil = room.pupils[0];
  await must(room.teacher, 'quiz:start', { sessionId });
  await must(pupil, 'quiz:answer', { sessionId, questionId, answer: 1 });
  await must(room.teacher, 'quiz:close_question', { sessionId });
  const results = (await lectern('export', '--aggregate', sessionId, '--format', 'csv')).out.split('\r\n');
  assert.equal(results[0], 'userId,username,question,answer,correct,timeMs,points,total');
  assert.match(results[1], /,1,true,\d+,\d+,\d+$/);
});

test('what cannot be exported is refused in one line', async () => {
  assertRefused(await lectern('export'), /--aggregate ID or --all/, 'neither');
  assertRefused(await lectern('export', '--all', '--aggregate', room.roomId), /exclu/, 'both');
  assertRefused(await lectern('export', '--aggregate', 'nonsense'), /nonsense/, 'no id');
  assertRefused(await lectern('export', '--aggregate', '00000000-0000-4000-8000-000000000000'), /no events/, 'unknown');
  assertRefused(await lectern('export', '--all', '--format', 'xml'), /xml/, 'format');
  assertRefused(await run(['export', '--all', '--data', folder]), /no store/, 'no store');
});

test('a copy of a running server is whole, private and of one moment', async () => {
  const writing = Promise.all(Array.from({ length: 40 }, (_, index) => say(`during ${index}`)));
  const { code, err } = await lectern('backup', copy);
  assert.equal(code, 0, err);
  await writing;
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.match((await run(['verify', copy])).out, /is whole: \d+ events of 2 aggregates/);
  assert.match((await lectern('verify')).out, /is whole: \d+ events of 2 aggregates/);
  assertRefused(await lectern('backup', copy), /exists/, 'an existing file is kept');
  assertRefused(await lectern('backup', join(folder, 'none', 'copy.db')), /none/, 'no directory');
  assertRefused(await run(['backup', join(folder, 'x.db'), '--data', folder]), /no store/, 'no store');
});

test('a changed byte of an event is found, and such a copy is not restored', async () => {
  const bytes = readFileSync(copy);
  const at = bytes.indexOf('before =1+1');
  assert.ok(at > 0);
  bytes[at] ^= 1;
  const damaged = join(folder, 'damaged.db');
  writeFileSync(damaged, bytes);
  const { code, out } = await run(['verify', damaged]);
  assert.equal(code, 1);
  assert.match(out, /the event at position \d+ is not what was written/);
  await server.kill();
  assertRefused(await lectern('restore', damaged), /not what was written/, 'restore');
  writeFileSync(damaged, 'nothing like a database');
  assert.equal((await run(['verify', damaged])).code, 1);
  await server.restart();
});

test('restore puts the copy in place, and only while no server runs', async () => {
  assertRefused(await lectern('restore', copy), /in use/, 'a running server');
  await clockPasses(Date.now() + 1);
  await server.kill();
  const { code, out, err } = await lectern('restore', copy);
  assert.equal(code, 0, err);
  assert.match(out, /what was there is \S+lectern\.db\.replaced\n/);
  await server.restart();
  const teacher = room.teacher;
  await new Promise((resolve) => (teacher.connected ? resolve() : teacher.once('connect', resolve)));
  const history = contents(await enter(teacher, room.roomId));
  assert.equal(history[0], 'before =1+1, "quoted"');
  await server.kill();
  const kept = await run(['verify', join(server.data, 'lectern.db.replaced')]);
  assert.match(kept.out, /is whole/, 'with its write-ahead log');
  await server.restart();
});
