// A whole class in real browsers: a teacher and three students, one of them on a phone. Controls are
// found by role and accessible name alone, as contracted; other words only where the contract names
// none. With LECTERN_SCREENSHOTS=1 the pictures of the documentation are taken anew.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launchBrowser } from '../fixture/browser.mjs';
import { Network } from '../fixture/network.mjs';
import { adminPassword, startServer } from '../fixture/server.mjs';
import { clockPasses, until } from '../fixture/until.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const images = process.env.LECTERN_SCREENSHOTS === '1' ? join(root, 'docs', 'images') : join(root, 'build', 'test-logs');
const kWaitMs = 20_000;
const kOfflineMs = 10_000;
// A tick on "Option n is correct" for each n - 1 in `correct`. Of a boolean question, true is option 1.
const questions = [
  { text: 'Which one is prime?', kind: 'single', options: ['6', '7', '8'], correct: [1], seconds: 120 },
  { text: 'Which ones are even?', kind: 'multiple', options: ['1', '2', '4'], correct: [1, 2], seconds: 120 },
  { text: 'Is zero even?', kind: 'boolean', options: [], correct: [0], seconds: 120 },
];

let server;
let network;
let browser;
let teacher;
let ann;  // on a phone, behind a network that the test can cut
let ben;
let cem;  // prefers dark
const complaints = [];
let joinCode;
let joinPath;

before(async () => {
  server = await startServer({ web: 'beside' });
  network = await new Network(server).open();
  browser = await launchBrowser();
  mkdirSync(images, { recursive: true });
});
after(async () => {
  await browser?.close();
  network?.close();
  await server?.end();
});

// What a browser reports while the server or the network is away; that is part of the class.
const kAway = /net::ERR_|WebSocket is closed before the connection is established|Connection closed before receiving a handshake response/;

// A browser of one person's own. What the page complains about is kept, except for `expected`.
async function person(name, url, { expected = kAway, ...options } = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(kWaitMs);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(`${name}: ${message.text()}`);
  });
  page.who = name;
  return page;
}

const visible = (locator) => locator.waitFor({ state: 'visible' });
const named = (page, role, name) => page.getByRole(role, { name, exact: true });
const button = (page, name) => named(page, 'button', name);
const textbox = (page, name) => named(page, 'textbox', name);
const region = (page, name) => named(page, 'region', name);
const question = (page) => region(page, 'Question');
const chat = (page) => named(page, 'log', 'Chat');
const picture = (page, name) => page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
const students = () => [ann, ben, cem];
const everybody = () => [teacher, ...students()];
const shows = (pages, locate) => Promise.all(pages.map((page) => visible(locate(page))));

async function say(page, text) {
  await textbox(page, 'Message').fill(text);
  await button(page, 'Send').click();
}

const everybodySees = (text, pages = everybody()) => shows(pages, (page) => chat(page).getByText(text, { exact: true }).first());

// The messages m1, m2 … of the log, in its order.
async function chatLines(page) {
  return (await chat(page).innerText()).split('\n').map((line) => line.trim()).filter((line) => /^m\d$/.test(line)).join(' ');
}
const reads = (page, lines) => until(async () => await chatLines(page) === lines, `${page.who} reads ${lines}`);

// What a student is told about an answer. The first word is the verdict.
const verdict = (page, words) => visible(named(page, 'status', 'Result').filter({ hasText: words }));
const right = /^\s*right\b/i;
const wrong = /^\s*wrong\b/i;
const notAnswered = /not answer/i;

// "2 of 3 have answered", whatever the words around.
const answered = (count, participants = '3') =>
  visible(region(teacher, 'Answers').getByText(new RegExp(`\\b${count} (of|/) ${participants}\\b`)));

// The text alternative of the chart says how often each option was chosen.
const charted = (...counts) => visible(region(teacher, 'Answers')
  .getByRole('img', { name: new RegExp(counts.map(([option, count]) => `\\b${option}: ${count}\\b`).join('.*')) }));

const seconds = async (page) => {
  const [minutes, rest] = (await named(page, 'timer', 'Time left').innerText()).split(':').map(Number);
  return rest === undefined ? minutes : 60 * minutes + rest;
};

test('the teacher signs in and opens a room', async () => {
  teacher = await person('teacher', server.url);
  await teacher.goto('/');
  await named(teacher, 'link', 'Sign in').click();
  await teacher.waitForURL('**/signin');
  await textbox(teacher, 'User name').fill('admin');
  await textbox(teacher, 'Password').fill(adminPassword);
  await button(teacher, 'Sign in').click();
  await teacher.waitForURL('**/rooms');
  await button(teacher, 'New room').click();
  await textbox(teacher, 'Room name').fill('Algebra 1');
  await button(teacher, 'Create room').click();
  // A new room is either opened at once or listed.
  await named(teacher, 'link', 'Algebra 1').first().click();
  await teacher.waitForURL(/\/rooms\/[0-9a-f-]{36}$/);
  const code = teacher.getByLabel('Join code', { exact: true });
  await visible(code);
  joinCode = (await code.innerText()).trim();
  assert.match(joinCode, /^\d{6}$/);
});

