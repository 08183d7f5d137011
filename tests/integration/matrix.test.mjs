// Who may do what: every row of the table of permissions, asked for by everybody there is. The rows come
// from the table itself, so a row that this test knows nothing about fails it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ask, closeClients, connected, enter, makeClient, must, refused } from '../fixture/clients.mjs';
import { get, post, request } from '../fixture/http.mjs';
import { createQuiz } from '../fixture/quiz.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { claimsOf, sign, token } from '../fixture/tokens.mjs';

const source = readFileSync(fileURLToPath(new URL('../../src/identity/permission_table.h', import.meta.url)), 'utf8');
const matches = (pattern) => [...source.matchAll(pattern)].map((match) => match.slice(1));
const words = (text) => [...text.matchAll(/"([^"]+)"/g)].map(([, word]) => word);
const events = matches(/^ +\{"([\w]+:?[\w]*)", "(\w*)", table::(?:needs\(([^)]*)\)|kAuthenticated)\},$/gm)
  .map(([event, action, needs]) => ({ event, action, needs: words(needs ?? '') }));
const routes = matches(/^ +\{"([A-Z]+)", "(\/[^"]*)", table::(?:needs\(([^)]*)\)|(k\w+))\},$/gm)
  .map(([method, path, needs, access]) => ({ method, path, needs: words(needs ?? ''), access }));

let server;
const people = {};  // by what they are: {token, permissions, socket, userId}
let victim;
let otherRoom;

async function person(role, claims = {}) {
  const all = claimsOf(role, claims);
  return arrived({ userId: all.userId, token: sign(all) });
}

async function arrived(who) {
  who.permissions = (await get(server, '/auth/me', who)).json.permissions;
  who.socket = await connected(makeClient(server, { auth: { token: who.token } }));
  return who;
}

async function guestOf({ joinCode }) {
  const { json } = await post(server, '/auth/guest', { displayName: 'Guest', joinCode });
  return { userId: json.user.userId, token: json.accessToken };
}

before(async () => {
  server = await startServer({ config: unlimited });
  people.instructor = await person('instructor');
  people['other instructor'] = await person('instructor');
  people.admin = await person('admin');
  for (const name of ['student', 'muted', 'banned']) people[name] = await person('student');
  people.unknown = await person('janitor');
  victim = await person('student');
  otherRoom = await must(people['other instructor'].socket, 'room:create', { name: 'Other' });
  people['other guest'] = await arrived(await guestOf(otherRoom));
});
after(async () => { closeClients(); await server?.end(); });

// A room as each row finds it: the instructor's, with the members inside, one muted, one banned.
async function freshRoom() {
  const { socket } = people.instructor;
  const room = await must(socket, 'room:create', { name: 'Matrix' });
  const guest = await arrived(await guestOf(room));
  people.guest = guest;
  const inside = [people.instructor, guest, people.student, people.muted, people.banned, victim];
  await Promise.all(inside.map((one) => enter(one.socket, room.roomId)));
  await must(socket, 'chat:moderate', { roomId: room.roomId, action: 'mute', targetUserId: people.muted.userId });
  await must(socket, 'chat:moderate', { roomId: room.roomId, action: 'ban', targetUserId: people.banned.userId });
  const { messageId } = await must(socket, 'chat:message', { roomId: room.roomId, content: 'hello' });
  const { sessionId, questionIds: [questionId] } = await createQuiz(socket, room.roomId);
  return { ...room, messageId, sessionId, questionId };
}

// Those whom nothing but facts can refuse go last, because they change the room.
const order = ['unknown', 'other guest', 'banned', 'other instructor', 'muted', 'student', 'guest', 'instructor', 'admin'];
const members = new Set(['instructor', 'guest', 'student', 'muted']);
const hosts = new Set(['instructor', 'admin']);

const facts = {
  anybody: () => null,
  join: (who) => ({ banned: 'BANNED', 'other guest': 'FORBIDDEN' })[who] ?? null,
  member: (who) => (members.has(who) ? null : 'NOT_A_MEMBER'),
  writer: (who) => ({ banned: 'BANNED', muted: 'MUTED' })[who] ?? facts.member(who),
  reader: (who) => (hosts.has(who) ? null : facts.member(who)),
  host: (who) => (hosts.has(who) ? null : 'FORBIDDEN'),
};

