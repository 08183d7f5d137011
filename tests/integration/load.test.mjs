// `lectern load` against a server, whose own counters confirm the report.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { assertRefused, run } from '../fixture/program.mjs';
import { adminPassword, binary, environment, startServer, unlimited } from '../fixture/server.mjs';
import { until, within } from '../fixture/until.mjs';

let server;
before(async () => { server = await startServer({ config: unlimited }); });
after(async () => { await server?.end(); });

const load = (words, options) => run(['load', server.url, '--format', 'json', ...words], options);

// The sum over the metric's labels.
async function counter(name) {
  const text = await (await fetch(`${await server.internalUrl()}/metrics`)).text();
  const found = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'gm'))];
  assert.ok(found.length > 0, `no ${name}`);
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

function assertClean(report, connections) {
  assert.deepEqual(report.errors, {});
  assert.equal(report.failures, 0);
  assert.deepEqual(report.connections, { wanted: connections, entered: connections, failed: 0 });
  assert.equal(report.connecting.count, connections);
  assert.deepEqual(report.missed, []);
}

describe('lectern load', () => {
  test('chat: everybody hears every message, and the server counts the same', async () => {
    const before = await counter('lectern_events_received_total');
    const { code, out, err } = await load(['--connections', '20', '--rooms', '2', '--rate', '40', '--duration', '2s',
      '--ramp', '1s', '--max-errors', '0', '--max-p99-ms', '5000']);
    assert.equal(code, 0, err);
    const report = JSON.parse(out);
    assertClean(report, 22);
    assert.equal(report.requests.sent, 80);
    assert.equal(report.requests.acknowledged, 80);
    assert.equal(report.acknowledgement.count, 80);
    // Ten students and a teacher in each room.
    assert.equal(report.deliveries.heard, 80 * 11);
    assert.equal(report.delivery.count, 80 * 11);
    assert.ok(report.delivery.p50Ms > 0 && report.delivery.p50Ms <= report.delivery.p99Ms);
    // Two rooms made, 22 joined, 80 messages.
    assert.equal(await counter('lectern_events_received_total') - before, 2 + 22 + 80);
  });

  test('quiz: everybody hears every question and answers it', async () => {
    const { code, out, err } = await load(['--scenario', 'quiz', '--connections', '10', '--rooms', '2',
      '--duration', '3s', '--question-seconds', '1', '--max-errors', '0']);
    assert.equal(code, 0, err + out);
    const report = JSON.parse(out);
    assertClean(report, 12);
    // Three questions in each room: asked by its teacher, answered by five.
    assert.equal(report.requests.acknowledged, 3 * 2 * (1 + 5));
    assert.equal(report.deliveries.heard, 3 * 2 * (1 + 5));
  });

  test('echo and idle', async () => {
    const echo = await load(['--scenario', 'echo', '--event', 'ping', '--connections', '5', '--rate', '50',
      '--duration', '1s', '--max-errors', '0']);
    assert.equal(echo.code, 0, echo.err + echo.out);
    assertClean(JSON.parse(echo.out), 5);
    assert.equal(JSON.parse(echo.out).requests.acknowledged, 50);
    const idle = await load(['--scenario', 'idle', '--connections', '30', '--duration', '1s', '--max-errors', '0']);
    assert.equal(idle.code, 0, idle.err + idle.out);
    assertClean(JSON.parse(idle.out), 30);
  });

  test('a user signs in with a password from stdin', async () => {
    const { code, out, err } = await load(['--connections', '2', '--duration', '1s', '--user', 'admin',
      '--max-errors', '0'], { input: `${adminPassword}\n` });
    assert.equal(code, 0, err + out);
    assertClean(JSON.parse(out), 3);
    assertRefused(await load(['--user', 'admin'], { input: 'not the password\n' }), /admin/, 'wrong password');
  });

  test('a threshold that is missed ends with 1 and says which', async () => {
    const { code, out } = await load(['--connections', '2', '--duration', '1s', '--max-p99-ms', '0.001']);
    assert.equal(code, 1);
    assert.match(JSON.parse(out).missed.join(), /p99 of acknowledgements/);
  });

  test('what the server refuses is an error of the report, by type', async () => {
    const strict = await startServer({ config: '[limits.user_messages]\nmax = 3\nwindow_ms = 60000\nscope = "user"\nevents = ["chat:message"]\n' });
    try {
      const { code, out } = await run(['load', strict.url, '--connections', '1', '--rate', '10', '--duration', '1s',
        '--max-errors', '0', '--format', 'json']);
      assert.equal(code, 1, out);
      const report = JSON.parse(out);
      assert.equal(report.requests.acknowledged, 3);
      assert.deepEqual(report.errors, { RATE_LIMIT_EXCEEDED: 7 });
    } finally {
      await strict.end();
    }
  });

  test('SIGINT ends it early, with the report', async () => {
    const child = spawn(binary, ['load', server.url, '--connections', '3', '--ramp', '0', '--duration', '1h',
      '--rate', '50', '--format', 'json', '--max-errors', '0'], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (text) => { out += text; });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const appends = await counter('lectern_appends_total');
    await until(async () => await counter('lectern_appends_total') >= appends + 10, 'load');
    child.kill('SIGINT');
    assert.equal(await within(ended, 'the end'), 0);
    const report = JSON.parse(out);
    assertClean(report, 4);
    assert.ok(report.durationMs < 20_000);
    assert.equal(report.deliveries.heard, report.requests.sent * 4);
  });

  test('nobody there: one line and 2', async () => {
    assertRefused(await run(['load', 'http://127.0.0.1:1', '--scenario', 'idle']), /Connection refused/, 'no server');
    assertRefused(await run(['load', 'http://127.0.0.1:1']), /Connection refused/, 'no server');
  });
});
