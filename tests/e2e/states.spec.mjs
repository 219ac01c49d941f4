// The page in other hands: a phone, a printer, forced colors, no pointer at all; and its speed while a run streams.
import assert from "node:assert/strict";
import { lacks, open, part, picture, quiet, test, whole } from "./harness.mjs";

const LINK = "#/fedstale?rounds=30&seeds=2&at=12";

/** Boxes that stick out of the page to the right. */
const sticking = (page) =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth > wide ? `${document.documentElement.scrollWidth} > ${wide}` : "";
  });

for (const [name, width, height, hash] of [
  ["phone", 390, 844, LINK],
  ["small phone", 320, 640, LINK],
  ["tablet", 820, 1180, LINK],
  ["wide", 1920, 1080, LINK],
  ["phone gallery", 390, 844, "#/"],
  // 1280 px at 400 %.
  ["zoomed", 320, 256, LINK],
]) {
  test(`${name}: nothing sticks out, and everything is there`, { skip: lacks("fedstale") }, async (t) => {
    const { page, complaints } = await open(t, hash, { viewport: { width, height } });
    if (hash === LINK) {
      await whole(page);
      for (const name of ["transport", "curves", "dial-beta", "claim-c1"]) assert.equal(await part(page, name).first().isVisible(), true, name);
    }
    assert.equal(await sticking(page), "");
    await picture(page, name.replace(" ", "-"));
    quiet(complaints);
  });
}

test("on a phone targets are at least 24 pixels", { skip: lacks("fedstale") }, async (t) => {
  const { page } = await open(t, LINK, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await whole(page);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, select, summary, input:not([type=range])")]
      .filter((e) => e.checkVisibility())
      .map((e) => ({ e, box: (e.closest("label") ?? e).getBoundingClientRect() }))
      .filter(({ e, box }) => box.height > 0 && !e.classList.contains("link") && (box.width < 24 || box.height < 24))
      .map(({ e, box }) => `${e.outerHTML.slice(0, 60)} ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`),
  );
  assert.deepEqual(small, []);
});

test("printed, the scenario, its picture, curves and verdicts are on paper and the controls are not", { skip: lacks("fedstale") }, async (t) => {
  const { page, complaints } = await open(t, LINK);
  await whole(page);
  await page.emulateMedia({ media: "print" });
  for (const name of ["share", "play"]) assert.equal(await part(page, name).isVisible(), false, name);
  for (const name of ["stage", "curves", "claim-c1"]) assert.equal(await part(page, name).isVisible(), true, name);
  assert.match(await part(page, "printed-link").innerText(), /^#\/fedstale\?/, "what was run can be run again");
  const paper = await page.pdf({ format: "A4" });
  assert.ok(paper.length > 20_000);
  await picture(page, "print");
  quiet(complaints);
});

test("with forced colors text, borders and focus stay", { skip: lacks("fedstale") }, async (t) => {
  const { page, complaints } = await open(t, LINK, { forcedColors: "active" });
  await whole(page);
  assert.equal(await page.evaluate(() => matchMedia("(forced-colors: active)").matches), true);
  await part(page, "play").focus();
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return `${style.outlineStyle} ${style.outlineWidth}`;
  });
  assert.doesNotMatch(outline, /none|^\S+ 0px/);
  await picture(page, "forced-colors");
  quiet(complaints);
});

test("with reduced motion the run stands still until it is asked to go, or goes without movement", { skip: lacks("fedstale") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=30&seeds=1", { reducedMotion: "reduce" });
  await whole(page);
  const moving = await page.evaluate(() => document.getAnimations().filter((a) => a.playState === "running").length);
  assert.equal(moving, 0, "no animation runs");
  quiet(complaints);
});