const moderation = (room, action) => ({ roomId: room.roomId, action, targetUserId: victim.userId });
const command = [facts.host, ({ sessionId }) => ({ sessionId })];
const session = { token: undefined };
const eventFacts = {
  'user:action join': [facts.join, ({ roomId }) => ({ action: 'join', target: roomId })],
  'user:action leave': [facts.anybody, ({ roomId }) => ({ action: 'leave', target: roomId })],
  'user:action typing': [facts.member, ({ roomId }) => ({ action: 'typing', target: roomId })],
  'user:action stop_typing': [facts.member, ({ roomId }) => ({ action: 'stop_typing', target: roomId })],
  'user:action': [() => 'VALIDATION_ERROR', ({ roomId }) => ({ target: roomId })],
  'room:create': [facts.anybody, () => ({ name: 'Another' })],
  'room:configure': [facts.host, ({ roomId }) => ({ roomId, name: 'Renamed' })],
  'room:close': [facts.host, ({ roomId }) => ({ roomId })],
  'room:participants': [facts.reader, ({ roomId }) => ({ roomId })],
  'chat:message': [facts.writer, ({ roomId }) => ({ roomId, content: 'hi' })],
  'chat:history': [facts.reader, ({ roomId }) => ({ roomId })],
  'chat:moderate': [facts.host, ({ roomId, messageId }) => ({ roomId, action: 'delete', messageId })],
  ...Object.fromEntries(['mute', 'unmute', 'kick', 'ban', 'unban'].map(
    (action) => [`chat:moderate ${action}`, [facts.host, (room) => moderation(room, action)]])),
  'quiz:create': [facts.host, ({ roomId }) => ({ roomId, title: 'T',
    questions: [{ kind: 'boolean', text: '?', correct: true, timeLimitMs: 5000 }] })],
  ...Object.fromEntries(['start', 'next', 'close_question', 'pause', 'resume', 'end'].map((name) => [`quiz:${name}`, command])),
  'quiz:answer': [facts.member, ({ sessionId, questionId }) => ({ sessionId, questionId, answer: 1 })],
  'quiz:state': [facts.reader, ({ sessionId }) => ({ sessionId })],
  'auth:refresh': [facts.anybody, () => session],
  ping: [facts.anybody, () => ({})],
  pong: [facts.anybody, () => ({})],
};

function holds(who, permission) {
  const [resource, action] = permission.split(':');
  return people[who].permissions.some((held) => {
    const [left, right] = held.split(':');
    return (left === '*' || left === resource) && (right === '*' || right === action);
  });
}

const denials = new Set(['FORBIDDEN', 'NOT_A_MEMBER', 'MUTED', 'BANNED', 'AUTH_REQUIRED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED',
  'INVALID_TOKEN', 'VALIDATION_ERROR', 'UNKNOWN_MESSAGE_TYPE', 'INTERNAL']);
// What refuses the caller; null when nothing does, whatever the state of the class says.
const denial = (error) => (error && denials.has(error.type) ? error.type : null);
const messages = { 'chat:moderate': 'Insufficient permissions for moderation', 'quiz:start': 'Only instructors can start quizzes' };

