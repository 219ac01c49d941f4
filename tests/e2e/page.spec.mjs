// The page as its numbered promises: gallery, first sight, dials, arms, transport, curves, claims, story, export,
// sweep. What a person does is done, and what they would look at is looked at.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, fresh, lacks, open, part, picture, quiet, serve, test } from "./harness.mjs";

const RUN_MS = 90_000;
const MURMUR = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/murmur");
const noMurmur = existsSync(MURMUR) ? false : "murmur is not built: cargo build --release";
const murmur = (...args) => spawnSync(MURMUR, args, { encoding: "utf8", maxBuffer: 1e8 });

const state = (page, is, timeout = RUN_MS) =>
  page.locator(`[data-test="transport"][data-state="${is}"]`).waitFor({ timeout });
const round = async (page) => Number(await part(page, "round").innerText());
const params = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? "")));

/** Waits until what `read` gives is `want`. */
async function becomes(read, want, ms = 15_000) {
  const end = Date.now() + ms;
  let is;
  do {
    is = await read();
    if (JSON.stringify(is) === JSON.stringify(want)) return;
    await new Promise((again) => setTimeout(again, 50));
  } while (Date.now() < end);
  assert.deepEqual(is, want);
}

/** The bytes of what a click downloads. */
async function downloaded(page, click) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test("1 the gallery is searched by words, filtered by family and opens from its palette", { skip: lacks("gallery") }, async (t) => {
  const { page, complaints } = await open(t, "#/");
  const cards = page.locator('[data-test^="card-"]');
  const all = await cards.count();
  assert.ok(all >= 8, `${all} systems`);
  assert.equal(await page.locator('[data-test^="card-"] :is(img, canvas, svg)').count() >= all, true, "each has a picture");
  await part(page, "search").fill("stale");
  await becomes(() => cards.evaluateAll((found) => found.map((card) => card.dataset.test)), ["card-fedstale"]);
  await part(page, "search").fill("");
  await page.getByRole("group", { name: "Family" }).getByRole("button", { name: /Federated/ }).click();
  const federated = await cards.count();
  assert.ok(federated >= 3 && federated < all, `${federated} of ${all}`);
  await page.keyboard.press("Control+k");
  await part(page, "palette-input").fill("vote peers rank");
  await part(page, "palette-input").fill("fortytwo");
  await page.keyboard.press("Enter");
  await becomes(() => page.evaluate(() => location.hash.split("?")[0]), "#/fortytwo");
  quiet(complaints);
});

test("2 a system that nobody touches moves within two seconds and says what happens", { skip: lacks("fedstale") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale");
  const came = await page.evaluate(() => performance.now());
  await page.waitForFunction(() => Number(document.querySelector('[data-test="round"]').textContent) > 0);
  const moved = await page.evaluate(() => performance.now());
  t.diagnostic(`page after ${came.toFixed(0)} ms, first round after ${moved.toFixed(0)} ms`);
  await becomes(async () => /round \d+/i.test(await part(page, "caption").innerText()), true);
  await picture(page, "first-sight");
  quiet(complaints);
});

test("3 a dial answers what it takes, marks what is off its default, and every change is undone", { skip: lacks("dial-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=10&seeds=1");
  const field = part(page, "dial-beta");
  for (const [typed, says] of [["7", /from 0 to 1/], ["many", /from 0 to 1/], ["", /from 0 to 1/]]) {
    await field.fill(typed);
    await field.press("Enter");
    assert.match(await page.locator("#issue-beta").innerText(), says, typed);
    assert.equal(await field.inputValue(), typed, "what was typed stays to be mended");
  }
  await field.fill("0.25");
  await field.press("Enter");
  await page.locator("#issue-beta").waitFor({ state: "detached" });
  await becomes(async () => (await params(page)).beta, "0.25");
  assert.ok(await part(page, "reset-beta").isVisible());
  await field.fill("0.75");
  await field.press("Enter");
  await becomes(async () => (await params(page)).beta, "0.75");
  await field.blur();
  await page.keyboard.press("Control+z");
  await becomes(() => field.inputValue(), "0.25");
  await page.keyboard.press("Control+Shift+z");
  await becomes(() => field.inputValue(), "0.75");
  await page.goBack();
  await becomes(() => field.inputValue(), "0.25");
  await part(page, "reset-beta").click();
  await becomes(async () => (await params(page)).beta, undefined);
  quiet(complaints);
});

