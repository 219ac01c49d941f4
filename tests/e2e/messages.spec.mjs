// What an embedding page and ours say to each other, version 1 (src/app/web/messages.rs): every message once, and
// everything that is not one of them dropped.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, fresh, lacks, part, picture, quiet, serve, test } from "./harness.mjs";

const SKIP = lacks("fedstale", "transport");
const SANDBOX = "allow-scripts";

/** A page of another origin with our frame in it; what the frame says is kept in `window.heard`. */
async function talk(t, link, { sandbox = SANDBOX } = {}) {
  const site = await serve(t);
  const host = await serve(t, {
    change: (path) => {
      if (path !== "/host.html") return undefined;
      return {
        body: `<!doctype html><title>A host</title><script>
          window.heard = [];
          addEventListener("message", (event) => {
            if (event.source === document.querySelector("#ours").contentWindow) heard.push({ origin: event.origin, data: event.data });
          });
          window.say = (message, to = "*") => document.querySelector("#ours").contentWindow.postMessage(message, to);
        </script>
        <iframe id="ours" ${sandbox ? `sandbox="${sandbox}"` : ""} src="${site.url}${link}" width="900" height="500"></iframe>
        <iframe id="other" sandbox="allow-scripts" srcdoc="<script>
          onmessage = ({ data }) => parent.frames[0].postMessage(data, '*');
        </script>"></iframe>`,
      };
    },
  });
  const { page, complaints } = await fresh(t);
  await page.goto(`${host.origin}/host.html`);
  const frame = page.frameLocator("#ours");
  const say = (message) => page.evaluate((message) => window.say(message), message);
  const heard = (type) => page.evaluate((type) => window.heard.map((it) => it.data).filter((it) => it.type === type), type);
  const hears = (type, test = "true") =>
    page.waitForFunction(`window.heard.some(({ data: it }) => it.type === ${JSON.stringify(type)} && (${test}))`);
  return { site, page, frame, say, heard, hears, complaints };
}

const is = (frame, ...states) =>
  frame.locator(states.map((state) => `[data-test="transport"][data-state="${state}"]`).join(", ")).waitFor();
const round = async (frame) => Number((await frame.locator('[data-test="round"]').innerText()).match(/\d+/)[0]);