test('the table was read', () => {
  assert.equal(events.length, source.match(/^ +\{"[\w:]+", "\w*", table::\S/gm).length);
  assert.equal(routes.length, source.match(/^ +\{"[A-Z]+", "\//gm).length);
  assert.ok(events.length > 25 && routes.length > 20);
});

for (const { event, action, needs } of events) {
  const name = action ? `${event} ${action}` : event;
  test(`event ${name} needs ${needs.join(' and ') || 'a token'}`, async () => {
    const [fact, payload] = eventFacts[name] ?? assert.fail(`nothing is known about ${name}`);
    const room = await freshRoom();
    for (const who of order) {
      session.token = people[who].token;
      const answer = await ask(people[who].socket, event, payload(room));
      const allowed = needs.every((permission) => holds(who, permission));
      const expected = allowed ? fact(who) : 'FORBIDDEN';
      assert.equal(denial(answer.error), expected, `${who}: ${JSON.stringify(answer)}`);
      if (!allowed) assert.equal(answer.error.message, messages[needs[0]] ?? 'Insufficient permissions', who);
    }
  });
}

test('who has no good token gets no event through', async () => {
  const gone = claimsOf('admin');
  assert.equal((await post(server, '/auth/revoke', { userId: gone.userId }, people.admin)).status, 204);
  const outsiders = [[undefined, 'AUTH_REQUIRED'], [{}, 'AUTH_REQUIRED'], [{ token: '' }, 'AUTH_REQUIRED'],
    [{ token: 'x' }, 'INVALID_TOKEN'], [{ token: token('admin', { ttl: -1 }) }, 'TOKEN_EXPIRED'],
    [{ token: sign(gone) }, 'TOKEN_REVOKED']];
  for (const [auth, type] of outsiders) {
    assert.equal((await refused(makeClient(server, { auth }))).data.type, type);
  }
});

const body = {
  'POST /auth/login': {}, 'POST /auth/guest': {}, 'POST /auth/refresh': {}, 'POST /auth/logout': {},
  'POST /auth/revoke': () => ({ userId: randomUUID() }),
  'POST /api/rooms': () => ({ name: 'By HTTP' }),
  'PATCH /api/rooms/{roomId}': () => ({ name: 'Renamed' }),
  'POST /api/rooms/{roomId}/emit': () => ({ event: 'note', data: {} }),
  'POST /api/quizzes': ({ roomId }) => eventFacts['quiz:create'][1]({ roomId }),
};
const routeFacts = {
  'POST /auth/revoke': facts.anybody, 'GET /auth/me': facts.anybody, 'GET /api/rooms': facts.anybody,
  'POST /api/rooms': facts.anybody, 'GET /api/rooms/{roomId}': facts.reader, 'PATCH /api/rooms/{roomId}': facts.host,
  'DELETE /api/rooms/{roomId}': facts.host, 'GET /api/rooms/{roomId}/messages': facts.reader,
  'POST /api/rooms/{roomId}/emit': facts.anybody, 'GET /api/quizzes': facts.anybody, 'POST /api/quizzes': facts.host,
  'GET /api/quizzes/{sessionId}': facts.reader, 'GET /api/quizzes/{sessionId}/results': facts.host,
  'GET /api/events/{aggregateId}': facts.anybody, 'GET /api/audit': facts.anybody,
};

for (const { method, path, needs, access } of routes) {
  const name = `${method} ${path}`;
  if (access === 'kOpen') {
    test(`${name} is open`, async () => {
      const answer = await request(server, method, path.replace(/\{\w+\}/, 'x'), { body: method === 'GET' ? undefined : body[name] ?? '' });
      assert.notEqual(answer.status, 403);
      assert.notEqual(answer.json?.error?.type, 'AUTH_REQUIRED');
    });
  } else if (access === 'kInternal') {
    test(`${name} is nothing outside`, async () => {
      for (const who of order.filter((one) => people[one])) assert.equal((await get(server, path, people[who])).status, 404, who);
    });
  } else {
    test(`${name} needs ${needs.join(' and ') || 'a token'}`, () => checkRoute({ method, path, needs, name }));
  }
}

async function checkRoute({ method, path, needs, name }) {
  const room = await freshRoom();
  const target = path.replace('{roomId}', room.roomId).replace('{sessionId}', room.sessionId).replace('{aggregateId}', room.roomId);
  const send = (who) => {
    const payload = body[name];
    return request(server, method, target, { token: who.token, body: typeof payload === 'function' ? payload(room) : payload });
  };
  const gone = claimsOf('admin');
  await post(server, '/auth/revoke', { userId: gone.userId }, people.admin);
  for (const [who, type] of [[{}, 'AUTH_REQUIRED'], [{ token: token('admin', { ttl: -1 }) }, 'TOKEN_EXPIRED'],
    [{ token: sign(gone) }, 'TOKEN_REVOKED'], [{ token: 'x' }, 'INVALID_TOKEN']]) {
    const answer = await send(who);
    assert.deepEqual([answer.status, answer.json?.error.type], [401, type]);
  }
  if (name === 'POST /auth/logout') {
    assert.equal((await send({ token: token('student') })).status, 204);
    return;
  }
  const fact = routeFacts[name] ?? assert.fail(`nothing is known about ${name}`);
  for (const who of order) {
    const answer = await send(people[who]);
    const expected = needs.every((permission) => holds(who, permission)) ? fact(who) : 'FORBIDDEN';
    assert.equal(denial(answer.json?.error), expected, `${who}: ${answer.status} ${answer.text.slice(0, 200)}`);
    assert.equal(answer.status < 400 || expected !== null || answer.status === 409, true, `${who}: ${answer.status} ${answer.text}`);
  }
}