test("4 arms come and go side by side, one always stays, each with a look of its own", { skip: lacks("arm-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=10&seeds=1");
  const boxes = page.locator('[data-test^="arm-"]');
  const panels = page.locator('[data-test^="stage-"]');
  const before = await panels.count();
  assert.equal(before, await page.locator('[data-test^="arm-"]:checked').count());
  await page.locator('[data-test^="arm-"]:not(:checked)').first().check();
  await becomes(() => panels.count(), before + 1);
  for (let left = before + 1; left > 1; left -= 1) {
    await page.locator('[data-test^="arm-"]:checked').last().uncheck();
    await becomes(() => panels.count(), left - 1);
  }
  assert.equal(await page.locator('[data-test^="arm-"]:checked').isDisabled(), true, "the last one stays");
  for (let at = 0; at < (await boxes.count()); at += 1) {
    const box = boxes.nth(at);
    if (!(await box.isChecked()) && !(await box.isDisabled())) await box.check();
  }
  assert.ok((await panels.count()) <= 6);
  const looks = await page.locator(".curves .legend svg").evaluateAll((all) => all.map((svg) => svg.outerHTML));
  assert.equal(new Set(looks).size, looks.length, "no two arms look alike");
  quiet(complaints);
});

test("5 play, pause, step, step back, scrub, speed; by buttons and by keys; and a link opens at its moment", { skip: lacks("transport") }, async (t) => {
  const { page, complaints, site } = await open(t, "#/fedstale?rounds=60&seeds=1&at=7");
  await becomes(() => round(page), 7);
  await state(page, "paused");
  await part(page, "step").click();
  await becomes(() => round(page), 8);
  await part(page, "back").click();
  await part(page, "back").click();
  await becomes(() => round(page), 6);
  await page.locator("body").click({ position: { x: 2, y: 400 } });
  await page.keyboard.press("ArrowRight");
  await becomes(() => round(page), 7);
  await page.keyboard.press("ArrowLeft");
  await becomes(() => round(page), 6);
  await page.keyboard.press("Home");
  await becomes(() => round(page), 0);
  await page.keyboard.press(" ");
  await state(page, "running");
  await page.keyboard.press(" ");
  await state(page, "paused");
  await part(page, "speed").selectOption({ index: (await part(page, "speed").locator("option").count()) - 1 });
  await part(page, "play").click();
  await state(page, "finished");
  await part(page, "scrub").fill("30");
  await becomes(() => round(page), 30);
  await page.goto(`${site.url}#/fedstale?rounds=60&seeds=1&play=0`);
  await state(page, "paused");
  quiet(complaints);
});

test("6 curves: a switch an arm, log, reading all arms by pointer and by keys, zoom by drag", { skip: lacks("curve-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=30&seeds=3");
  await state(page, "finished");
  const chart = page.locator('[data-test^="curve-"]').first();
  const canvas = chart.locator("canvas");
  const ink = () => canvas.evaluate((c) => c.toDataURL());
  const whole = await ink();
  await page.getByRole("group", { name: "Lines shown" }).getByRole("button").first().click();
  await becomes(async () => (await ink()) === whole, false);
  await page.getByRole("group", { name: "Lines shown" }).getByRole("button").first().click();
  await becomes(async () => (await ink()) === whole, true);
  await chart.getByRole("button", { name: /log scale/ }).click();
  await becomes(async () => (await ink()) === whole, false);
  await chart.getByRole("button", { name: /log scale/ }).click();
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const readout = chart.locator(".readout");
  const arms = await page.locator('[data-test^="arm-"]:checked').count();
  await becomes(() => readout.locator(".number").count(), arms);
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await chart.getByRole("button", { name: "whole" }).waitFor();
  await canvas.dblclick({ position: { x: box.width / 2, y: box.height / 2 } });
  await chart.getByRole("button", { name: "whole" }).waitFor({ state: "detached" });
  await page.mouse.move(2, 2);
  const reader = chart.getByRole("slider");
  await reader.focus();
  await page.keyboard.press("ArrowLeft");
  assert.match(await reader.getAttribute("aria-valuetext"), /round 29: \S+/);
  quiet(complaints);
});

