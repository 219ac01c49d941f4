// The shell: what a reader sees before, or instead of, the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIST, fresh, picture, quiet, serve, test } from "./harness.mjs";

/** The page is mounted once it has taken the shell away. */
const mounted = (frame) => frame.locator("#shell").waitFor({ state: "detached", timeout: 20_000 });

test("the page mounts from a sub-folder without an error in the console", async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(site.url);
  await mounted(page);
  const engine = await page.evaluate(async () => {
    const { module, script } = window.murmurationBoot;
    return { compiled: (await module) instanceof WebAssembly.Module, script };
  });
  assert.equal(engine.compiled, true);
  assert.ok(engine.script.startsWith(`${site.url}engine.js?`), engine.script);
  await picture(page, "home");
  quiet(complaints);
});

test("a browser without JavaScript is told a sentence and the story", async (t) => {
  const site = await serve(t);
  const { page } = await fresh(t, { javaScriptEnabled: false });
  await page.goto(site.url);
  assert.match(await page.locator("main").innerText(), /collective intelligence[\s\S]*needs JavaScript/);
  assert.ok(await page.locator("svg").isVisible());
});

test("a page that cannot be loaded says so in words", async (t) => {
  const site = await serve(t, {
    change: (path) => (/page-[0-9a-f]+_bg\.wasm$/.test(path) ? { status: 404, body: "gone" } : undefined),
  });
  const { page } = await fresh(t);
  await page.goto(site.url);
  await page.locator('#shell-status[data-state="failed"]').waitFor();
  assert.match(await page.locator("#shell-status").innerText(), /could not start here: .+Reloading/);
});

test("an engine of the wrong type is compiled from its bytes", async (t) => {
  const body = readFileSync(join(DIST, "engine_bg.wasm"));
  const site = await serve(t, {
    change: (path) => (path.endsWith("engine_bg.wasm") ? { type: "application/octet-stream", body } : undefined),
  });
  const { page, complaints } = await fresh(t);
  await page.goto(site.url);
  await mounted(page);
  assert.equal(await page.evaluate(async () => (await window.murmurationBoot.module) instanceof WebAssembly.Module), true);
  quiet(complaints);
});

test("the theme of the link, else the reader's, stands before the page is there", async (t) => {
  const site = await serve(t, { change: (path) => (path.endsWith("boot.js") ? { status: 404 } : undefined) });
  const { page } = await fresh(t, { colorScheme: "dark" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await page.goto(site.url);
  assert.equal(await theme(), "dark");
  await page.goto("about:blank");
  await page.goto(`${site.url}#/?theme=light`);
  assert.equal(await theme(), "light");
});

/** The strictest embed: a foreign page with a sandboxed frame, so the frame's origin is opaque. */
async function framed(t, shared) {
  const site = await serve(t, { shared });
  const host = await serve(t, {
    change: () => ({ body: `<iframe src="${site.url}#/?embed=1" sandbox="allow-scripts" width="800" height="500"></iframe>` }),
  });
  const { page, complaints } = await fresh(t);
  await page.goto(`${host.origin}/host.html`);
  return { page, frame: page.frameLocator("iframe"), complaints };
}

test("the page mounts in a sandboxed frame of a foreign site", async (t) => {
  const { page, frame, complaints } = await framed(t, true);
  await mounted(frame);
  const compiled = await page.frames()[1].evaluate(async () => (await window.murmurationBoot.module) instanceof WebAssembly.Module);
  assert.equal(compiled, true);
  await picture(page, "sandboxed");
  quiet(complaints);
});

test("without the host's header a sandboxed frame keeps the picture, the story and a link", async (t) => {
  const { frame } = await framed(t, false);
  await frame.locator('#shell-status[data-state="failed"]').waitFor();
  assert.ok(await frame.locator("svg").isVisible());
  assert.match(await frame.locator("main").innerText(), /collective intelligence/);
  assert.match(await frame.locator("#shell-open").getAttribute("href"), /\/some\/folder\/#\/$/);
});
