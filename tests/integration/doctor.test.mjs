// `lectern doctor`: one line for each check, and an exit code that tells whether one fails.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { binary, environment, startServer, temporaryDirectory } from '../fixture/server.mjs';

const servers = [];
after(async () => { for (const server of servers) await server.end(); });

// Runs it on a data directory of its own; `lines` are the findings as [grade, check, text].
async function doctor({ config = '', data = temporaryDirectory(), env = {}, shell = '' } = {}) {
  const file = join(temporaryDirectory(), 'lectern.toml');
  writeFileSync(file, config);
  const words = [binary, 'doctor', '--config', file, '--data', data];
  const child = spawn('sh', ['-c', `${shell} exec "$@"`, 'sh', ...words],
    { env: environment({ LECTERN_SERVER_LISTEN: '127.0.0.1:0', ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => { stdout += text; });
  child.stderr.on('data', (text) => { stderr += text; });
  const code = await new Promise((resolve) => { child.on('close', resolve); });
  assert.equal(stderr, '');
  const lines = stdout.trimEnd().split('\n').map((line) => {
    const [, grade, check, text] = line.match(/^(ok|warn|fail) +(\w+): (.+)$/) ?? assert.fail(line);
    if (grade !== 'ok') assert.match(text, /; ./, 'it says what to do');
    return [grade, check, text];
  });
  return { code, lines, of: (check) => lines.filter(([, name]) => name === check) };
}

const small = '[engine]\nmax_connections = 100\n';

test('a host on which all is well', async () => {
  const data = temporaryDirectory();
  const { code, lines, of } = await doctor({ config: small, data });
  assert.equal(code, 0, lines.join('\n'));
  assert.deepEqual([...new Set(lines.map(([, check]) => check))], ['config', 'files', 'port', 'clock', 'data', 'redis', 'proxy', 'sends']);
  for (const check of ['config', 'files', 'port', 'data', 'redis']) assert.equal(of(check)[0][0], 'ok', of(check)[0].join(' '));
  assert.equal(of('port').length, 2, 'the internal listener, too');
  assert.match(of('data')[0][2], /an fsync takes \d+\.\d\d ms/);
  assert.match(of('sends')[0][2], /^sends go (through io_uring|one by one)/);
  assert.deepEqual(readdirSync(data), [], 'it leaves nothing behind');
});

test('few files are warned of, and very few are a failure', async () => {
  const some = await doctor({ shell: 'ulimit -n 1024;' });
  assert.equal(some.code, 0);
  assert.equal(some.of('files')[0][0], 'warn');
  assert.match(some.of('files')[0][2], /about 724 connections .*; raise the limit/);
  const few = await doctor({ shell: 'ulimit -n 128;' });
  assert.equal(few.code, 1);
  assert.equal(few.of('files')[0][0], 'fail');
});

test('a port that somebody has', async (t) => {
  const other = createServer();
  await new Promise((resolve) => { other.listen(0, '127.0.0.1', resolve); });
  t.after(() => other.close());
  const { code, of } = await doctor({ config: small, env: { LECTERN_SERVER_LISTEN: `127.0.0.1:${other.address().port}` } });
  assert.equal(code, 1);
  assert.match(of('port')[0].join(' '), /^fail port .*in use.*; stop who listens there/);
});

test('a port that the server of this data directory has', async () => {
  const server = await startServer();
  servers.push(server);
  const { code, of } = await doctor({ config: small, data: server.data, env: { LECTERN_SERVER_LISTEN: `127.0.0.1:${server.port}` } });
  assert.equal(code, 0);
  assert.match(of('port')[0].join(' '), /^ok port .* a server runs on this data directory$/);
});

test('a data directory that cannot be one', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const { code, of } = await doctor({ config: small, data: join(file, 'data') });
  assert.equal(code, 1);
  assert.equal(of('data')[0][0], 'fail');
});

test('a configuration with mistakes, each on a line', async () => {
  const { code, of } = await doctor({ config: '[server]\nlistn = ["127.0.0.1:0"]\n[engine]\nmax_connections = "many"\n' });
  assert.equal(code, 1);
  assert.equal(of('config').length, 2);
  assert.match(of('config')[0].join(' '), /^fail config .*:2: unknown key server\.listn; did you mean listen\?/);
});

test('proxies: none, one, and everybody', async () => {
  const none = await doctor({ config: small });
  assert.match(none.of('proxy')[0].join(' '), /^warn proxy only this host .*; set server\.trusted_proxies/);
  const one = await doctor({ config: `${small}[server]\ntrusted_proxies = ["127.0.0.1"]\n` });
  assert.match(one.of('proxy')[0].join(' '), /^ok proxy X-Forwarded-For counts/);
  const everybody = await doctor({ config: `${small}[server]\ntrusted_proxies = ["0.0.0.0/0"]\n` });
  assert.match(everybody.of('proxy')[0].join(' '), /^warn proxy .*anybody may claim any address/);
});

test('the way of sending that was asked for', async () => {
  const slow = await doctor({ config: `${small}send_path = "one_by_one"\n` });
  assert.match(slow.of('sends')[0].join(' '), /^ok sends sends go one by one, as configured$/);
});
