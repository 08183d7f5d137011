// A whole class in real browsers: a teacher and three students, one of them on a phone. Controls are
// found by role and accessible name alone, as contracted. Screenshots go to docs/images/.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { Network } from '../fixture/network.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';

const images = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'images');
const kWaitMs = 20_000;
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const questions = [
  { text: 'Which one is prime?', kind: 'single', options: ['6', '7', '8'], correct: [1], seconds: 60 },
  { text: 'Which ones are even?', kind: 'multiple', options: ['1', '2', '4'], correct: [1, 2], seconds: 60 },
  { text: 'Is zero even?', kind: 'boolean', options: [], correct: [0], seconds: 60 },
];

let server;
let network;
let browser;
let teacher;
const students = [];
const complaints = [];
let joinCode;

before(async () => {
  server = await startServer({ web: 'default' });
  network = await new Network(server).open();
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  browser = await chromium.launch({ executablePath, args: flags });
  mkdirSync(images, { recursive: true });
});
after(async () => {
  await browser?.close();
  network?.close();
  await server?.stop();
  server?.remove();
});

// A browser of one person's own. What the page complains about is kept.
async function person(name, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(kWaitMs);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    // A browser reports requests that fail while the server is away; those are part of the class.
    if (message.type() === 'error' && !/ERR_|WebSocket|Failed to load resource|net::/.test(message.text())) {
      complaints.push(`${name}: ${message.text()}`);
    }
  });
  page.who = name;
  return page;
}

const visible = (locator, timeout = kWaitMs) => locator.waitFor({ state: 'visible', timeout });
const region = (page, name) => page.getByRole('region', { name, exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const picture = (page, name) => page.screenshot({ path: join(images, `${name}.png`) });
const question = (page) => region(page, 'Question');
const chat = (page) => page.getByRole('log', { name: 'Chat' });

async function say(page, text) {
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text);
  await button(page, 'Send').click();
}

async function everybodySees(text, pages = [teacher, ...students]) {
  await Promise.all(pages.map((page) => visible(chat(page).getByText(text, { exact: true }))));
}

async function chatLines(page) {
  return (await chat(page).innerText()).split('\n').map((line) => line.trim()).filter((line) => /^m\d$/.test(line));
}

const allPages = () => [teacher, ...students];

test('the teacher signs in and opens a room', async () => {
  teacher = await person('teacher', server.url);
  await teacher.goto('/');
  await teacher.getByRole('link', { name: 'Sign in' }).click();
  await teacher.waitForURL('**/signin');
  await teacher.getByRole('textbox', { name: 'User name' }).fill('admin');
  await teacher.getByLabel('Password', { exact: true }).fill(adminPassword);
  await button(teacher, 'Sign in').click();
  await teacher.waitForURL('**/rooms');
  await button(teacher, 'New room').click();
  await teacher.getByRole('textbox', { name: 'Room name' }).fill('Algebra 1');
  await button(teacher, 'Create room').click();
  const link = teacher.getByRole('link', { name: /Algebra 1/ });
  const code = teacher.getByLabel('Join code', { exact: true });
  await visible(link.or(code).first());
  if (!/\/rooms\/[0-9a-f-]{36}/.test(teacher.url())) await link.click();
  await visible(code);
  joinCode = (await code.innerText()).replace(/\D/g, '');
  assert.match(joinCode, /^\d{6,8}$/);
  await visible(teacher.getByRole('img', { name: 'Join QR code' }));
});

test('a wrong password is told in words', async () => {
  const page = await person('stranger', server.url);
  await page.goto('/signin');
  await page.getByRole('textbox', { name: 'User name' }).fill('admin');
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await button(page, 'Sign in').click();
  await visible(page.getByRole('alert'));
  assert.match(page.url(), /signin/);
  await page.context().close();
});

test('three students come in, one by link on a phone, one by code', async () => {
  const phone = await person('phone', network.url, {
    viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
  });
  await phone.goto(`/join/${joinCode}`);
  await visible(phone.getByRole('textbox', { name: 'Your name' }));
  await phone.getByRole('textbox', { name: 'Your name' }).fill('Ann');
  await picture(phone, 'join-phone');
  await button(phone, 'Join').click();

  const byCode = await person('by code', server.url);
  await byCode.goto('/');
  await byCode.getByRole('textbox', { name: 'Join code' }).fill(joinCode);
  await button(byCode, 'Continue').click();
  await byCode.getByRole('textbox', { name: 'Your name' }).fill('Ben <b>');
  await button(byCode, 'Join').click();

  const dark = await person('dark', server.url, { colorScheme: 'dark' });
  await dark.goto(`/join/${joinCode}`);
  await dark.getByRole('textbox', { name: 'Your name' }).fill('Cem');
  await button(dark, 'Join').click();

  students.push(phone, byCode, dark);
  await Promise.all(students.map((page) => visible(chat(page))));
  const list = teacher.getByRole('list', { name: 'Participants' });
  for (const name of ['Ann', 'Ben', 'Cem']) await visible(list.getByText(name).first());
});

test('they chat, and markup is only markup', async () => {
  await say(teacher, 'm1');
  await everybodySees('m1');
  await say(students[0], 'm2');
  await everybodySees('m2');
  await say(students[1], '<b>bold</b> <img src=x onerror=alert(1)>');
  await visible(chat(teacher).locator('b', { hasText: 'bold' }));
  assert.equal(await chat(teacher).locator('img').count(), 0);
});

test('the teacher writes a quiz of three questions', async () => {
  await button(teacher, 'New quiz').click();
  const dialog = teacher.getByRole('dialog', { name: 'Quiz' });
  await visible(dialog);
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Numbers');
  for (const [index, { text, kind, options, correct, seconds }] of questions.entries()) {
    const texts = dialog.getByRole('textbox', { name: 'Question text' });
    if (await texts.count() <= index) await button(dialog, 'Add question').click();
    await texts.nth(index).fill(text);
    await dialog.getByRole('combobox', { name: 'Kind' }).nth(index).selectOption(kind);
    await fillOptions(dialog, options, correct);
    await dialog.getByRole('spinbutton', { name: 'Seconds' }).nth(index).fill(String(seconds));
  }
  await picture(teacher, 'quiz-editor');
  await button(dialog, 'Save quiz').click();
  await dialog.waitFor({ state: 'hidden' });
  await visible(button(teacher, 'Start quiz'));
});

// The newest question is the last of its kind in the dialog.
async function fillOptions(dialog, options, correct) {
  for (const [number, option] of options.entries()) {
    await dialog.getByRole('textbox', { name: `Option ${number + 1}`, exact: true }).last().fill(option);
  }
  for (const index of correct) {
    await dialog.getByRole('checkbox', { name: `Option ${index + 1} is correct`, exact: true }).last().check();
  }
}

test('the first question: countdown, answers, who has answered, the chart', async () => {
  await button(teacher, 'Start quiz').click();
  await Promise.all(students.map(async (page) => {
    await visible(question(page).getByText(questions[0].text));
    await visible(page.getByRole('timer', { name: 'Time left' }));
    assert.equal(await question(page).getByRole('button').filter({ hasText: /^\s*[678]\s*$/ }).count(), 3);
  }));
  await button(question(students[0]), '7').click();
  await button(question(students[1]), '6').click();
  await visible(region(teacher, 'Answers'));
  await visible(teacher.getByText(/2 (of|\/) \d/).first());
  await picture(teacher, 'teacher-question');
  await picture(students[0], 'student-phone');
});

test('a reload keeps the room, the question and the answer', async () => {
  await students[0].reload();
  await visible(question(students[0]).getByText(questions[0].text));
  await visible(chat(students[0]).getByText('m2', { exact: true }));
  // Whoever answered cannot answer again.
  const open = question(students[0]).getByRole('button', { name: '6', exact: true });
  assert.ok(await open.count() === 0 || await open.isDisabled());
});

test('ten seconds without a network lose nothing', async () => {
  const [phone] = students;
  await phone.context().setOffline(true);
  network.cut();
  await visible(phone.getByText(/reconnecting/i).first());
  const from = Date.now();
  await say(teacher, 'm3');
  await everybodySees('m3', [teacher, students[1], students[2]]);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 10_000 - (Date.now() - from))));
  network.mend();
  await phone.context().setOffline(false);
  await visible(chat(phone).getByText('m3', { exact: true }));
  await visible(question(phone).getByText(questions[0].text));
  await say(phone, 'm4');
  await everybodySees('m4');
});

