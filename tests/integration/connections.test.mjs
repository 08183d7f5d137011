// The operator sees every connection with who, from where and how much, and may close one. C1–C8, D2,
// D12, D15.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { all, ask, classroom, closeClients, join, makeClient, refused, seen } from '../fixture/clients.mjs';
import { upgradeRequest } from '../fixture/frames.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

const kClockMs = 200; // of rounding, and between two clocks of one machine
let server;
let internal;
let behind; // every connection of this machine speaks the PROXY protocol there
before(async () => {
  server = await startServer({ config: '[server]\ntrusted_proxies = ["127.0.0.1"]\n[rooms]\n' });
  internal = await server.internalUrl();
  behind = await startServer({ config: '[server]\ntrusted_proxies = ["127.0.0.1"]\nproxy_protocol = true\n' });
});
after(async () => { closeClients(); closeWires(); await server?.end(); await behind?.end(); });

const page = async (query = '', at = internal) => (await fetch(`${at}/api/connections${query}`)).json();
async function everything(at) {
  const found = [];
  let next = '';
  while (next !== null) {
    const part = await page(`?limit=2${next && `&cursor=${next}`}`, at);
    assert.ok(part.connections.length <= 2);
    found.push(...part.connections);
    ({ next } = part);
  }
  return found;
}
const recordOf = async (socket) => (await everything()).find(({ id }) => id === socket.id);

test('a connection is listed with its user, times, address and counts', async () => {
  const began = Date.now();
  const { teacher, pupils, roomId } = await classroom(server, { students: 3 });
  const records = await everything();
  assert.deepEqual(records.map(({ id }) => id).sort(), [teacher, ...pupils].map(({ id }) => id).sort());
  const record = records.find(({ id }) => id === teacher.id);
  assert.equal(record.userId, teacher.who.userId);
  assert.equal(record.username, teacher.who.username);
  assert.equal(record.role, 'instructor');
  assert.equal(record.transport, 'websocket');
  assert.equal(record.address, '127.0.0.1');
  assert.equal(record.healthy, true);
  assert.deepEqual(record.rooms, [roomId]);
  assert.ok(record.connectedAt >= began - kClockMs && record.connectedAt <= Date.now());
  assert.ok(record.lastActivity >= record.connectedAt && record.lastActivity <= Date.now() + kClockMs);

  await ask(teacher, 'ping', {});
  const later = await recordOf(teacher);
  assert.equal(later.connectedAt, record.connectedAt);
  assert.ok(later.lastActivity >= record.lastActivity);
  assert.equal(later.messagesIn, record.messagesIn + 1);
  assert.equal(later.messagesOut, record.messagesOut + 1);
  assert.ok(later.bytesIn > record.bytesIn && later.bytesOut > record.bytesOut);
});

test('any frame is activity, also one that is no message', async () => {
  const wire = new Wire(server);
  await wire.send(upgradeRequest('/socket.io/?EIO=4&transport=websocket'));
  await wire.until(/"sid"/);
  const connect = `40${JSON.stringify({ token: token('student', { userId: 'quiet' }) })}`;
  const masked = (opcode, text) => {
    const size = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255];
    return String.fromCharCode(0x80 | opcode, ...size, 0, 0, 0, 0) + text;
  };
  await wire.send(masked(1, connect));
  await wire.until(/40\{"sid"/);
  const find = async () => (await everything()).find(({ userId }) => userId === 'quiet');
  const record = await until(find, 'its record');
  await until(() => Date.now() > record.lastActivity + 5, 'time passes');
  await wire.send(masked(9, '')); // a ping of the WebSocket
  await until(async () => (await find()).lastActivity > record.lastActivity, 'activity');
  assert.equal((await find()).messagesIn, record.messagesIn);
  wire.close();
  await until(async () => !(await find()), 'the record goes with the connection');
});

test('a poll is activity, and the transport is told', async () => {
  const socket = await join(server, 'student', { way: 'polling' });
  assert.equal((await recordOf(socket)).transport, 'polling');
});

test('the address is the one that a trusted proxy tells, whole', async () => {
  const socket = await join(server, 'student', { extraHeaders: { 'X-Forwarded-For': '6.6.6.6, 2001:db8::7' } });
  assert.equal((await recordOf(socket)).address, '2001:db8::7');
});

