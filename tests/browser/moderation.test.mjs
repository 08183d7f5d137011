// What a teacher can do about somebody, in two browsers: messages removed, mute, removal, ban, and a
// quiz that waits.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, teachIn } from '../fixture/browser.mjs';
import { startServer } from '../fixture/server.mjs';

const kWaitMs = 20_000;

let server;
let browser;
let teacher;
let ann;
let joinCode;

async function page() {
  const context = await browser.newContext({ baseURL: server.url });
  context.setDefaultTimeout(kWaitMs);
  return context.newPage();
}

before(async () => {
  server = await startServer({ web: 'beside' });
  browser = await launchBrowser();
  teacher = await page();
  await teachIn(teacher, 'Algebra');
  joinCode = (await teacher.getByLabel('Join code', { exact: true }).innerText()).trim();
  ann = await page();
  await enter(ann);
});
after(async () => {
  await browser?.close();
  await server?.end();
});

async function enter(student) {
  await student.goto(`/join/${joinCode}`);
  await student.getByRole('textbox', { name: 'Your name' }).fill('Ann');
  await student.getByRole('button', { name: 'Join' }).click();
  await student.getByText('Connected', { exact: true }).waitFor();
  await teacher.getByRole('list', { name: 'Participants' }).getByText('Ann', { exact: true }).waitFor();
}

const chat = (who) => who.getByRole('log', { name: 'Chat' });

async function say(who, text) {
  await who.getByRole('textbox', { name: 'Message' }).fill(text);
  await who.getByRole('button', { name: 'Send' }).click();
}

async function decide(words, list = 'Participants') {
  await teacher.getByRole('list', { name: list }).getByRole('button', { name: 'Actions for Ann' }).click();
  const dialog = teacher.getByRole('dialog', { name: 'Ann' });
  await dialog.getByRole('button', { name: words, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test('a removed message is gone for everybody', async () => {
  await say(ann, 'rude');
  await chat(teacher).getByText('rude').hover();
  await teacher.getByRole('button', { name: 'Remove message of Ann' }).click();
  await chat(ann).getByText('This message was removed.').waitFor();
  assert.equal(await chat(ann).getByText('rude').count(), 0);
  assert.equal(await ann.getByRole('button', { name: /Remove message/ }).count(), 0, 'a student has no such button');
});

test('who is muted is told so, and writes again once unmuted', async () => {
  await decide('Mute for 5 minutes');
  await ann.getByText(/You have been muted and cannot write until \d/).waitFor();
  await decide('Unmute');
  await ann.getByText(/You have been muted/).waitFor({ state: 'hidden' });
  await say(ann, 'sorry');
  await chat(teacher).getByText('sorry').waitFor();
});

test('a quiz waits while it is paused, and goes on', async () => {
  await teacher.getByRole('button', { name: 'New quiz' }).click();
  const dialog = teacher.getByRole('dialog', { name: 'Quiz' });
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Sums');
  await dialog.getByRole('textbox', { name: 'Question text' }).fill('2 + 2?');
  await dialog.getByRole('textbox', { name: 'Option 1' }).fill('3');
  await dialog.getByRole('textbox', { name: 'Option 2' }).fill('4');
  await dialog.getByRole('checkbox', { name: 'Option 2 is correct' }).check();
  await dialog.getByRole('button', { name: 'Save quiz' }).click();
  await teacher.getByRole('button', { name: 'Start quiz' }).click();
  const option = ann.getByRole('region', { name: 'Question' }).getByRole('button', { name: '4', exact: true });
  await option.waitFor();
  await teacher.getByRole('button', { name: 'Pause quiz' }).click();
  await teacher.getByRole('button', { name: 'Resume quiz' }).waitFor();
  await ann.getByText(/paused/i).first().waitFor();
  await teacher.getByRole('button', { name: 'Resume quiz' }).click();
  await teacher.getByRole('button', { name: 'Pause quiz' }).waitFor();
  await option.click();
  await teacher.getByRole('region', { name: 'Answers' }).getByText(/1 of 1/).waitFor();
  await teacher.getByRole('button', { name: 'End quiz' }).click();
});

test('who is removed is told so, and may come back', async () => {
  await decide('Remove from room');
  await ann.getByText('You have been removed from this room.').waitFor();
  await teacher.getByRole('list', { name: 'Participants' }).getByText('Ann', { exact: true }).waitFor({ state: 'hidden' });
  await ann.reload();
  await ann.getByRole('textbox', { name: 'Message' }).waitFor();
});

test('who is banned stays out until the ban is lifted', async () => {
  await decide('Ban from room');
  await ann.getByText('cannot come back').waitFor();
  await ann.reload();
  await ann.getByText('You have been removed from this room.').waitFor();
  await decide('Lift the ban', 'Banned');
  await ann.reload();
  await ann.getByRole('textbox', { name: 'Message' }).waitFor();
});
