// Events that the operator describes with JSON Schema. Contract sections 2 and 8, "Own events".
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join as joined } from 'node:path';
import { afterEach, test } from 'node:test';

import { all, ask, classroom, closeClients, enter, fails, join, must, seen } from '../fixture/clients.mjs';
import { get } from '../fixture/http.mjs';
import { run } from '../fixture/program.mjs';
import { startServer, temporaryDirectory } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

let server;
afterEach(async () => {
  closeClients();
  await server?.end();
  server = undefined;
});

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    roomId: { type: 'string', format: 'uuid' },
    reason: { type: 'string', maxLength: 40 },
    at: { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] },
  },
  required: ['roomId', 'reason'],
  additionalProperties: false,
};

// A directory with `hand.raise.json`, and the configuration that names it.
function described(more = '') {
  const directory = temporaryDirectory();
  const write = (file, content) =>
    writeFileSync(joined(directory, file), typeof content === 'string' ? content : JSON.stringify(content));
  write('hand.raise.json', schema);
  write('README.txt', 'is no schema');
  const config = `[schemas]\ndirectory = ${JSON.stringify(directory)}
[roles.student]\npermissions = ["room:join", "room:leave", "chat:read", "chat:write", "hand:raise", "hand:wave"]
[roles.instructor]\npermissions = ["room:create", "room:join", "room:manage", "chat:*", "user:mute"]\n${more}`;
  return { directory, write, config };
}

async function reload() {
  const from = server.stderr.length;
  process.kill(server.pid, 'SIGHUP');
  const [line] = await until(() => server.stderr.slice(from).match(/^.*reload(ed| refused).*$/m), 'what became of it');
  return line;
}

const logged = async (roomId) => {
  const { json } = await get(server, `/api/events/${roomId}`, { token: token('admin') });
  return json.events.filter(({ type }) => type === 'hand:raise');
};

test('an own event reaches every member, is acknowledged and logged, and lives through a restart', async () => {
  const { config } = described();
  server = await startServer({ config });
  const { everybody, pupils: [pupil], roomId } = await classroom(server);
  const outside = await join(server, 'student');
  assert.deepEqual(await must(pupil, 'hand:raise', { roomId, reason: '<script>x</script><b>why', at: { x: 1 }}), { ok: true });
  let told;
  for (const member of everybody) {
    told = await seen(member, 'hand:raise');
    const { timestamp, ...rest } = told;
    assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
    assert.deepEqual(rest, { roomId, reason: '<b>why</b>', at: { x: 1 }, userId: pupil.who.userId, username: pupil.who.username });
  }
  assert.deepEqual(all(outside, 'hand:raise'), []);
  const [event, ...others] = await logged(roomId);
  assert.deepEqual(others, []);
  assert.deepEqual(event.payload, told);

  await server.stop();
  await server.restart();
  assert.deepEqual(await logged(roomId), [event]);
  const again = await join(server, 'student');
  await enter(again, roomId);
  await must(again, 'hand:raise', { roomId, reason: 'still' });
  assert.equal((await logged(roomId)).length, 2);
});