test("7 every view of every system is painted, named, and has its table", { skip: lacks("view-") }, async (t) => {
  const { page, complaints, site } = await open(t, "#/");
  const cards = await page
    .locator('[data-test^="card-"]')
    .evaluateAll((all) => all.map((card) => [card.getAttribute("href"), card.querySelector("h2").textContent]));
  for (const [link, title] of cards) {
    await page.goto(`${site.url}${link}?rounds=6&seeds=1&at=3`);
    // The one before is seen until the sheet of this one is there.
    await becomes(() => page.locator(".intro h1").textContent(), title);
    await becomes(() => round(page), 3, 60_000);
    const views = Math.max(1, await page.locator('[data-test^="view-"]').count());
    for (let view = 0; view < views; view += 1) {
      if (views > 1) await part(page, `view-${view}`).click();
      const panel = page.locator('[data-test^="stage-"]').first();
      const canvas = panel.locator("canvas");
      if (await canvas.count()) {
        await becomes(() => canvas.getAttribute("role"), "img");
        assert.match(await canvas.getAttribute("aria-label"), /round \d+: \w+ with \d+ marks/, `${link} ${view}`);
        await becomes(
          () =>
            canvas.evaluate((c) => {
              const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
              return new Uint32Array(data.buffer).some((pixel, _, all) => pixel !== all[0]);
            }),
          true,
        );
      }
      await panel.getByText("As a table").click();
      await becomes(async () => ((await panel.locator(".behind th").count()) > 0 ? "a table" : `${link} view ${view} has none`), "a table");
      await panel.getByText("As a table").click();
    }
  }
  quiet(complaints);
});

test("8 a claim is run, paused, carried on and judged, with its interval", { skip: lacks("claim-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?play=0");
  const claim = part(page, "claim-c1");
  const is = () => claim.getAttribute("data-state");
  assert.equal(await is(), "recorded");
  await part(page, "run-claim-c1").click();
  await claim.getByRole("progressbar").waitFor();
  await claim.getByRole("button", { name: "Pause" }).click();
  await becomes(is, "paused");
  await claim.getByRole("button", { name: "Resume" }).click();
  await page.locator('[data-test="claim-c1"]:is([data-state="reproduced"], [data-state="inconclusive"])').waitFor({ timeout: RUN_MS });
  const says = await claim.innerText();
  assert.match(says, /reproduced/i);
  await claim.scrollIntoViewIfNeeded();
  await picture(page, "judged");
  quiet(complaints);
});

