// Connections that cost the server something and say nothing: bounded by address and in all, and paid
// for by who opens them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { after, test } from 'node:test';

import { classroom, closeClients, must } from '../fixture/clients.mjs';
import { path } from '../fixture/engine.mjs';
import { Wire, closeWires } from '../fixture/http.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { until, within } from '../fixture/until.mjs';

const kPerAddress = 1000;
const servers = [];
const bare = new Set();
after(async () => {
  closeClients();
  closeWires();
  for (const socket of bare) socket.destroy();
  for (const server of servers) await server.end();
});

async function start(options) {
  const server = await startServer(options);
  servers.push(server);
  return server;
}

// A connection from that address of this machine that sends `bytes`, which may be too little.
async function bareConnection(server, { from = '127.0.0.1', bytes = '' } = {}) {
  const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: from });
  bare.add(socket);
  socket.on('error', () => {});
  socket.ended = new Promise((resolve) => { socket.on('close', () => { bare.delete(socket); resolve(); }); });
  await within(Promise.race([new Promise((resolve) => { socket.on('connect', resolve); }), socket.ended]), 'a connection');
  if (bytes) socket.write(bytes);
  return socket;
}

async function openSession(server, headers = {}) {
  const response = await fetch(`${server.url}${path}&transport=polling`, { headers });
  const text = await response.text();
  return { status: response.status, text };
}

test('without descriptors connections are refused with one line, and come in again later', async () => {
  const server = await start({ threads: 2, config: unlimited });
  const { teacher, pupils: [pupil], roomId } = await classroom(server, { students: 1 });
  const open = readdirSync(`/proc/${server.pid}/fd`).length;
  // As many as are open, and two more.
  execFileSync('prlimit', [`--pid=${server.pid}`, `--nofile=${open + 2}:${open + 2000}`]);

  const guests = [];
  for (let i = 0; i < 60; ++i) guests.push(await bareConnection(server));
  await Promise.all(guests.slice(10).map((guest) => within(guest.ended, 'a refusal')));
  // Those who are in notice nothing.
  await must(teacher, 'chat:message', { roomId, content: 'still here' });
  assert.ok(pupil.connected);
  assert.equal(server.stderr.match(/no descriptor left/g)?.length, 1, server.stderr);

  execFileSync('prlimit', [`--pid=${server.pid}`, `--nofile=${open + 2000}:${open + 2000}`]);
  const { lectern_descriptors_missing_total: missing } = await server.metrics();
  assert.ok(missing >= 50, `${missing} refused`);
  assert.equal((await openSession(server)).status, 200);
  assert.equal((await server.metrics()).lectern_descriptors_missing_total, missing);
});

test('half-open connections are bounded by address', async () => {
  const server = await start({ threads: 2, config: unlimited });
  const silent = [];
  for (let i = 0; i < kPerAddress; ++i) {
    silent.push(await bareConnection(server, { from: '127.0.0.2', bytes: i % 2 ? 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ' : '' }));
  }
  await until(async () => (await server.metrics()).lectern_connections >= kPerAddress, 'all of them');
  const beyond = await bareConnection(server, { from: '127.0.0.2', bytes: 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n' });
  await within(beyond.ended, 'a refusal');
  assert.equal(silent.filter((socket) => socket.destroyed).length, 0);
  // Others pay nothing for them, and whoever closes one may open another.
  assert.equal((await openSession(server)).status, 200);
  silent[0].destroy();
  await until(async () => (await server.metrics()).lectern_connections <= kPerAddress, 'the end of one');
  const again = new Wire(server);
  await again.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await again.until(/^HTTP\/1\.1 200 /);
});

test('sessions without CONNECT are bounded by the address that a trusted proxy names', async () => {
  const server = await start({ threads: 2, config: `${unlimited}[server]\ntrusted_proxies = ["127.0.0.1"]\n` });
  const from = (address) => ({ 'x-forwarded-for': address });
  for (let i = 0; i < kPerAddress; ++i) assert.equal((await openSession(server, from('192.0.2.1'))).status, 200, `session ${i}`);
  const { status, text } = await openSession(server, from('192.0.2.1'));
  assert.equal(status, 503);
  assert.match(text, /SERVER_BUSY/);
  // What a client writes itself stands before what the proxy adds.
  assert.equal((await openSession(server, from('192.0.2.7, 192.0.2.1'))).status, 503);
  assert.equal((await openSession(server, from('192.0.2.2'))).status, 200);
});

test('nobody is believed who is no trusted proxy', async () => {
  const server = await start({ threads: 1, config: unlimited });
  for (let i = 0; i < kPerAddress; ++i)
    assert.equal((await openSession(server, { 'x-forwarded-for': `192.0.2.${i % 250}` })).status, 200, `session ${i}`);
  assert.equal((await openSession(server, { 'x-forwarded-for': '198.51.100.1' })).status, 503);
});
