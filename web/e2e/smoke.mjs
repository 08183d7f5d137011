// Walks one class through the web application in Debian's Chromium: a teacher and two students,
// chat, a quiz of three questions, a reload in the middle.
// node e2e/smoke.mjs URL USER PASSWORD [folder for screenshots]
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, user, password, pictures] = process.argv.slice(2);
const profile = await mkdtemp(join(tmpdir(), "lectern-smoke-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
if (pictures) await mkdir(pictures, { recursive: true });

const complaints = [];
async function visitor(name, options) {
  const context = await browser.newContext({ baseURL: url, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => message.type() === "error" && complaints.push(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`${name}: ${error}`));
  return page;
}
async function picture(page, name) {
  if (!pictures) return;
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, animations: "disabled" });
}
const seen = (locator) => locator.waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const says = async (page, role, name, words) => page.getByRole(role, { name }).filter({ hasText: words }).waitFor();

const desktop = { viewport: { width: 1280, height: 860 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const teacher = await visitor("teacher", { ...desktop, colorScheme: "light" });
const ann = await visitor("ann", { ...phone, colorScheme: "light" });
const ben = await visitor("ben", { ...phone, viewport: { width: 320, height: 640 }, colorScheme: "dark" });

try {
  await signIn();
  const code = await createRoom();
  await join_(ann, "Ann", code);
  await join_(ben, "Ben", code);
  await chat();
  await writeQuiz();
  await firstQuestion();
  await secondQuestion();
  await thirdQuestion();
  await end();
  await dark();
  assert.deepEqual(complaints, []);
  console.log("smoke: ok");
} catch (error) {
  for (const [name, page] of Object.entries({ teacher, ann, ben })) await picture(page, `failed-${name}`);
  console.log(complaints.join("\n"));
  throw error;
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

async function signIn() {
  await teacher.goto("/");
  await picture(teacher, "home");
  await teacher.getByRole("link", { name: "Sign in" }).click();
  await teacher.getByRole("textbox", { name: "User name" }).fill(user);
  assert.equal(await teacher.getByLabel("Password").getAttribute("type"), "password");
  await teacher.getByRole("textbox", { name: "Password" }).fill("wrong");
  await button(teacher, "Sign in").click();
  await says(teacher, "alert", "", "wrong");
  await picture(teacher, "signin");
  complaints.length = 0; // the browser reports the refused request
  await teacher.getByRole("textbox", { name: "Password" }).fill(password);
  await button(teacher, "Sign in").click();
  await teacher.waitForURL("**/rooms");
}

async function createRoom() {
  await button(teacher, "New room").click();
  await teacher.getByRole("textbox", { name: "Room name" }).fill("Algebra 1");
  await picture(teacher, "rooms");
  await button(teacher, "Create room").click();
  await teacher.getByRole("link", { name: "Algebra 1" }).click();
  await seen(teacher.getByRole("img", { name: "Join QR code" }));
  return (await teacher.getByLabel("Join code").textContent()).trim();
}

async function join_(page, name, code) {
  await page.goto("/");
  await page.getByRole("textbox", { name: "Join code" }).fill(code.toLowerCase());
  await button(page, "Continue").click();
  await page.waitForURL(`**/join/${code}`);
  await page.getByRole("textbox", { name: "Your name" }).fill(name);
  await picture(page, `join-${name}`);
  await button(page, "Join").click();
  await page.waitForURL("**/rooms/*");
  await seen(teacher.getByRole("list", { name: "Participants" }).getByText(name, { exact: true }));
}

async function chat() {
  for (const [page, words] of [
    [teacher, "Good morning! Today: primes & <b>fractions</b>."],
    [ann, "Is a < b the same as b > a?"],
    [ben, "<pre>def f(x):\n    return x < 1</pre>"],
    [ann, "<img src=x onerror=alert(1)> &lt;script&gt;"],
  ]) {
    await page.getByRole("textbox", { name: "Message" }).fill(words);
    await button(page, "Send").click();
  }
  for (const page of [teacher, ann, ben]) {
    const log = page.getByRole("log", { name: "Chat" });
    await seen(log.locator("b", { hasText: "fractions" }));
    await seen(log.getByText("a < b the same as b > a?"));
    await seen(log.locator("pre", { hasText: "return x < 1" }));
    assert.equal(await log.locator("img, script").count(), 0);
  }
}

async function writeQuiz() {
  await button(teacher, "New quiz").click();
  const dialog = teacher.getByRole("dialog", { name: "Quiz" });
  await button(dialog, "Save quiz").click();
  await seen(dialog.getByText("not complete"));
  await dialog.getByRole("textbox", { name: "Title" }).fill("Warm-up");
  const questions = [
    ["Which one is prime?", "single", ["6", "7", "8", "9"], [1], 60],
    ["Which are even?", "multiple", ["2", "3", "4"], [0, 2], 60],
    ["One half is more than one third.", "boolean", null, [0], 3],
  ];
  for (const [text, kind, options, correct, seconds] of questions) {
    await dialog.getByRole("textbox", { name: "Question text" }).last().fill(text);
    await dialog.getByRole("combobox", { name: "Kind" }).last().selectOption(kind);
    for (const [at, option] of (options ?? []).entries()) await dialog.getByRole("textbox", { name: `Option ${at + 1}`, exact: true }).last().fill(option);
    for (const at of correct) await dialog.getByRole("checkbox", { name: `Option ${at + 1} is correct` }).last().check();
    await dialog.getByRole("spinbutton", { name: "Seconds" }).last().fill(String(seconds));
    await button(dialog, "Add question").click();
  }
  await picture(teacher, "editor");
  await button(dialog, "Save quiz").click();
  await dialog.waitFor({ state: "detached" });
}

async function firstQuestion() {
  await teacher.reload();
  await button(teacher, "Start quiz").click();
  const region = ann.getByRole("region", { name: "Question" });
  await seen(region.getByText("Which one is prime?"));
  await seen(ann.getByRole("timer", { name: "Time left" }));
  await picture(ann, "question-phone");
  await button(region, "7").click();
  await says(ann, "status", "Result", "answer is in");
  await ann.reload();
  await says(ann, "status", "Result", "You chose 7");
  assert.equal(await button(region, "7").getAttribute("aria-pressed"), "true");
  await button(ben.getByRole("region", { name: "Question" }), "9").click();
  await says(teacher, "region", "Answers", "2 of 2 have answered");
  await teacher.waitForTimeout(400);
  await picture(teacher, "answers-desktop");
  await button(teacher, "Close question").click();
  await says(ann, "status", "Result", "Right!");
  await says(ben, "status", "Result", "Wrong");
  await says(ann, "region", "Leaderboard", "Ann (you)");
  await picture(ann, "right-phone");
  await picture(ben, "wrong-phone-dark");
}

async function secondQuestion() {
  await button(teacher, "Next question").dblclick();
  for (const page of [ann, ben]) {
    await seen(page.getByText("Which are even?"));
    await page.getByRole("checkbox", { name: "2" }).check();
  }
  await ann.getByRole("checkbox", { name: "4" }).check();
  await picture(ann, "multiple-phone");
  for (const page of [ann, ben]) await button(page, "Submit answer").click();
  await says(teacher, "region", "Answers", "2 of 2 have answered");
  await picture(teacher, "multiple-desktop");
}

async function thirdQuestion() {
  await button(teacher, "Next question").click(); // closes the open one as well
  await button(ann.getByRole("region", { name: "Question" }), "True").click();
  await button(ben.getByRole("region", { name: "Question" }), "False").click();
  await says(ann, "status", "Result", "Right!"); // by the clock
  await says(ben, "status", "Result", "Wrong");
}

async function end() {
  await button(teacher, "Next question").click();
  await seen(teacher.getByText("Finished."));
  await says(teacher, "region", "Leaderboard", "Ann");
  await says(ann, "region", "Leaderboard", "Ben");
  await teacher.waitForTimeout(1500);
  await picture(teacher, "podium-desktop");
  await picture(ann, "podium-phone");
  await ann.reload();
  await says(ann, "region", "Leaderboard", "Ann (you)");
}

async function dark() {
  await teacher.emulateMedia({ colorScheme: "dark" });
  await picture(teacher, "podium-desktop-dark");
  await teacher.setViewportSize({ width: 390, height: 844 });
  await picture(teacher, "teacher-phone-dark");
}
