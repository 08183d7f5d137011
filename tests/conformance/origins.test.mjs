// Who may come from where. Source: contract section 1, `--allowed-origins`.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { startPlayground } from '../fixture/playground.mjs';
import { Endpoint, closeSessions } from '../fixture/session.mjs';

const servers = [];
after(async () => {
  closeSessions();
  await Promise.all(servers.map((server) => server.end()));
});

async function start(...flags) {
  const server = await startPlayground(...flags);
  servers.push(server);
  return new Endpoint(server);
}
const corsOf = ({ headers }) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const poll = (endpoint, origin) => endpoint.request({}, { headers: { origin } });

// Whether a WebSocket from there is let in.
async function isServed(endpoint, origin) {
  const frames = endpoint.webSocket({}, origin ? { origin } : {});
  const served = await Promise.race([frames.ready.then(() => true), frames.refused.then(() => false)]);
  frames.close();
  return served;
}

test('without the flag: no CORS headers, WebSockets of the same origin and of none', async () => {
  const endpoint = await start();
  const { url } = endpoint.server;
  for (const origin of [url, 'https://evil.example', 'null']) assert.deepEqual(corsOf(await poll(endpoint, origin)), [], origin);
  assert.equal(await isServed(endpoint), true);
  assert.equal(await isServed(endpoint, url), true);
  for (const origin of ['https://evil.example', 'null', `${url}.evil.example`, 'http://127.0.0.1:1', 'nonsense']) {
    assert.equal(await isServed(endpoint, origin), false, origin);
  }
});

describe('with a list', () => {
  const [good, other] = ['https://good.example', 'http://other.example:8080'];
  test('its origins get headers and a WebSocket, others neither', async () => {
    const endpoint = await start('--allowed-origins', `${good},${other}`);
    for (const origin of [good, other]) {
      const { headers } = await poll(endpoint, origin);
      assert.equal(headers.get('access-control-allow-origin'), origin);
      assert.match(headers.get('vary') ?? '', /\bOrigin\b/i);
      assert.equal(await isServed(endpoint, origin), true, origin);
    }
    for (const origin of ['https://evil.example', `${good}.evil.example`, 'http://good.example', 'null']) {
      assert.equal((await poll(endpoint, origin)).headers.get('access-control-allow-origin'), null, origin);
      assert.equal(await isServed(endpoint, origin), false, origin);
    }
  });

  test('a preflight is answered', async () => {
    const endpoint = await start('--allowed-origins', good);
    const { status, headers } = await endpoint.request({}, { method: 'OPTIONS',
      headers: { origin: good, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
    assert.ok(status === 200 || status === 204, String(status));
    assert.equal(headers.get('access-control-allow-origin'), good);
    assert.match(headers.get('access-control-allow-methods'), /POST/);
  });
});

test('a star lets everybody in', async () => {
  const endpoint = await start('--allowed-origins', '*');
  const { headers } = await poll(endpoint, 'https://evil.example');
  assert.ok(['*', 'https://evil.example'].includes(headers.get('access-control-allow-origin')));
  assert.equal(await isServed(endpoint, 'https://evil.example'), true);
});
