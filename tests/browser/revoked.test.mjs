// Who is out, is out now, and is told why: an open page of a user whose tokens are revoked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, teachIn } from '../fixture/browser.mjs';
import { post } from '../fixture/http.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const kWaitMs = 20_000;
const kSignedOutMs = 1000;

let server;
let browser;
before(async () => {
  server = await startServer({ web: 'beside' });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.end();
});

// The administrator in a room of their own, on a page that watches itself: when the reason comes
// into sight is measured in the page, so that the road to the test adds nothing.
async function teaching() {
  const context = await browser.newContext({ baseURL: server.url });
  context.setDefaultTimeout(kWaitMs);
  const page = await context.newPage();
  await teachIn(page, 'Algebra');
  return page;
}

test('a revoked user\'s page is signed out within a second and says why', async (t) => {
  const page = await teaching();
  const login = await post(server, '/auth/login', { username: 'admin', password: adminPassword });
  const { userId } = login.json.user;
  const told = page.evaluate((wait) => new Promise((resolve, reject) => {
    const look = setInterval(() => {
      if (!/signed out/i.test(document.body.innerText)) return;
      clearInterval(look);
      resolve(Date.now());
    }, 10);
    setTimeout(() => reject(new Error(`the page says: ${document.body.innerText}`)), wait);
  }), kWaitMs);
  const revokedAt = Date.now();
  const answer = await post(server, '/auth/revoke', { userId }, { token: token('admin') });
  assert.equal(answer.status, 204, answer.text);
  const took = await told - revokedAt;
  assert.ok(took > 0 && took <= kSignedOutMs, `it took ${took} ms`);
  t.diagnostic(`signed out after ${took} ms`);

  await page.getByRole('textbox', { name: 'Password' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Message' }).count(), 0, 'the class is gone');
  await page.goto('/rooms');
  await page.getByRole('textbox', { name: 'Password' }).or(page.getByRole('link', { name: 'Sign in' })).first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'New room' }).count(), 0, 'nothing brings it back');
});
