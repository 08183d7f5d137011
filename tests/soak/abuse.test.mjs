// 200 honest clients beside 50 abusers at a hundred times their limits. The abusers attack the server of
// the class and a second server in turns, so that the machine is as busy either way and only what the
// attack does to its own server is compared. The bound is the release build's, with which soak tests run;
// without optimisation the refusals alone keep a thread busy. D4, D7, D13, D60–D65, L1–L11.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { closeClients, join, must } from '../fixture/clients.mjs';
import { RawSocket, closeRaw } from '../fixture/engine.mjs';
import { startAbuse } from '../fixture/abuse.mjs';
import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { clockPasses } from '../fixture/until.mjs';

const kRooms = 25;
const kMembers = 8;       // of a room
const kEveryMs = 1200;    // one message of each, which is within every limit
const kPhaseMs = 3000;
const kSettleMs = 500;    // after a change of target
const kPairs = 3;         // of phases; their median counts
const kMostPairs = 12;    // a busy machine may need more
const kWorse = 1.2;
const kFloods = 30;
const others = { malformed: 10, oversized: 5, slow: 5 };
const config = '[store]\nengine = "memory"\n[log]\nlevel = "error"\n';

class Honest {
  constructor(server, roomId) {
    this.socket = new RawSocket(server);
    this.roomId = roomId;
    this.sent = new Map();
    this.times = [];
    this.refused = 0;
    this.next = 1;
  }

  async start(delayMs) {
    await this.socket.join(token('student'));
    this.socket.socket.removeAllListeners('message');
    this.socket.socket.on('message', (data) => this.hear(data));
    this.ask('user:action', { action: 'join', target: this.roomId });
    setTimeout(() => {
      this.timer = setInterval(() => this.ask('chat:message', { roomId: this.roomId, content: 'What is the third step of the proof?' }), kEveryMs);
    }, delayMs);
  }

  ask(event, payload) {
    const id = this.next++;
    this.sent.set(id, performance.now());
    this.socket.send(`42${id}${JSON.stringify([event, payload])}`);
  }

  hear(data) {
    if (data.length === 1 && String(data) === '2') return this.socket.send('3');
    if (data[0] !== 0x34 || data[1] !== 0x33) return undefined; // no acknowledgement
    const text = String(data);
    const id = Number(text.slice(2, text.indexOf('[')));
    this.times.push(performance.now() - this.sent.get(id));
    this.sent.delete(id);
    if (!text.includes('"ok":true')) ++this.refused;
    return undefined;
  }
}

const p99 = (times) => times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function flooders(server) {
  const teacher = await join(server, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Noise' });
  const kinds = [['42["chat:message",{"roomId":"ROOM","content":"<b>spam</b>"}]'],
    ['42["user:action",{"action":"typing","target":"ROOM"}]', '42["user:action",{"action":"join","target":"ROOM"}]'],
    ['42["quiz:answer",{"sessionId":"ROOM","questionId":"ROOM","answer":1}]'],
    ['42["no:such_event",{}]', '42["chat:message",{"roomId":5}]']];
  return Array.from({ length: kFloods }, (_, index) => ({
    token: token('student'), messages: kinds[index % kinds.length].map((message) => message.replaceAll('ROOM', roomId)),
  }));
}

test('what abusers do to a server, its honest clients do not notice', async (t) => {
  const servers = [await startServer({ config }), await startServer({ config })];
  t.after(async () => { closeClients(); closeRaw(); for (const server of servers) await server.end(); });
  const [school, elsewhere] = servers;
  const honest = [];
  for (let room = 0; room < kRooms; ++room) {
    const { roomId } = await must(await join(school, 'instructor'), 'room:create', { name: `Class ${room}` });
    for (let member = 0; member < kMembers; ++member) honest.push(new Honest(school, roomId));
  }
  await Promise.all(honest.map((client, index) => client.start(index * kEveryMs / honest.length)));
  const floods = Object.fromEntries(await Promise.all(servers.map(async (server) => [server.port, await flooders(server)])));
  const abuse = await startAbuse({ ports: servers.map(({ port }) => port), floods, ...others });
  t.after(() => abuse.end());

  const phase = async (target) => {
    await abuse.at(target.port);
    await clockPasses(Date.now() + kSettleMs);
    for (const client of honest) client.times = [];
    const end = Date.now() + kPhaseMs;
    await clockPasses(end);
    const times = honest.flatMap((client) => client.times);
    assert.ok(times.length > honest.length * kPhaseMs / kEveryMs / 2, `only ${times.length} answers`);
    return { worst: p99(times), did: await abuse.at(target.port) };
  };
  const ratios = [];
  const seen = [];
  for (let pair = 0; pair < kMostPairs && (pair < kPairs || median(ratios) > kWorse); ++pair) {
    const beside = await phase(elsewhere);
    const attacked = await phase(school);
    ratios.push(attacked.worst / beside.worst);
    seen.push({ beside: beside.worst, attacked: attacked.worst, did: attacked.did });
  }
  const report = JSON.stringify({ ratios: ratios.map((ratio) => ratio.toFixed(2)), seen });
  console.log(report);
  const { did } = seen[0];
  assert.ok(did.floods > 0.5 * kFloods * 100 * kPhaseMs / 1000, `the abuse was too little: ${report}`);
  assert.ok(did.malformed > 0 && did.oversized > 0 && did.slow > 0, report);
  assert.equal(honest.reduce((sum, client) => sum + client.refused, 0), 0, 'nobody honest is refused');
  assert.ok(honest.every(({ socket }) => socket.socket.readyState === 1), 'nobody honest is disconnected');
  assert.ok(median(ratios) <= kWorse, report);
});