test('kill -9 in the middle of the question loses nothing', async () => {
  await server.kill();
  await Promise.all(allPages().map((page) => visible(page.getByText(/reconnecting/i).first())));
  await server.restart();
  await say(teacher, 'm5');
  await everybodySees('m5');
  for (const page of allPages()) assert.deepEqual(await chatLines(page), ['m1', 'm2', 'm3', 'm4', 'm5'], page.who);
  await visible(question(students[2]).getByText(questions[0].text));
  await button(question(students[2]), '7').click();
  await visible(teacher.getByText(/3 (of|\/) \d/).first());
  await button(teacher, 'Close question').click();
  await Promise.all(students.map((page) => visible(page.getByRole('status', { name: 'Result' }))));
  const results = await Promise.all(students.map((page) => page.getByRole('status', { name: 'Result' }).innerText()));
  assert.match(results[0], /right|correct/i);
  assert.match(results[1], /wrong|incorrect|not right/i);
  assert.match(results[2], /right|correct/i);
  await picture(students[2], 'student-dark');
});

test('the second question takes several options', async () => {
  await button(teacher, 'Next question').click();
  for (const [page, picks] of [[students[0], ['2', '4']], [students[1], ['2']]]) {
    await visible(question(page).getByText(questions[1].text));
    for (const pick of picks) await question(page).getByRole('checkbox', { name: pick, exact: true }).check();
    await question(page).getByRole('button', { name: 'Submit answer' }).click();
  }
  await visible(teacher.getByText(/2 (of|\/) \d/).first());
  await button(teacher, 'Close question').click();
  await visible(region(students[0], 'Leaderboard').or(students[0].getByRole('status', { name: 'Result' })).first());
});

test('the third question is answered from the keyboard', async () => {
  await button(teacher, 'Next question').click();
  const [, page] = students;
  await visible(question(page).getByText(questions[2].text));
  const options = question(page).getByRole('button');
  await options.first().focus();
  await page.keyboard.press('Enter');
  await visible(teacher.getByText(/1 (of|\/) \d/).first());
  await button(teacher, 'Close question').click();
});

test('the end shows leaderboard and podium to everybody', async () => {
  await button(teacher, 'End quiz').click();
  await Promise.all(allPages().map((page) => visible(region(page, 'Leaderboard'))));
  await visible(region(teacher, 'Leaderboard').getByText('Ann').first());
  await picture(teacher, 'podium');
  await picture(students[0], 'podium-phone');
});

test('no page complained', () => {
  assert.deepEqual(complaints, []);
});
