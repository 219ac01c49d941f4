// What a visitor waits for: bytes, first paint, a moving stage, an answering dial; what the page costs while it runs.
// `node benches/page.mjs heap` keeps the page running for ten minutes and reads its memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUDGETS, brotli, downloads } from "../tests/e2e/site.mjs";
import { ROOT, launch, median, serve } from "./stand.mjs";

const DIST = join(ROOT, "dist");
/** A system that is open at its default setting, and one with 5,000 marks on its stage and no end in sight. */
const LINK = "#/fedstale";
const CROWD = "#/onset-of-order?agents=5000&rounds=10000&seeds=1&arms=angular";
const DIAL = { link: "#/fedstale?rounds=600", name: "beta", values: ["0.25", "0.75", "0.4", "0.6", "0.3"] };
const STALE = ["fedavg", "fedvarp", "fedstale"];

const weigh = (files) => files.reduce((sum, name) => sum + brotli(readFileSync(join(DIST, name))), 0);

/** Long tasks, noted from the start. */
const watchful = () => {
  window.longTasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach((it) => window.longTasks.push(it.duration))).observe({
    type: "longtask",
    buffered: true,
  });
};

async function visit(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript(watchful);
  await page.goto(url);
  return { page, close: () => context.close() };
}

const moves = (page) =>
  page.waitForFunction(() => Number(document.querySelector('[data-test="round"]')?.textContent) > 0);
const now = (page) => page.evaluate(() => performance.now());

/** Milliseconds from the start of a navigation with an empty cache. */
async function firstSight(browser, url) {
  const { page, close } = await visit(browser, url);
  await page.locator("#shell").waitFor({ state: "detached" });
  const mounted = await now(page);
  await moves(page);
  const moving = await now(page);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  await close();
  return { paint, mounted, moving };
}

/** Milliseconds from a dial's change to the first frame of the new run, as the page itself sees it. */
async function dialToFrame(browser, url) {
  const { page, close } = await visit(browser, url + DIAL.link);
  await moves(page);
  const took = [];
  for (const value of DIAL.values) {
    await page.waitForFunction(() => Number(document.querySelector('[data-test="round"]').textContent) > 8);
    const ms = page.evaluate((name) => {
      const field = document.querySelector(`[data-test="dial-${name}"]`);
      const round = document.querySelector('[data-test="round"]');
      return new Promise((done) => {
        const before = Number(round.textContent);
        let began;
        const look = () => {
          const at = Number(round.textContent);
          // The new run's first rounds are below the old one's.
          if (began !== undefined && at > 0 && at < before) return done(performance.now() - began);
          requestAnimationFrame(look);
        };
        field.addEventListener("keydown", () => (began = performance.now()), { once: true });
        requestAnimationFrame(look);
      });
    }, DIAL.name);
    const field = page.locator(`[data-test="dial-${DIAL.name}"]`);
    await field.fill(value);
    await field.press("Enter");
    took.push(await ms);
  }
  await close();
  return took;
}