test("9 the story is there, says what is real, and cites", { skip: lacks("cite") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?play=0");
  await page.locator(".about math").first().waitFor();
  assert.match(await page.locator(".about").innerText(), /What is real[\s\S]*What it is[\s\S]*What to look for[\s\S]*Known and chosen/);
  await part(page, "cite").click();
  assert.match(await page.getByRole("dialog").innerText(), /@misc\{\w+,[\s\S]*eprint/);
  quiet(complaints);
});

test("10 what is exported is what the command line computes", { skip: noMurmur || lacks("export-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=12&seeds=2");
  await state(page, "finished");
  await part(page, "export").first().click();
  const csv = await downloaded(page, () => part(page, "export-csv").click());
  const here = csv.bytes.toString().trim().split("\n");
  const there = murmur("run", "#/fedstale?rounds=12&seeds=2").stdout.trim().split("\n");
  assert.equal(here[0], there[0]);
  assert.deepEqual(here.sort(), there.sort());
  const json = await downloaded(page, () => part(page, "export-json").click());
  const whole = JSON.parse(json.bytes.toString());
  assert.equal(whole.digest, (await part(page, "digest").first().innerText()).trim());
  assert.match(whole.link, /^#\/fedstale\?/);
  const svg = await downloaded(page, () => page.locator('[data-test^="svg-"]').first().click());
  assert.match(svg.bytes.toString(), /^<svg[^>]*><!-- Murmuration .*digest [0-9a-f]{16}/);
  const png = await downloaded(page, () => page.locator('[data-test^="png-"]').first().click());
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  const bib = await downloaded(page, () => part(page, "export-bibtex").click());
  assert.match(bib.bytes.toString(), /^@misc\{/);
  quiet(complaints);
});

test("10 a saved scenario that is dropped opens, and a wrong file is told what it is not", { skip: lacks("not a scenario") }, async (t) => {
  const { page, complaints } = await open(t, "#/");
  const drop = (name, text) =>
    page.evaluate(
      ([name, text]) => {
        const carried = new DataTransfer();
        carried.items.add(new File([text], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
      },
      [name, text],
    );
  await drop("cat.png", "\u0089PNG");
  assert.match(await part(page, "toast").innerText(), /“cat.png” is not a scenario/);
  assert.ok(await part(page, "gallery").isVisible(), "nothing is lost");
  await drop("fedstale.json", JSON.stringify({ link: "#/fedstale?beta=0.4&rounds=10&seeds=1&v=1" }));
  await becomes(() => part(page, "dial-beta").inputValue(), "0.4");
  quiet(complaints);
});

test("11 a sweep gives the lines of the command line, stands in the link, and is set up again there", { skip: noMurmur || lacks("sweep-start") }, async (t) => {
  const { page, complaints, site } = await open(t, "#/phase-transition?play=0&rounds=5");
  await part(page, "sweep").getByText("Sweep", { exact: true }).click();
  await part(page, "sweep-count-0").fill("3");
  await part(page, "sweep-seeds").fill("3");
  await part(page, "sweep-start").click();
  await page.locator('[data-test="sweep-state"][data-state="done"]').waitFor({ timeout: RUN_MS });
  const csv = await downloaded(page, () => part(page, "sweep-csv").click());
  const { sweep } = await params(page);
  assert.match(sweep, /\/3;metric=\w+;seeds=3$/);
  const hash = await page.evaluate(() => location.hash);
  assert.equal(csv.bytes.toString(), murmur("sweep", hash).stdout);
  assert.match(csv.bytes.toString(), /,value,low,high\n.*,3,\w+(,[\d.e-]+){3}\n/, "three seeds have an interval");
  const table = part(page, "sweep").locator(".behind").first();
  await table.locator("summary").click();
  // It is made when it is opened.
  await becomes(async () => /from\s+to/i.test(await table.innerText()), true);
  await part(page, "sweep").scrollIntoViewIfNeeded();
  await picture(page, "sweep");
  const other = await fresh(t);
  await other.page.goto(site.url + hash);
  await becomes(() => part(other.page, "sweep-count-0").inputValue(), "3");
  assert.equal(await part(other.page, "sweep-state").count(), 0, "it waits for a person");
  await part(other.page, "sweep-points").selectOption("scattered");
  await part(other.page, "sweep-random").fill("5");
  await part(other.page, "sweep-start").click();
  await other.page.locator('[data-test="sweep-state"][data-state="done"]').waitFor({ timeout: RUN_MS });
  assert.match((await params(other.page)).sweep, /;random=5;/);
  quiet(complaints);
  quiet(other.complaints);
});

test("nothing is painted that nobody sees, and a moving playhead paints no curve", { skip: lacks("curve-") }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t, { viewport: { width: 1400, height: 700 } });
  await page.addInitScript(() => {
    // Whoever paints clears first.
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...all) {
      this.canvas.painted = (this.canvas.painted ?? 0) + 1;
      return clearRect.apply(this, all);
    };
  });
  await page.goto(`${site.url}#/fedstale?rounds=40&seeds=2`);
  const painted = (chart) => chart.locator("canvas").evaluate((it) => it.painted ?? 0);
  const [first, third] = [page.locator(".plot").nth(0), page.locator(".plot").nth(2)];
  await page.waitForFunction(() => Number(document.querySelector('[data-test="round"]')?.textContent) >= 5);
  const below = await third.evaluate((it) => it.getBoundingClientRect().top - innerHeight);
  assert.ok(below > 150, "the third chart is out of sight");
  const rest = await painted(third);
  await state(page, "finished");
  assert.ok((await painted(first)) > 2, "the chart in sight grows");
  assert.equal(await painted(third), rest, "the one below the window is not painted");
  await third.scrollIntoViewIfNeeded();
  await becomes(async () => (await painted(third)) > rest, true);
  const before = await painted(third);
  const head = third.locator(".playhead");
  const at = await head.getAttribute("style");
  await page.keyboard.press("Home");
  await becomes(async () => (await head.getAttribute("style")) === at, false);
  assert.equal(await painted(third), before, "the playhead moved over the picture");
  quiet(complaints);
});
