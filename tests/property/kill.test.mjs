// A class writes while the server is killed again and again, by SIGKILL and SIGTERM. At the end:
// every acknowledged message is in the log once, under the seq that its sender was told, the log has
// no gap, and every member saw 1…n once and in order. LECTERN_KILL_ROUNDS sets the number of rounds,
// LECTERN_SEED repeats a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ask, closeClients, connected, join, makeClient, must, ways } from '../fixture/clients.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';
import { until } from '../fixture/until.mjs';

const rounds = Number(process.env.LECTERN_KILL_ROUNDS ?? 5);
const seed = Number(process.env.LECTERN_SEED ?? Date.now() % 2 ** 31);
const kWriters = 12;
const kBackMs = 60_000;
// A client that loses the server after it has paused its polls for an upgrade has nothing open that
// could break: its heartbeat alone tells.
const heartbeat = '[engine]\nping_interval_ms = 2000\nping_timeout_ms = 3000\n';
let ended = false;

let state = seed;
function random(below) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return (state >>> 8) % below;
}

// One member: comes back after every crash, asks for what it missed, and writes until told to stop.
class Member {
  constructor(server, roomId, number) {
    this.number = number;
    this.roomId = roomId;
    this.saw = [];            // seq of what was shown to this user, in that order
    this.acknowledged = [];   // {clientId, content, messageId, seq}
    this.live = [];           // messages that came while a join was under way
    this.joining = true;
    const way = ways[number % ways.length];
    this.socket = makeClient(server, { auth: { token: token('student', { userId: `member ${number}` }) }, way });
    this.socket.on('chat:message', (message) => (this.joining ? this.live.push(message) : this.show(message)));
    this.socket.on('connect', () => this.enter());
    this.socket.on('disconnect', () => { this.joining = true; });
  }

  show({ seq }) {
    this.saw.push(seq);
  }

  // As a client does it: everything after the last seen seq, then what came meanwhile and is newer.
  async enter() {
    this.joining = true;
    this.live = [];
    const last = this.saw.at(-1) ?? 0;
    let answer;
    try {
      answer = await ask(this.socket, 'user:action', { action: 'join', target: this.roomId, metadata: { after: last } });
    } catch (error) {
      if (this.socket.connected) throw error;
      return;  // the connection is gone: the next one joins
    }
    if (answer.error?.type === 'SERVER_DRAINING') return;
    assert.ok(answer.ok, JSON.stringify(answer.error));
    assert.notEqual(answer.truncated, true);
    answer.history.forEach((message) => this.show(message));
    this.live.filter(({ seq }) => seq > answer.seq).forEach((message) => this.show(message));
    this.joining = false;
  }

  // One message after the other, each until there is an answer.
  async write(going) {
    for (let count = 0; going(); ++count) {
      const clientId = `${this.number}-${count}`;
      const content = `message ${clientId}`;
      const answer = await this.post(clientId, content);
      this.acknowledged.push({ clientId, content, messageId: answer.messageId, seq: answer.seq });
    }
  }

  async post(clientId, content) {
    for (;;) {
      await until(() => ended || (this.socket.connected && !this.joining), `member ${this.number} back in the room`, kBackMs);
      if (ended) throw new Error('the test is over');
      let answer;
      try {
        answer = await this.socket.timeout(10_000).emitWithAck('chat:message', { roomId: this.roomId, content, clientId });
      } catch {
        continue;  // the connection is gone: the same message again, under the same clientId
      }
      if (answer.ok) return answer;
      assert.ok(['SERVER_DRAINING', 'STORE_UNAVAILABLE', 'SERVER_BUSY', 'NOT_A_MEMBER'].includes(answer.error.type),
        JSON.stringify(answer.error));
    }
  }
}

async function wholeLog(reader, roomId) {
  const messages = [];
  for (let more = true; more;) {
    const page = await must(reader, 'chat:history', { roomId, after: messages.length, limit: 1000 });
    messages.push(...page.messages);
    more = page.hasMore;
  }
  return messages;
}

test(`${rounds} rounds of kills lose nothing, repeat nothing, reorder nothing (seed ${seed})`, async (t) => {
  const server = await startServer({ config: `${unlimited}[rooms]\nhistory = 100000\n[log]\nlevel = "error"\n[server]\ndrain_ms = 500\n${heartbeat}` });
  t.after(async () => { ended = true; closeClients(); await server.end(); });
  const teacher = await join(server, 'instructor', { userId: 'teacher' });
  const { roomId } = await must(teacher, 'room:create', { name: 'Under fire' });
  await must(teacher, 'user:action', { action: 'join', target: roomId });
  const members = Array.from({ length: kWriters }, (_, number) => new Member(server, roomId, number));
  let going = true;
  let failure;
  const stopped = Promise.all(members.map((member) => member.write(() => going)));
  stopped.catch((error) => { failure = error; });
  const written = () => members.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  // Resolves when `more` messages more are acknowledged.
  const writeOn = (more) => {
    const goal = written() + more;
    return until(() => { if (failure) throw failure; return written() >= goal; }, `${more} more messages`, kBackMs);
  };

  for (let round = 0; round < rounds; ++round) {
    await writeOn(kWriters + random(300));
    if (random(4) === 0) await server.stop();
    else await server.kill();
    await server.restart();
  }
  const counts = members.map(({ acknowledged }) => acknowledged.length);
  await until(() => { if (failure) throw failure; return members.every(({ acknowledged }, index) => acknowledged.length > counts[index]); },
    'every member writes again after the last kill', kBackMs);
  going = false;
  await stopped;
  await connected(teacher);
  await must(teacher, 'user:action', { action: 'join', target: roomId });
  const log = await wholeLog(teacher, roomId);

  assert.deepEqual(log.map(({ seq }) => seq), Array.from({ length: log.length }, (_, index) => index + 1));
  assert.equal(new Set(log.map(({ content }) => content)).size, log.length, 'a message is in the log twice');
  for (const { seq, messageId, content } of members.flatMap(({ acknowledged }) => acknowledged)) {
    assert.equal(log[seq - 1]?.messageId, messageId);
    assert.equal(log[seq - 1].content, content);
  }
  assert.equal(written(), log.length, 'whoever wrote asked until there was an answer');
  for (const member of members) {
    await member.enter();
    assert.deepEqual(member.saw, log.map(({ seq }) => seq), `member ${member.number}`);
  }
  assert.ok(log.length >= rounds * kWriters, `only ${log.length} messages were written`);
});
