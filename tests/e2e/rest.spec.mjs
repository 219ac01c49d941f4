// What a person waits for, and the rest of the page, which nobody waits for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIST, fresh, lacks, part, picture, quiet, serve, test } from "./harness.mjs";
import { BUDGETS, brotli, downloads } from "./site.mjs";

const SKIP = lacks("phase-transition", "keys-dialog");
/** The system with the longest description. */
const LINK = "#/phase-transition";
const REST = /\/rest-[0-9a-f]+\.wasm$/;
/** The service worker fetches the whole site when all is running: that is not the page's doing. */
const ALONE = { serviceWorkers: "block" };
/** Longer than the page's own tick. */
const A_WHILE_MS = 2_500;

const dialog = (page) => part(page, "keys-dialog");
const claims = (page) => page.locator('[data-test^="claim-"]').first();

test("before the first run no more is fetched than the budget, and after it the rest", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t, ALONE);
  // An engine that does not come keeps the moment before the first run for as long as we look.
  let come;
  const held = new Promise((go) => (come = go));
  await page.route("**/engine_bg.wasm*", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.url + LINK);
  await part(page, "transport").waitFor();
  await page.waitForTimeout(A_WHILE_MS);
  const before = [...new Set(site.asked)].map((path) => path.slice("/some/folder/".length) || "index.html");
  assert.ok(before.some((file) => /^page-.*\.wasm$/.test(file)), before.join(" "));
  assert.ok(!before.some((file) => REST.test(`/${file}`)), "the rest of the page was fetched before the first run");
  const files = before.filter((file) => !/^(engine|favicon)/.test(file));
  const { before: foreseen } = downloads(DIST);
  for (const file of files) assert.ok(foreseen.includes(file), `${file} is fetched before the first run, and no list says so`);
  const bytes = files.reduce((sum, file) => sum + brotli(readFileSync(join(DIST, file))), 0);
  t.diagnostic(`${files.length} files, ${bytes} bytes as brotli: ${files.join(" ")}`);
  assert.ok(bytes <= BUDGETS.before, `${bytes} bytes before the first run: ${files.join(" ")}`);
  assert.equal(await claims(page).count(), 0);
  come();
  await claims(page).waitFor();
  assert.equal(site.asked.filter((path) => REST.test(path)).length, 1);
  quiet(complaints);
});

test("a dialog that is asked for before the rest of the page is there opens when it has come", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t, ALONE);
  let come;
  const held = new Promise((go) => (come = go));
  await page.route(REST, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${site.url}#/`);
  await part(page, "gallery").waitFor();
  await page.keyboard.press("?");
  await page.getByText("On its way").waitFor();
  await picture(page, "rest-on-its-way");
  come();
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  quiet(complaints);
});

test("a rest that does not come is said, costs nothing, and can be tried again", { skip: SKIP }, async (t) => {
  let broken = true;
  const site = await serve(t, { change: (path) => (broken && REST.test(path) ? { status: 503, body: "later" } : undefined) });
  const { page } = await fresh(t, ALONE);
  await page.goto(`${site.url}#/fedstale?rounds=9&seeds=1`);
  const again = page.locator('.claims [data-test="fetch-rest"]');
  await again.waitFor();
  await picture(page, "rest-failed");
  await page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 60_000 });
  await page.keyboard.press("?");
  await part(page, "toast").getByText("could not be fetched").waitFor();
  broken = false;
  await again.click();
  await claims(page).waitFor();
  await page.keyboard.press("?");
  await dialog(page).waitFor();
});

test("a server that does not know the type of wasm serves the rest, too", { skip: SKIP }, async (t) => {
  const type = "application/octet-stream";
  const site = await serve(t, {
    change: (path) => (REST.test(path) ? { type, body: readFileSync(join(DIST, path.split("/").pop())) } : undefined),
  });
  const { page, complaints } = await fresh(t, ALONE);
  await page.goto(site.url + LINK);
  await claims(page).waitFor();
  quiet(complaints);
});