test('what does not fit is refused in the order of checks', async () => {
  const { config } = described('[limits.hands]\nscope = "user"\nwindow_ms = 60000\nmax = 12\nevents = ["hand:raise"]\n');
  server = await startServer({ config });
  const { teacher, pupils: [pupil, other], roomId } = await classroom(server);
  const refused = async (socket, payload, event = 'hand:raise') => {
    const { type, field } = await fails(socket, event, payload);
    return field === undefined ? type : `${type} ${field}`;
  };
  assert.equal(await refused(pupil, { roomId }, 'hand:lower'), 'UNKNOWN_MESSAGE_TYPE');
  assert.equal(await refused(pupil, { roomId }, 'hand.raise'), 'UNKNOWN_MESSAGE_TYPE');
  assert.equal(await refused(teacher, {}), 'FORBIDDEN');
  assert.equal(await refused(pupil, { roomId }), 'VALIDATION_ERROR reason');
  assert.equal(await refused(pupil, { roomId, reason: 1 }), 'VALIDATION_ERROR reason');
  assert.equal(await refused(pupil, { roomId, reason: 'x'.repeat(41) }), 'VALIDATION_ERROR reason');
  assert.equal(await refused(pupil, { roomId, reason: 'x', more: 1 }), 'VALIDATION_ERROR more');
  assert.equal(await refused(pupil, { roomId, reason: 'x', userId: 'somebody' }), 'VALIDATION_ERROR userId');
  assert.equal(await refused(pupil, { roomId, reason: 'x', at: {} }), 'VALIDATION_ERROR at.x');
  assert.equal(await refused(pupil, { roomId: 'here', reason: 'x' }), 'VALIDATION_ERROR roomId');
  const nowhere = '3b241101-e2bb-4255-8caf-4136c566a962';
  assert.equal(await refused(pupil, { roomId: nowhere, reason: 'x' }), 'NOT_FOUND');
  await must(teacher, 'chat:moderate', { roomId, action: 'mute', targetUserId: other.who.userId });
  assert.equal(await refused(other, { roomId, reason: 'x' }), 'MUTED');
  assert.equal(await refused(await join(server, 'student'), { roomId, reason: 'x' }), 'NOT_A_MEMBER');
  for (let i = 0; i < 4; ++i) await must(pupil, 'hand:raise', { roomId, reason: 'x' });
  const error = await fails(pupil, 'hand:raise', { roomId, reason: 'x' });
  assert.equal(error.type, 'RATE_LIMIT_EXCEEDED');
  assert.ok(error.retryAfterMs > 0);
  assert.equal((await logged(roomId)).length, 4);
});

test('limits of a room count own events', async () => {
  const { config } = described('[limits.hands]\nscope = "room"\nwindow_ms = 60000\nmax = 2\nevents = ["hand:raise"]\n');
  server = await startServer({ config });
  const { pupils, roomId } = await classroom(server, { students: 3 });
  const answers = [];
  for (const pupil of pupils) answers.push((await ask(pupil, 'hand:raise', { roomId, reason: 'x' })).error?.type ?? 'ok');
  assert.deepEqual(answers, ['ok', 'ok', 'ROOM_RATE_LIMIT_EXCEEDED']);
});

test('SIGHUP reads the directory again, and a broken file changes nothing', async () => {
  const { config, directory, write } = described();
  server = await startServer({ config });
  const { pupils: [pupil], roomId } = await classroom(server);
  assert.equal((await fails(pupil, 'hand:wave', { roomId })).type, 'UNKNOWN_MESSAGE_TYPE');
  write('hand.wave.json', {});
  assert.match(await reload(), /info +reloaded own_events=2 changed=schemas$/);
  await must(pupil, 'hand:wave', { roomId });
  await seen(pupil, 'hand:wave');

  write('hand.wave.json', '{');
  assert.match(await reload(), /error +reload refused, nothing has changed: .*hand\.wave\.json: is no JSON/);
  await must(pupil, 'hand:wave', { roomId });
  rmSync(joined(directory, 'hand.wave.json'));
  assert.match(await reload(), /info +reloaded own_events=1 changed=schemas$/);
  assert.equal((await fails(pupil, 'hand:wave', { roomId })).type, 'UNKNOWN_MESSAGE_TYPE');
});

test('a broken file is named by check-config, and the server does not start', async () => {
  const { config, write } = described();
  const file = joined(temporaryDirectory(), 'lectern.toml');
  writeFileSync(file, config);
  assert.equal((await run(['check-config', '--config', file])).code, 0);
  write('hand.wave.json', { type: 'objekt' });
  write('quiz.wave.json', {});
  const checked = await run(['check-config', '--config', file]);
  assert.equal(checked.code, 2);
  assert.match(checked.err, /lectern\.toml:2: schemas\.directory: .*hand\.wave\.json: is no JSON Schema: .*objekt/);
  assert.match(checked.err, /quiz\.wave\.json: names "quiz:wave", an event of the server's own/);
  const refused = await run(['serve', '--config', file, '--data', temporaryDirectory(), '--listen', '127.0.0.1:0']);
  assert.equal(refused.code, 2);
  assert.equal(refused.err.trim().split('\n').length, 1);
  assert.match(refused.err, /hand\.wave\.json: is no JSON Schema/);
});
