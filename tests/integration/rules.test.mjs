// Rules of an operator's own in every scope, their exactness on several shards, and that guessing is
// in vain. L1–L11, D12, D13, D60–D65.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { ask, classroom, closeClients, enter, fails, join, must } from '../fixture/clients.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { adminPassword, startServer, unlimited } from '../fixture/server.mjs';
import { until } from '../fixture/until.mjs';

const kWindow = 500;
const kRoom = 40;
const proxies = '[server]\ntrusted_proxies = ["127.0.0.1"]\n';
const own = (name, scope, max, events, window = 60_000) =>
  `[limits.${name}]\nscope = "${scope}"\nwindow_ms = ${window}\nmax = ${max}\nevents = ${JSON.stringify(events)}\n`;
const rules = (history) => `${unlimited}${own('all_history', 'global', history, ['chat:history'])}${
  own('address_lists', 'ip', 5, ['room:participants'])}${own('user_rooms', 'user', 3, ['room:create'])}${
  own('loud_room', 'room', kRoom, ['chat:message'], kWindow)}`;

let server;
before(async () => { server = await startServer({ threads: 4, config: proxies + rules(6) }); });
after(async () => { closeClients(); closeWires(); await server?.end(); });

const from = (address) => ({ extraHeaders: { 'X-Forwarded-For': address } });
const counted = (answers) => answers.filter(({ ok }) => ok).length;
async function refusedBy(rule) {
  const text = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  return Number(text.match(new RegExp(`lectern_limit_refused_total\\{rule="${rule}"\\} (\\d+)`))[1]);
}
function assertRefusal(error, rule, type = 'RATE_LIMIT_EXCEEDED') {
  assert.equal(error.type, type);
  assert.equal(error.rule, rule);
  assert.ok(error.retryAfterMs >= 1);
  assert.ok(Math.abs(error.resetTime - Date.now() - error.retryAfterMs) < 2000);
}

test('a rule of scope global counts everybody on all shards together', async () => {
  const { everybody, roomId } = await classroom(server, { students: 5 });
  const answers = await Promise.all([...everybody, ...everybody].map((socket) => ask(socket, 'chat:history', { roomId })));
  assert.equal(counted(answers), 6);
  assertRefusal(answers.find(({ ok }) => !ok).error, 'all_history');
  assert.equal(await refusedBy('all_history'), 6);
});

test('a rule of scope ip counts an address, and a /64 network as one', async () => {
  const { roomId } = await classroom(server, { students: 0 });
  const at = async (address) => {
    const socket = await join(server, 'student', from(address));
    await enter(socket, roomId);
    return socket;
  };
  const neighbours = [await at('2001:db8::1'), await at('2001:db8::ffff:2')];
  const answers = await Promise.all(Array.from({ length: 12 }, (_, number) => ask(neighbours[number % 2], 'room:participants', { roomId })));
  assert.equal(counted(answers), 5);
  assertRefusal(answers.find(({ ok }) => !ok).error, 'address_lists');
  for (const other of ['2001:db8:0:1::1', '192.0.2.1', '192.0.2.2']) {
    await must(await at(other), 'room:participants', { roomId });
  }
});

test('what is refused for another reason counts for no address and not for everybody', async () => {
  const { roomId } = await classroom(server, { students: 0 });
  const outsider = await join(server, 'student', from('192.0.2.30'));
  for (let count = 0; count < 10; ++count) {
    assert.equal((await fails(outsider, 'room:participants', { roomId })).type, 'NOT_A_MEMBER');
  }
  await enter(outsider, roomId);
  await must(outsider, 'room:participants', { roomId });
});

test('a rule of scope user counts a user on all connections, exactly, however fast they come', async () => {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => join(server, 'instructor', { userId: 'maker' })));
  const answers = await Promise.all(Array.from({ length: 64 }, (_, number) => ask(sockets[number % 8], 'room:create', { name: 'x' })));
  assert.equal(counted(answers), 3);
  assertRefusal(answers.find(({ ok }) => !ok).error, 'user_rooms');
  await must(await join(server, 'instructor'), 'room:create', { name: 'y' });
});