test('the room shows its code, its link and their picture', async () => {
  const qr = named(teacher, 'img', 'Join QR code');
  await visible(qr);
  assert.ok(await qr.evaluate((image) => image.naturalWidth > 0), 'the picture is empty');
  const link = teacher.getByRole('link', { name: `/join/${joinCode}` });
  await visible(link);
  const url = new URL(await link.getAttribute('href'));
  assert.equal(url.origin, server.url);
  joinPath = url.pathname;
  assert.equal(joinPath, `/join/${joinCode}`);
});

test('the room is listed under its name', async () => {
  await teacher.goto('/rooms');
  await named(teacher, 'link', 'Algebra 1').click();
  await visible(teacher.getByLabel('Join code', { exact: true }));
});

test('a wrong password is told in words', async () => {
  const page = await person('stranger', server.url, { expected: /status of 401/ });
  await page.goto('/signin');
  await textbox(page, 'User name').fill('admin');
  await textbox(page, 'Password').fill('wrong');
  await button(page, 'Sign in').click();
  await visible(page.getByRole('alert').filter({ hasText: /\w/ }));
  assert.equal(new URL(page.url()).pathname, '/signin');
  await page.context().close();
});

test('three students come in by link, one of them on a phone, and one types the code', async () => {
  ann = await person('ann', network.url, {
    viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
  });
  await ann.goto(joinPath);
  await textbox(ann, 'Your name').fill('Ann');
  await picture(ann, 'join-phone');
  await button(ann, 'Join').click();

  ben = await person('ben', server.url);
  await ben.goto('/');
  await textbox(ben, 'Join code').fill(joinCode);
  await button(ben, 'Continue').click();
  await ben.waitForURL(`**${joinPath}`);
  await textbox(ben, 'Your name').fill('Ben <b>');
  await button(ben, 'Join').click();

  cem = await person('cem', server.url, { colorScheme: 'dark' });
  await cem.goto(joinPath);
  await textbox(cem, 'Your name').fill('Cem');
  await button(cem, 'Join').click();

  await shows(students(), chat);
  const list = named(teacher, 'list', 'Participants');
  // Angle brackets are removed from names.
  for (const name of ['Ann', 'Ben b', 'Cem']) await visible(list.getByText(name, { exact: true }));
  assert.equal(await list.getByRole('listitem').count(), 4);
});

