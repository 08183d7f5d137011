// The web application as it is built, on a server under a path: nothing of it asks beside that path.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { adminPassword, startServer } from '../fixture/server.mjs';

const base = '/school/lectern';
const kWaitMs = 20_000;
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

let server;
let browser;
const complaints = [];

before(async () => {
  server = await startServer({ web: 'beside', config: `[server]\nbase_path = "${base}"\n` });
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  browser = await chromium.launch({ executablePath, args: flags });
});
after(async () => {
  await browser?.close();
  await server?.end();
});

async function person() {
  const context = await browser.newContext();
  context.setDefaultTimeout(kWaitMs);
  const page = await context.newPage();
  const look = (address) => {
    const { protocol, pathname } = new URL(address);
    if (/^(https?|wss?):$/.test(protocol) && !pathname.startsWith(`${base}/`)) complaints.push(`asked for ${address}`);
  };
  page.on('request', (request) => look(request.url()));
  page.on('websocket', (socket) => look(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  return page;
}

const named = (page, role, name) => page.getByRole(role, { name, exact: true });
const where = (page) => new URL(page.url()).pathname;
const reads = (page, text) => named(page, 'log', 'Chat').getByText(text, { exact: true }).first().waitFor();

async function say(page, text) {
  await named(page, 'textbox', 'Message').fill(text);
  await named(page, 'button', 'Send').click();
}

test('a teacher and a student meet in a class under the path', async () => {
  const teacher = await person();
  await teacher.goto(`${server.url}${base}/`);
  await named(teacher, 'link', 'Sign in').click();
  await teacher.waitForURL(`**${base}/signin`);
  await named(teacher, 'textbox', 'User name').fill('admin');
  await named(teacher, 'textbox', 'Password').fill(adminPassword);
  await named(teacher, 'button', 'Sign in').click();
  await teacher.waitForURL(`**${base}/rooms`);
  await named(teacher, 'button', 'New room').click();
  await named(teacher, 'textbox', 'Room name').fill('Algebra');
  await named(teacher, 'button', 'Create room').click();
  await named(teacher, 'link', 'Algebra').first().click();
  await teacher.waitForURL(/\/rooms\/[0-9a-f-]{36}$/);
  assert.ok(where(teacher).startsWith(`${base}/rooms/`), where(teacher));

  const code = (await teacher.getByLabel('Join code', { exact: true }).innerText()).trim();
  const picture = named(teacher, 'img', 'Join QR code');
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => image.naturalWidth > 0), 'the picture is empty');
  const link = await teacher.getByRole('link', { name: `/join/${code}` }).getAttribute('href');
  assert.equal(link, `${server.url}${base}/join/${code}`);

  const student = await person();
  await student.goto(link);
  await named(student, 'textbox', 'Your name').fill('Ann');
  await named(student, 'button', 'Join').click();
  await student.waitForURL(`**${base}/rooms/*`);
  await say(teacher, 'welcome');
  await reads(student, 'welcome');
  await say(student, 'hello');
  await reads(teacher, 'hello');

  // Back, a reload in the depth, and a link of the page stay under the path as well.
  await teacher.reload();
  await reads(teacher, 'hello');
  await named(teacher, 'link', 'Rooms').click();
  await teacher.waitForURL(`**${base}/rooms`);
  await teacher.goBack();
  await reads(teacher, 'hello');
  assert.ok(where(teacher).startsWith(`${base}/rooms/`), where(teacher));
  assert.deepEqual(complaints, []);
});