/** Frames and long tasks of so many seconds of a running stage, and the heap of the page at their end. */
async function running(browser, url, seconds) {
  const { page, close } = await visit(browser, url);
  await moves(page);
  const seen = await page.evaluate(async (seconds) => {
    const began = performance.now();
    const tasksBefore = window.longTasks.length;
    const frames = [];
    let last = began;
    await new Promise((done) => {
      const frame = (at) => {
        frames.push(at - last);
        last = at;
        if (at - began < seconds * 1e3) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    const tasks = window.longTasks.slice(tasksBefore);
    return {
      frames: frames.length / ((performance.now() - began) / 1e3),
      worst: Math.max(...frames),
      tasks: tasks.length,
      longest: Math.max(0, ...tasks),
      round: Number(document.querySelector('[data-test="round"]').textContent),
    };
  }, seconds);
  const heap = await memory(browser, page);
  await close();
  return { ...seen, ...heap };
}

/** Megabytes after a collection: the page's heap of JavaScript, and what the largest of the browser's processes that
 * draw pages holds in memory: page, workers, their wasm. */
async function memory(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
  await whole.detach();
  const resident = ({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024;
  const resident_max = Math.max(...processInfo.filter((it) => it.type === "renderer").map(resident));
  return { heap: await page.evaluate(() => performance.memory.usedJSHeapSize / 1e6), resident: resident_max };
}

/** Runs in the page: a seat of our own, started as the page starts its seats; milliseconds by arm. */
async function seatWork({ setting, arms }) {
  const boot =
    "onmessage = e => { onmessage = null; importScripts(e.data.script); wasm_bindgen({ module_or_path: e.data.module }) }";
  const { module, script } = window.murmurationBoot;
  const compiled = await module;
  const opened = performance.now();
  const worker = new Worker(URL.createObjectURL(new Blob([boot], { type: "text/javascript" })));
  const heard = (wanted) =>
    new Promise((done, failed) => {
      worker.onerror = (event) => failed(new Error(event.message));
      worker.onmessage = ({ data }) => {
        const kind = typeof data === "string" ? data : Object.keys(data)[0];
        if (kind === wanted) done(data);
        if (kind === "Failed" || kind === "Crashed") failed(new Error(JSON.stringify(data)));
      };
    });
  const ready = heard("Ready");
  worker.postMessage({ script, module: compiled });
  await ready;
  const readyMs = performance.now() - opened;
  let ms = 0;
  for (const [run, arm] of arms.entries()) {
    const began = performance.now();
    const finished = heard("Finished");
    const scenario = { ...setting, arms: [arm] };
    const Start = { run, scenario, job: { arm, seed: 1 }, until: setting.rounds, watch: "Nothing", minds: "Surrogate", device: "Cpu" };
    worker.postMessage({ Start });
    await finished;
    ms += performance.now() - began;
  }
  worker.terminate();
  return { readyMs, ms };
}

async function seat(browser, url) {
  const { page, close } = await visit(browser, `${url}#/`);
  await page.locator("#shell").waitFor({ state: "detached" });
  const setting = { system: "fedstale", version: 1, seed: 1, seeds: 1, rounds: 120, params: {} };
  const took = await page.evaluate(seatWork, { setting, arms: STALE });
  await close();
  return took;
}

const ms = (x) => `${x.toFixed(0)} ms`;
const kb = (x) => `${(x / 1e3).toFixed(1)} KB`;
const spread = (all, say) => `${say(median(all))} (${say(Math.min(...all))} to ${say(Math.max(...all))})`;

export async function section(quick) {
  const times = quick ? 1 : 5;
  const site = await serve({ "": DIST });
  const browser = await launch();
  const rows = [];
  const row = (what, is, budget, within) => rows.push([what, is, budget, budget && (within ? "within" : "OVER")]);
  const { before, later, worker } = downloads(DIST);
  const [small, large] = [weigh(before), weigh(worker)];
  row("bytes before the first run, brotli 11", kb(small), kb(BUDGETS.before), small <= BUDGETS.before);
  row("bytes of the page after it", kb(weigh(later)), "");
  row("bytes of the worker, brotli 11", kb(large), kb(BUDGETS.worker), large <= BUDGETS.worker);
  const sights = [];
  for (let i = 0; i < times; i += 1) sights.push(await firstSight(browser, site.url + LINK));
  const of = (name) => sights.map((it) => it[name]);
  row(`first paint, \`${LINK}\`, empty cache`, spread(of("paint"), ms), "1000 ms", median(of("paint")) <= 1000);
  row("page mounted", spread(of("mounted"), ms), "1000 ms", median(of("mounted")) <= 1000);
  row("moving stage", spread(of("moving"), ms), "2000 ms", median(of("moving")) <= 2000);
  const dial = await dialToFrame(browser, site.url);
  row("dial to new first frame", spread(dial, ms), "150 ms", median(dial) <= 150);
  const seats = [];
  for (let i = 0; i < times; i += 1) seats.push(await seat(browser, site.url));
  row("a new seat is ready", spread(seats.map((it) => it.readyMs), ms), "", true);
  const work = seats.map((it) => it.ms);
  row("default fedstale, 3 arms, one seed, one worker", spread(work, ms), "4000 ms", median(work) <= 4000);
  const run = await running(browser, site.url + CROWD, quick ? 3 : 20);
  row(`frames a second while \`${CROWD}\` runs`, run.frames.toFixed(0), "60", run.frames >= 57);
  row("long tasks (over 50 ms) in 20 s of it", `${run.tasks}, the longest ${ms(run.longest)}`, "0", run.tasks === 0);
  const minutes = quick ? 1 : 2;
  const [first, last] = await longRun(browser, site.url, minutes);
  const mb = (x) => `${x.toFixed(0)} MB`;
  row(`heap after 1 and ${minutes} minutes of a run`, `${mb(first.heap)}, ${mb(last.heap)}`, "", true);
  row("resident, page and workers, at these times", `${mb(first.resident)}, ${mb(last.resident)}`, "512 MB", last.resident <= 512);
  await browser.close();
  site.close();
  const text = ["| what | here | budget | |", "| --- | --- | --- | --- |", ...rows.map((it) => `| ${it.join(" | ")} |`)];
  console.log(text.slice(2).join("\n"));
  return { title: "The page", text: text.join("\n") };
}

/** A page that runs for so many minutes: its memory after the first of them and at the end. */
async function longRun(browser, url, minutes, tell = () => {}) {
  const { page, close } = await visit(browser, url + CROWD);
  await moves(page);
  // Slow enough that ten minutes do not see its end.
  await page.locator('[data-test="speed"]').selectOption("12 rounds / s");
  const seen = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    await new Promise((later) => setTimeout(later, 60_000));
    seen.push(await memory(browser, page));
    tell(minute, seen.at(-1));
  }
  await close();
  return [seen[0], seen.at(-1)];
}

/** `node benches/page.mjs heap`: ten minutes, a line a minute. */
async function heap() {
  const site = await serve({ "": DIST });
  const browser = await launch();
  await longRun(browser, site.url, 10, (minute, it) =>
    console.log(`after ${minute} minutes: heap ${it.heap.toFixed(1)} MB, resident ${it.resident.toFixed(0)} MB`));
  await browser.close();
  site.close();
}

if (process.argv[2] === "heap" && import.meta.url === `file://${process.argv[1]}`) await heap();