test('nobody has to scroll sideways on a phone', async () => {
  const { content, window } = await ann.evaluate(() =>
    ({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
  assert.ok(content <= window, `${content} px in a window of ${window} px`);
});

test('they chat, and markup is only markup', async () => {
  await say(teacher, 'm1');
  await everybodySees('m1');
  await say(ann, 'm2');
  await everybodySees('m2');
  await say(ben, '<b>bold</b> <img src=x onerror=alert(1)>');
  await shows(everybody(), (page) => chat(page).locator('b', { hasText: 'bold' }));
  for (const page of everybody()) assert.equal(await chat(page).locator('img, script').count(), 0, page.who);
});

test('the teacher writes a quiz of three questions', async () => {
  await button(teacher, 'New quiz').click();
  const dialog = named(teacher, 'dialog', 'Quiz');
  await textbox(dialog, 'Title').fill('Numbers');
  for (const [index, { text, kind, options, correct, seconds: limit }] of questions.entries()) {
    const texts = textbox(dialog, 'Question text');
    if (await texts.count() <= index) await button(dialog, 'Add question').click();
    await texts.nth(index).fill(text);
    await named(dialog, 'combobox', 'Kind').nth(index).selectOption(kind);
    await writeOptions(dialog, options, correct);
    await named(dialog, 'spinbutton', 'Seconds').nth(index).fill(String(limit));
  }
  await picture(teacher, 'quiz-editor');
  await button(dialog, 'Save quiz').click();
  await dialog.waitFor({ state: 'hidden' });
  assert.ok(await button(teacher, 'Start quiz').isEnabled());
});

// The newest question is the last of its kind in the dialog.
async function writeOptions(dialog, options, correct) {
  for (const [number, option] of options.entries()) await textbox(dialog, `Option ${number + 1}`).last().fill(option);
  for (const index of correct) await named(dialog, 'checkbox', `Option ${index + 1} is correct`).last().check();
}

test('the first question: options, countdown, who has answered, the chart', async () => {
  await button(teacher, 'Start quiz').click();
  await shows(students(), (page) => question(page).getByText(questions[0].text));
  for (const page of students()) {
    for (const option of questions[0].options) assert.equal(await button(question(page), option).count(), 1, `${page.who}: ${option}`);
  }
  const first = await seconds(cem);
  assert.ok(first > 0 && first <= questions[0].seconds, `${first} s`);
  await until(async () => await seconds(cem) < first, 'the time left shrinks');

  await button(question(ann), '7').click();
  await answered(1);
  await button(question(ben), '6').click();
  await answered(2);
  await charted(['6', 1], ['7', 1], ['8', 0]);
  const list = named(teacher, 'list', 'Participants');
  const done = list.getByRole('listitem').filter({ hasText: 'has answered' });
  for (const name of ['Ann', 'Ben']) await visible(done.filter({ hasText: name }));
  assert.equal(await done.count(), 2);
  await picture(teacher, 'teacher-question');
  await picture(ann, 'student-phone');
});

// The answer that was given stays, and none can be given any more.
async function keeps(page, option, others) {
  await visible(question(page).getByRole('button', { name: option, exact: true, pressed: true }));
  for (const name of others) {
    await visible(question(page).getByRole('button', { name, exact: true, pressed: false, disabled: true }));
  }
}

test('a reload keeps the room, the chat, the question and the answer', async () => {
  await ann.reload();
  await visible(question(ann).getByText(questions[0].text));
  await visible(named(ann, 'timer', 'Time left'));
  await visible(chat(ann).getByText('m2', { exact: true }));
  await keeps(ann, '7', ['6', '8']);
});

test('ten seconds without a network lose nothing', async () => {
  await ann.context().setOffline(true);
  network.cut();
  const from = Date.now();
  await visible(ann.getByText(/reconnecting/i).first());
  await say(teacher, 'm3');
  await everybodySees('m3', [teacher, ben, cem]);
  await clockPasses(from + kOfflineMs);
  assert.equal(await chatLines(ann), 'm1 m2');
  network.mend();
  await ann.context().setOffline(false);
  await reads(ann, 'm1 m2 m3');
  await visible(question(ann).getByText(questions[0].text));
  await keeps(ann, '7', ['6', '8']);
  await say(ann, 'm4');
  await everybodySees('m4');
});

test('kill -9 in the middle of the question loses nothing', async () => {
  await server.kill();
  await shows(everybody(), (page) => page.getByText(/reconnecting/i).first());
  await server.restart();
  await say(teacher, 'm5');
  await everybodySees('m5');
  for (const page of everybody()) await reads(page, 'm1 m2 m3 m4 m5');
  await answered(2, '\\d');
  await keeps(ann, '7', ['6', '8']);
  await keeps(ben, '6', ['7', '8']);
  await button(question(cem), '7').click();
  await answered(3);
  await charted(['6', 1], ['7', 2], ['8', 0]);
});

test('at the close everybody is told right or wrong, and the rank', async () => {
  await button(teacher, 'Close question').click();
  for (const [page, ...told] of [[ann, right, /1st/], [ben, wrong, /3rd/], [cem, right, /2nd/]]) {
    for (const words of told) await verdict(page, words);
  }
  // Ann was faster than Cem, so she has more points.
  await shows(everybody(), (page) => region(page, 'Leaderboard').getByRole('listitem').nth(2));
  const names = await region(teacher, 'Leaderboard').getByRole('listitem').allInnerTexts();
  assert.deepEqual(names.map((text) => text.match(/Ann|Ben|Cem/)?.[0]), ['Ann', 'Cem', 'Ben']);
  await picture(cem, 'student-dark');
});

test('the second question takes several options', async () => {
  await button(teacher, 'Next question').click();
  for (const [page, picks] of [[ann, ['2', '4']], [ben, ['2']]]) {
    await visible(question(page).getByText(questions[1].text));
    assert.ok(await button(question(page), 'Submit answer').isDisabled(), 'nothing is chosen yet');
    for (const pick of picks) await named(question(page), 'checkbox', pick).check();
    await button(question(page), 'Submit answer').click();
  }
  await answered(2);
  await charted(['1', 0], ['2', 2], ['4', 1]);
  await button(teacher, 'Close question').click();
  await verdict(ann, right);
  await verdict(ben, wrong);
  await verdict(cem, notAnswered);
});

test('the third question is answered from the keyboard', async () => {
  await button(teacher, 'Next question').click();
  await visible(question(ben).getByText(questions[2].text));
  await question(ben).getByRole('button', { name: 'True', exact: true }).focus();
  await ben.keyboard.press('Enter');
  await answered(1);
  await button(teacher, 'Close question').click();
  await verdict(ben, right);
  await verdict(ann, notAnswered);
});

test('the end shows leaderboard and podium to everybody', async () => {
  await button(teacher, 'End quiz').click();
  for (const page of everybody()) {
    // The podium has no role: to a screen reader it only repeats the list.
    await visible(region(page, 'Leaderboard').locator('.podium').getByText('Ann', { exact: true }));
    const names = await region(page, 'Leaderboard').getByRole('listitem').allInnerTexts();
    assert.deepEqual(names.map((text) => text.match(/Ann|Ben|Cem/)?.[0]), ['Ann', 'Ben', 'Cem'], page.who);
  }
  assert.ok(await button(teacher, 'New quiz').isEnabled());
  await picture(teacher, 'podium');
  await picture(ann, 'podium-phone');
});

test('no page complained', () => {
  assert.deepEqual(complaints, []);
});