test("out: ready, then a height in pixels and the state as a link, each of version 1", { skip: SKIP }, async (t) => {
  const { page, frame, heard, hears, complaints } = await talk(t, "#/fedstale?beta=0.4&rounds=40&seeds=1&embed=1");
  await is(frame, "running", "finished");
  await hears("state");
  const all = await page.evaluate(() => window.heard);
  assert.equal(all[0].data.type, "ready", "ready comes first");
  assert.ok(all.every(({ data, origin }) => data.murmuration === 1 && origin === "null"), JSON.stringify(all));
  const [{ height }] = await heard("height");
  assert.ok(Number.isFinite(height) && height > 100 && height < 10_000, `${height}`);
  const [{ link }] = await heard("state");
  assert.match(link, /^#\/fedstale\?.*beta=0\.4&.*rounds=40/);
  quiet(complaints);
});

test("in: set opens another link, and what is shown next is told", { skip: SKIP }, async (t) => {
  const { frame, say, hears, complaints } = await talk(t, "#/fedstale?rounds=40&seeds=1&embed=1");
  await is(frame, "running", "finished");
  await say({ murmuration: 1, type: "set", link: "#/swarmbench?embed=1" });
  await frame.locator("h1", { hasText: /SwarmBench/i }).waitFor();
  await hears("state", "it.link.startsWith('#/swarmbench')");
  quiet(complaints);
});

test("in: pause and play", { skip: SKIP }, async (t) => {
  const { frame, say } = await talk(t, "#/fedstale?rounds=300&seeds=1&embed=1");
  await is(frame, "running");
  await say({ murmuration: 1, type: "pause" });
  await is(frame, "paused");
  const before = await round(frame);
  await say({ murmuration: 1, type: "pause" });
  await is(frame, "paused");
  assert.equal(await round(frame), before);
  await say({ murmuration: 1, type: "play" });
  await is(frame, "running", "finished");
});

test("in: theme, light and dark", { skip: SKIP }, async (t) => {
  const { frame, say } = await talk(t, "#/fedstale?rounds=40&seeds=1&embed=1");
  await is(frame, "running", "finished");
  for (const theme of ["dark", "light", "dark"]) {
    await say({ murmuration: 1, type: "theme", theme });
    await frame.locator(`html[data-theme="${theme}"]`).waitFor();
  }
});

test("out: the verdict of a claim that was run in the frame", { skip: lacks("fedstale", "run-claim-") }, async (t) => {
  const { page, frame, heard } = await talk(t, "#/phase-transition", { sandbox: "" });
  await is(frame, "running", "finished", "paused");
  // The cheapest claim on record.
  await frame.locator('[data-test="run-claim-c5"]').click();
  await page.waitForFunction(() => window.heard.some(({ data }) => data.type === "result"), null, { timeout: 150_000 });
  const [{ claim, verdict }] = await heard("result");
  assert.equal(claim, "c5");
  assert.match(verdict, /^(reproduced|direction only|not reproduced|inconclusive)$/);
});

test("in: a wrong link is answered in the frame with a sentence and changes nothing", { skip: SKIP }, async (t) => {
  const { frame, say, heard, complaints } = await talk(t, "#/fedstale?rounds=40&seeds=1&embed=1");
  await is(frame, "running", "finished");
  await say({ murmuration: 1, type: "set", link: "#/fedstal?embed=1" });
  await frame.locator('[data-test="toast"]', { hasText: "fedstal" }).waitFor();
  assert.ok(await frame.locator("h1", { hasText: /FedStale/i }).isVisible());
  assert.ok((await heard("state")).every(({ link }) => link.startsWith("#/fedstale?")));
  quiet(complaints);
});

/** Nothing of ours: a version, a kind or a shape that the protocol does not have. */
const WRONG = [
  { type: "pause" },
  { murmuration: 2, type: "pause" },
  { murmuration: "1", type: "pause" },
  { murmuration: true, type: "pause" },
  { murmuration: 1 },
  { murmuration: 1, type: "Pause" },
  { murmuration: 1, type: ["pause"] },
  { murmuration: 1, type: { toString: "pause" } },
  { murmuration: 1, type: "__proto__" },
  { murmuration: 1, type: "set" },
  { murmuration: 1, type: "set", link: 7 },
  { murmuration: 1, type: "set", link: ["#/swarmbench"] },
  { murmuration: 1, type: "set", link: `#/swarmbench?${"x".repeat(40_000)}` },
  { murmuration: 1, type: "theme", theme: "red" },
  { murmuration: 1, type: "theme", theme: null },
  { murmuration: 1, type: "theme" },
  "pause",
  "",
  1,
  null,
  true,
  [1, "pause"],
  [{ murmuration: 1, type: "pause" }],
];

test("what is of another version or shape is dropped without a word", { skip: SKIP }, async (t) => {
  const { page, frame, say, heard, complaints } = await talk(t, "#/fedstale?rounds=4000&seeds=1&embed=1");
  await is(frame, "running");
  const before = await frame.locator("html").getAttribute("data-theme");
  for (const message of WRONG) await say(message);
  // Of kinds that only a live page can post.
  await page.evaluate(() => {
    window.say(undefined);
    window.say(new Map([["murmuration", 1], ["type", "pause"]]));
    window.say(new Uint8Array(8));
    window.say(10n);
  });
  // They are read in order: once this one has worked, all of those were read.
  await say({ murmuration: 1, type: "theme", theme: before === "dark" ? "light" : "dark" });
  await frame.locator(`html[data-theme="${before === "dark" ? "light" : "dark"}"]`).waitFor();
  await is(frame, "running");
  assert.ok((await heard("state")).every(({ link }) => link.startsWith("#/fedstale?")));
  assert.equal(await frame.locator('[data-test="toast"]').count(), 0);
  quiet(complaints);
});

test("a good message from any window but the host is dropped", { skip: SKIP }, async (t) => {
  const { page, frame, say, complaints } = await talk(t, "#/fedstale?rounds=4000&seeds=1&embed=1");
  await is(frame, "running");
  // A frame beside ours, and ours itself.
  await page.evaluate(() => document.querySelector("#other").contentWindow.postMessage({ murmuration: 1, type: "pause" }, "*"));
  const ours = page.frames().find((it) => it.url().includes("fedstale"));
  await ours.evaluate(() => window.postMessage({ murmuration: 1, type: "pause" }, "*"));
  await page.waitForTimeout(300);
  await say({ murmuration: 1, type: "theme", theme: "dark" });
  await frame.locator('html[data-theme="dark"]').waitFor();
  await is(frame, "running");
  quiet(complaints);
});

test("on its own page nobody is told and nobody is heard", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.addInitScript(() => {
    window.heard = [];
    addEventListener("message", (event) => window.heard.push(event.data));
  });
  await page.goto(`${site.url}#/fedstale?rounds=4000&seeds=1`);
  await page.locator('[data-test="transport"][data-state="running"]').waitFor();
  await page.evaluate(() => window.postMessage({ murmuration: 1, type: "pause" }, "*"));
  await page.waitForFunction(() => window.heard.length > 0);
  await page.waitForTimeout(300);
  assert.equal(await part(page, "transport").getAttribute("data-state"), "running");
  assert.deepEqual(await page.evaluate(() => window.heard), [{ murmuration: 1, type: "pause" }], "only its own");
  quiet(complaints);
});

test("the example page says each message and hears each, from another origin", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const example = readFileSync(join(ROOT, "tests/embeds/messages/index.html"), "utf8");
  const host = await serve(t, {
    change: (path) => (path === "/" ? { body: example.replaceAll("https://YOUR-HOST/", site.url) } : undefined),
  });
  const { page, complaints } = await fresh(t);
  await page.goto(`${host.origin}/`);
  const frame = page.frameLocator("iframe");
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const told = (text) => page.locator("li", { hasText: text }).first().waitFor();
  await is(frame, "running", "finished");
  for (const type of ["ready", "height", "state"]) await told(`"type":"${type}"`);
  await press("set: beta 0.8");
  await told("beta=0.8");
  await press("theme: dark");
  await frame.locator('html[data-theme="dark"]').waitFor();
  await picture(page, "messages");
  await press("theme: light");
  await frame.locator('html[data-theme="light"]').waitFor();
  await press("pause");
  await is(frame, "paused", "finished");
  await press("play");
  await is(frame, "running", "finished");
  quiet(complaints);
});