test("the whole tour by keyboard alone", { skip: lacks("palette-input", "fedstale") }, async (t) => {
  const { page, complaints } = await open(t, "#/");
  const focus = () => page.evaluate(() => document.activeElement?.dataset?.test ?? "");
  /** Tabs until the focus is on this part. */
  const to = async (name) => {
    for (let presses = 0; presses < 150; presses += 1) {
      if ((await focus()) === name) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${name} is not reached by Tab`);
  };
  /** By the palette: types, and enters once what was meant is the chosen one. */
  const choose = async (words, meant) => {
    await page.keyboard.press("Control+k");
    await part(page, "palette-input").waitFor();
    await page.keyboard.type(words);
    await page.getByRole("option", { selected: true, name: meant }).waitFor();
    await page.keyboard.press("Enter");
  };
  await to("card-fedstale");
  await page.keyboard.press("Enter");
  await whole(page);
  await to("dial-beta");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("0.3");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.includes("beta=0.3"));
  await to("play");
  await page.keyboard.press("Enter");
  await page.locator('[data-test="transport"][data-state="paused"]').waitFor();
  await page.keyboard.press("Enter");
  await to("run-claim-c1");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focus(), "run-claim-c1", "a closed dialog gives the focus back");
  await choose("share", /^Action\s*Share/);
  await part(page, "share-link").waitFor();
  await to("share-copy");
  await page.keyboard.press("Escape");
  await choose("all systems", /^Action\s*All systems/);
  await part(page, "gallery").waitFor();
  quiet(complaints);
});

test("every canvas has a role and a name, and a chart's table holds what the export holds", { skip: lacks("curve-") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=12&seeds=1");
  await page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 90_000 });
  const bare = await page.locator("canvas").evaluateAll((all) =>
    all.filter((c) => c.getAttribute("role") !== "img" || !(c.getAttribute("aria-label") ?? "").trim()).length,
  );
  assert.equal(bare, 0);
  const chart = part(page, "curve-accuracy");
  await chart.getByText("As a table").click();
  // It is made when it is opened.
  await chart.locator("th").first().waitFor();
  const head = await chart.locator("th").allInnerTexts();
  const rows = await chart.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  await part(page, "export").first().click();
  const [file] = await Promise.all([page.waitForEvent("download"), part(page, "export-csv").click()]);
  let csv = "";
  for await (const chunk of await file.createReadStream()) csv += chunk;
  const readings = csv.trim().split("\n").slice(1).map((line) => line.split(",")).filter((line) => line[4] === "accuracy");
  const arms = (head.length - 1) / 2;
  assert.equal(readings.length, rows.length * arms);
  for (const row of rows) {
    const exported = readings.filter((line) => line[3] === row[0]).map((line) => Number(line[5]));
    const shown = row.slice(1).filter((_, at) => at % 2 === 0).map(Number);
    for (const value of shown) assert.ok(exported.some((v) => Math.abs(v - value) <= 6e-4 * Math.max(1, Math.abs(v))), `${value} in round ${row[0]}`);
  }
  quiet(complaints);
});

test("while a run streams the page has few long tasks, and answers", { skip: lacks("fedstale") }, async (t) => {
  const { page, complaints } = await open(t, "#/fedstale?rounds=400&seeds=2");
  await page.waitForFunction(() => Number(document.querySelector('[data-test="round"]').textContent) > 2);
  const seen = await page.evaluate(
    () =>
      new Promise((done) => {
        const tasks = [];
        const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => Math.round(e.duration))));
        watch.observe({ type: "longtask" });
        let frames = 0;
        const from = performance.now();
        const frame = () => {
          frames += 1;
          if (performance.now() - from < 5_000) requestAnimationFrame(frame);
          else done({ tasks, frames: (frames / (performance.now() - from)) * 1000 });
        };
        requestAnimationFrame(frame);
      }),
  );
  // Measured, not judged: a test never fails by a clock. The bench prints the same on a quiet machine.
  t.diagnostic(`${seen.frames.toFixed(0)} frames a second; long tasks: ${seen.tasks.join(", ") || "none"} ms`);
  assert.ok(seen.frames > 0);
  quiet(complaints);
});