test('the operator closes a connection, which is told and stays away', async () => {
  const socket = await join(server, 'student');
  const { id } = socket;
  const answer = await fetch(`${internal}/api/connections/${id}`, { method: 'DELETE' });
  assert.equal(answer.status, 204);
  const notice = await seen(socket, 'server:disconnect');
  assert.equal(notice.type, 'FORBIDDEN');
  assert.equal(notice.retry, false);
  assert.equal(await seen(socket, ':disconnect'), 'io server disconnect');
  assert.equal(all(socket, ':connect').length, 1);
  await until(async () => !(await everything()).some((record) => record.id === id), 'it is gone');
  const again = await fetch(`${internal}/api/connections/${id}`, { method: 'DELETE' });
  assert.equal(again.status, 404);
  assert.equal((await again.json()).error.type, 'NOT_FOUND');
});

test('what is no page is refused, and the public listener knows of nothing', async () => {
  for (const query of ['?limit=0', '?limit=1001', '?limit=x', '?cursor=x', '?cursor=1', '?cursor=9.1', '?cursor=1.x']) {
    const answer = await fetch(`${internal}/api/connections${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal((await answer.json()).error.type, 'VALIDATION_ERROR');
  }
  const admin = { headers: { authorization: `Bearer ${token('admin')}` } };
  assert.equal((await fetch(`${server.url}/api/connections`, admin)).status, 404);
  assert.equal((await fetch(`${server.url}/api/connections/x`, { ...admin, method: 'DELETE' })).status, 404);
});

const version2 = (() => {
  const bytes = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12, 192, 0, 2, 8, 10, 0, 0, 1, 1, 2, 3, 4];
  return String.fromCharCode(...bytes);
})();
const login = (address) => {
  const body = JSON.stringify({ username: 'nobody', password: address });
  return `POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

test('a proxy names the client in front of the first byte, in both versions', async () => {
  const at = await behind.internalUrl();
  for (const [header, address] of [['PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\n', '192.0.2.7'], [version2, '192.0.2.8'],
    ['PROXY TCP6 2001:db8::9 ::1 1234 80\r\n', '2001:db8::9'], ['PROXY UNKNOWN\r\n', '127.0.0.1']]) {
    const wire = new Wire(behind);
    // Byte by byte, as a bad network brings it.
    for (const byte of header.slice(0, 5)) await wire.send(byte);
    await wire.send(header.slice(5) + upgradeRequest('/socket.io/?EIO=4&transport=websocket'));
    await wire.until(/"sid"/);
    const userId = `proxied ${address}`;
    const text = `40${JSON.stringify({ token: token('student', { userId }) })}`;
    await wire.send(String.fromCharCode(0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0) + text);
    await wire.until(/40\{"sid"/);
    const record = (await everything(at)).find((one) => one.userId === userId);
    assert.equal(record?.address, address);
  }
});

test('who is behind a proxy has budgets of its own; without the header there is no connection', async () => {
  const ask10 = async (address) => {
    const statuses = [];
    for (let count = 0; count < 11; ++count) {
      const wire = new Wire(behind);
      await wire.send(`PROXY TCP4 ${address} 10.0.0.1 1234 80\r\n${login(address)}`);
      statuses.push((await wire.end()).slice(9, 12));
    }
    return statuses;
  };
  assert.deepEqual(await ask10('192.0.2.20'), [...Array(10).fill('401'), '429']);
  assert.deepEqual(await ask10('192.0.2.21'), [...Array(10).fill('401'), '429']);
  const plain = new Wire(behind);
  await plain.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(await plain.end(), '');
  assert.equal((await fetch(`${await behind.internalUrl()}/healthz`)).status, 200);
});

test('who is not trusted cannot say whose the connection is', async () => {
  const direct = await startServer({ config: '[server]\ntrusted_proxies = ["192.0.2.1"]\nproxy_protocol = true\n' });
  const wire = new Wire(direct);
  await wire.send('PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await wire.end(), /^HTTP\/1\.1 400/);
  const socket = makeClient(direct, { auth: { token: 'x' }, reconnection: false });
  assert.equal((await refused(socket)).data.type, 'INVALID_TOKEN');
  await direct.end();
});