test('no window of a room ever holds more than its maximum, nor more than half of one user', async () => {
  const { everybody, roomId } = await classroom(server, { students: 3 });
  const accepted = [];
  const end = Date.now() + 4 * kWindow;
  const talk = async (socket) => {
    while (Date.now() < end) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(socket, 'chat:message', { roomId, content: 'x' })));
      for (const { ok, timestamp, error } of answers) {
        if (ok) accepted.push({ timestamp, user: socket.who.userId });
        else assertRefusal(error, 'loud_room', 'ROOM_RATE_LIMIT_EXCEEDED');
      }
    }
  };
  await Promise.all(everybody.map(talk));
  assert.ok(accepted.length >= 3 * kRoom, `${accepted.length}`);
  // The message's own time and the limit's may be a millisecond apart.
  const most = (messages) => Math.max(...messages.map(({ timestamp }) =>
    messages.filter((other) => other.timestamp >= timestamp && other.timestamp < timestamp + kWindow - 2).length));
  assert.ok(most(accepted) <= kRoom, `${most(accepted)}`);
  for (const { who } of everybody) {
    const mine = accepted.filter(({ user }) => user === who.userId);
    assert.ok(mine.length === 0 || most(mine) <= kRoom / 2, `${most(mine)}`);
  }
});

test('one user leaves the others half of the room', async () => {
  const { pupils: [loud, quiet], roomId } = await classroom(server, { students: 2 });
  const noise = await Promise.all(Array.from({ length: 2 * kRoom }, () => ask(loud, 'chat:message', { roomId, content: 'x' })));
  assert.ok(noise.some(({ ok }) => !ok));
  for (let count = 0; count < 5; ++count) await must(quiet, 'chat:message', { roomId, content: 'me too' });
});

test('SIGHUP brings other rules, for connections that are there', async () => {
  const { teacher, roomId } = await classroom(server, { students: 0 });
  assertRefusal(await fails(teacher, 'chat:history', { roomId }), 'all_history');
  writeFileSync(server.configFile, proxies + rules(0) + own('new_rule', 'ip', 2, ['room:configure']));
  process.kill(server.pid, 'SIGHUP');
  await until(() => /reloaded/.test(server.stderr), 'the reload');
  for (let count = 0; count < 12; ++count) await must(teacher, 'chat:history', { roomId });
  for (let count = 0; count < 2; ++count) await must(teacher, 'room:configure', { roomId, name: `z${count}` });
  assertRefusal(await fails(teacher, 'room:configure', { roomId, name: 'z' }), 'new_rule');
});

// The statuses of that many requests, sent in one go on each of a few connections.
async function statuses(bodies, path) {
  const found = [];
  while (bodies.length) {
    const wire = new Wire(server);
    const part = bodies.splice(0, 1000);
    const request = (body, last) => `POST ${path} HTTP/1.1\r\nHost: x\r\n${last ? 'Connection: close\r\n' : ''}Content-Length: ${body.length}\r\n\r\n${body}`;
    await wire.send(part.map((body, index) => request(body, index + 1 === part.length)).join(''));
    found.push(...[...(await wire.end()).matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status)));
  }
  return found;
}
const numberOf = (all, wanted) => all.filter((status) => status === wanted).length;

test('ten thousand guesses find no class', async () => {
  const { joinCode } = await classroom(server, { students: 0 });
  const codes = Array.from({ length: 10_000 }, (_, number) => String(100_000 + number * 83));
  codes.splice(codes.indexOf(joinCode), codes.includes(joinCode) ? 1 : 0);
  codes[60] = joinCode;
  codes[9_000] = joinCode;
  const answers = await statuses(codes.map((code) => JSON.stringify({ displayName: 'Eve', joinCode: code })), '/auth/guest');
  assert.equal(answers.length, codes.length);
  assert.equal(numberOf(answers, 200), 0);
  assert.equal(numberOf(answers, 401), 60);
  assert.equal(numberOf(answers, 429), codes.length - 60);
  assert.equal(await refusedBy('join_codes'), codes.length - 60);
});

test('ten thousand guesses find no password', async () => {
  const passwords = Array.from({ length: 10_000 }, (_, number) => `guess ${number}`);
  passwords[10] = adminPassword;
  passwords[9_000] = adminPassword;
  const answers = await statuses(passwords.map((password) => JSON.stringify({ username: 'admin', password })), '/auth/login');
  assert.equal(numberOf(answers, 200), 0);
  assert.equal(numberOf(answers, 401), 10);
  assert.equal(numberOf(answers, 429), 9_990);
  assert.equal(await refusedBy('failed_logins'), 9_990);
});
