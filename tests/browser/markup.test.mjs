// What people typed, as a real browser renders it after the server has cleaned it: nothing runs,
// nothing is loaded, no foreign element, no attribute. D70–D77.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launchBrowser } from '../fixture/browser.mjs';
import { all, ask, closeClients, enter, join, must } from '../fixture/clients.mjs';
import { startServer, unlimited } from '../fixture/server.mjs';

const cases = JSON.parse(readFileSync(new URL('../../src/gate/testdata/markup_cases.json', import.meta.url)));
const kAllowed = ['B', 'I', 'EM', 'STRONG', 'CODE', 'PRE'];

let server;
let browser;
before(async () => {
  server = await startServer({ config: unlimited });
  browser = await launchBrowser();
});
after(async () => {
  closeClients();
  await browser?.close();
  await server?.end();
});

// The payloads as the members of a room hear them. Some are refused: nothing is left of them, or
// they are too long.
async function cleaned(payloads) {
  const teacher = await join(server, 'instructor');
  const { roomId } = await must(teacher, 'room:create', { name: 'Algebra' });
  await enter(teacher, roomId);
  for (const content of payloads) {
    const answer = await ask(teacher, 'chat:message', { roomId, content });
    if (!answer.ok) assert.equal(answer.error.type, 'VALIDATION_ERROR', content);
  }
  return all(teacher, 'chat:message').map(({ content }) => content);
}

// Renders each content in an element of its own, all of them at once, and tells what is there.
async function rendered(contents) {
  const page = await browser.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('dialog', (dialog) => { asked.push(dialog.message()); void dialog.dismiss(); });
  const found = await page.evaluate(({ contents, allowed }) => {
    const box = document.createElement('div');
    document.body.append(box);
    box.innerHTML = contents.map((content) => `<div>${content}</div>`).join('');
    const foreign = [...box.querySelectorAll(':scope > div *')]
      .filter((element) => !allowed.includes(element.tagName) || element.attributes.length > 0)
      .map((element) => element.outerHTML);
    return { foreign, boxes: box.children.length, elements: box.querySelectorAll(':scope > div *').length };
  }, { contents, allowed: kAllowed });
  // What would have been loaded or run has been by the end of two more frames.
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  await page.close();
  return { ...found, asked };
}

test('cleaned, nothing foreign is rendered, nothing runs and nothing is loaded', async () => {
  const contents = await cleaned(cases.map(({ payload }) => payload));
  assert.ok(contents.length > cases.length / 2, `${contents.length} of ${cases.length} were posted`);
  const { foreign, boxes, elements, asked } = await rendered(contents);
  assert.deepEqual(foreign, []);
  assert.deepEqual(asked, []);
  assert.equal(boxes, contents.length, 'each is balanced: none reaches into the next');
  assert.ok(elements > 50, 'what is allowed is there');
});

test('as they were typed the same payloads do all of that', async () => {
  const { foreign, asked } = await rendered(cases.map(({ payload }) => payload));
  assert.ok(foreign.length > 50);
  assert.ok(asked.length > 0);
});
