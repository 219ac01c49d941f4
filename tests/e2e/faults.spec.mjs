// What goes wrong in a person's browser: a worker that dies, a storage that is full, a tab that sleeps, a clock that jumps,
// a restless hand. Nothing is lost, and what a person should know is a sentence.
import assert from "node:assert/strict";
import { fresh, lacks, part, picture, quiet, serve, test } from "./harness.mjs";

const SKIP = lacks("fedstale", "transport", "digest");
const LINK = "#/fedstale?rounds=9&seeds=2";

const state = (page, ...states) =>
  page.locator(states.map((it) => `[data-test="transport"][data-state="${it}"]`).join(", ")).first().waitFor({ timeout: 60_000 });
const round = async (page) => Number((await part(page, "round").innerText()).match(/\d+/)[0]);
const digest = async (page) => {
  await state(page, "finished");
  return (await part(page, "digest").innerText()).trim();
};
const finished = (page) => page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 90_000 });

/** The digest of a link in an undisturbed page: run once for all tests. */
const calm_digests = new Map();
async function undisturbed(t, site, link) {
  if (!calm_digests.has(link)) {
    const { page } = await fresh(t);
    await page.goto(site.url + link);
    calm_digests.set(link, await digest(page));
    await page.close();
  }
  return calm_digests.get(link);
}

/** Keeps hold of every worker the page starts, to be hurt by name; before the page's own scripts. */
const HOLD_WORKERS = () => {
  const Born = window.Worker;
  window.born = [];
  window.Worker = class extends Born {
    constructor(...given) {
      super(...given);
      window.born.push(this);
    }
  };
};

/** The memory of the page's own wasm: the JavaScript heap does not count it. */
const HOLD_MEMORIES = () => {
  window.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const made = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...given) => {
      const result = await made(...given);
      const memory = (result.instance ?? result).exports?.memory;
      if (memory) window.memories.push(memory);
      return result;
    };
  }
};

test("a worker that dies is replaced: the same numbers come, and a sentence says so", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, LINK);
  const { page } = await fresh(t);
  await page.addInitScript(HOLD_WORKERS);
  await page.goto(site.url + LINK);
  await state(page, "running");
  const before = await page.evaluate(() => {
    const count = window.born.length;
    // As a browser tells of a worker that has run out of memory.
    for (const worker of window.born) {
      worker.terminate();
      worker.dispatchEvent(new ErrorEvent("error", { message: "the worker ran out of memory" }));
    }
    return count;
  });
  await page.locator('[data-test="toast"]', { hasText: /worker stopped and was replaced/ }).waitFor();
  await picture(page, "worker-replaced");
  assert.equal(await digest(page), calm);
  assert.ok((await page.evaluate(() => window.born.length)) > before, "there is a new one");
});

test("a worker that hangs is noticed, replaced, and the same numbers come", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, LINK);
  const { page } = await fresh(t);
  await page.addInitScript(HOLD_WORKERS);
  await page.goto(site.url + LINK);
  await state(page, "running");
  // Silent without a word: nobody tells the page.
  await page.evaluate(() => window.born.forEach((worker) => worker.terminate()));
  await page.locator('[data-test="toast"]', { hasText: /worker stopped and was replaced/ }).waitFor({ timeout: 40_000 });
  assert.equal(await digest(page), calm);
});

test("a run that loses two workers is given up in words, and the page lives on", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page } = await fresh(t);
  await page.addInitScript(HOLD_WORKERS);
  // No engine gets far: each dies as soon as it has begun to work.
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...more) {
      post.call(this, message, ...more);
      if (message?.Start) setTimeout(() => this.dispatchEvent(new ErrorEvent("error", { message: "boom" })), 0);
    };
  });
  await page.goto(site.url + LINK);
  await page.getByText(/stopped twice; the run was given up/).first().waitFor({ timeout: 60_000 });
  await part(page, "share").click();
  assert.match(await part(page, "share-link").inputValue(), /#\/fedstale\?/, "the link that reproduces it is there");
  assert.ok((await page.evaluate(() => window.born.length)) < 40, "it does not go on for ever");
});

test("a storage that is full, or forbidden, costs a convenience and no run", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, LINK);
  for (const broken of ["full", "forbidden"]) {
    const { page, complaints } = await fresh(t);
    await page.addInitScript((broken) => {
      if (broken === "full") {
        Storage.prototype.setItem = () => { throw new DOMException("The quota has been exceeded.", "QuotaExceededError"); };
        Object.defineProperty(Cache.prototype, "addAll", { value: async () => { throw new DOMException("full", "QuotaExceededError"); } });
      } else {
        Object.defineProperty(window, "localStorage", { get() { throw new DOMException("Access is denied.", "SecurityError"); } });
      }
    }, broken);
    await page.goto(site.url + LINK);
    assert.equal(await digest(page), calm, broken);
    await part(page, "theme").first().click();
    const dial = part(page, "dial-beta");
    await dial.fill("0.8");
    await dial.press("Enter");
    await state(page, "running", "finished");
    assert.match(page.url(), /beta=0\.8/);
    quiet(complaints);
  }
});

test("really full: storage filled to its brim changes nothing of a run", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}#/`);
  const filled = await page.evaluate(() => {
    let text = "x".repeat(1 << 20);
    let kept = 0;
    for (let nth = 0; text.length > 0 && nth < 200; nth += 1) {
      try {
        localStorage.setItem(`fill-${nth}`, text);
        kept += text.length;
      } catch {
        text = text.slice(0, text.length >> 1);
      }
    }
    return kept;
  });
  assert.ok(filled > 1 << 20, `${filled} characters fitted in`);
  await page.goto(site.url + LINK);
  await finished(page);
  await part(page, "dial-beta").fill("0.8");
  await part(page, "dial-beta").press("Enter");
  await state(page, "running", "finished");
  quiet(complaints);
});

/** Stops the processes of all open pages, as a machine that is closed and opened again does; ours only, by their numbers. */
async function asleep(context, time_ms) {
  const devtools = await context.browser().newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  const pages = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  assert.ok(pages.length > 0, "there is a page to be stopped");
  try {
    pages.forEach((id) => process.kill(id, "SIGSTOP"));
    await new Promise((wake) => setTimeout(wake, time_ms));
  } finally {
    pages.forEach((id) => process.kill(id, "SIGCONT"));
  }
}

test("a tab that is frozen and woken goes on from where it was, with the same numbers", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, LINK);
  const { page, context, complaints } = await fresh(t);
  await page.goto(site.url + LINK);
  await state(page, "running");
  await page.evaluate(() => { window.beats = 0; setInterval(() => { window.beats += 1; }, 100); });
  // Longer than a silent worker is waited for.
  await asleep(context, 12_000);
  assert.ok((await page.evaluate(() => window.beats)) < 40, "it was asleep");
  assert.equal(await digest(page), calm);
  assert.equal(await page.locator('[data-test="toast"]').count(), 0, "nobody was called late for having slept");
  quiet(complaints);
});

test("a clock that jumps, forth and back, disturbs no run", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, LINK);
  const { page, complaints } = await fresh(t);
  await page.addInitScript(() => {
    window.jump_ms = 0;
    const [date, now] = [Date.now.bind(Date), performance.now.bind(performance)];
    Date.now = () => date() + window.jump_ms;
    performance.now = () => now() + window.jump_ms;
    const frame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (paint) => frame((at) => paint(at + window.jump_ms));
  });
  await page.goto(site.url + LINK);
  await state(page, "running");
  for (const jump of [3_600_000, -86_400_000, 60_000, 0]) {
    await page.evaluate((jump) => { window.jump_ms = jump; }, jump);
    await page.waitForTimeout(400);
  }
  assert.equal(await digest(page), calm);
  quiet(complaints);
});

test("a thousand turns of a dial end in the run of the last one", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const calm = await undisturbed(t, site, `${LINK}&beta=0.37`);
  const { page, complaints } = await fresh(t);
  await page.addInitScript(HOLD_WORKERS);
  await page.goto(site.url + LINK);
  await state(page, "running");
  await part(page, "dial-beta").evaluate((dial) => {
    const type = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    const turn = (text) => {
      type.call(dial, text);
      dial.dispatchEvent(new Event("input", { bubbles: true }));
      dial.dispatchEvent(new Event("change", { bubbles: true }));
    };
    for (let nth = 0; nth < 999; nth += 1) turn(String((nth % 100) / 100));
    turn("0.37");
  });
  await page.waitForFunction(() => location.hash.includes("beta=0.37"));
  assert.equal(await digest(page), calm);
  assert.equal(await part(page, "dial-beta").inputValue(), "0.37");
  assert.ok((await page.evaluate(() => window.born.length)) <= 8, "no worker was started for each turn");
  quiet(complaints);
});

/** Times that each system of the leak test is opened and closed; `VISITS=200` is the long tour. */
const VISITS = Number(process.env.VISITS ?? 60);
/** What the page's JavaScript and its nodes may keep for good, after the first ten visits have filled what is kept on purpose. */
const KEPT_BYTES_MAX = 3 << 20;
const KEPT_NODES_MAX = 500;

test(`${VISITS} times a system opened and closed: nothing is kept`, { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, context, complaints } = await fresh(t);
  await page.addInitScript(HOLD_WORKERS);
  await page.addInitScript(HOLD_MEMORIES);
  await page.goto(`${site.url}#/`);
  await part(page, "gallery").waitFor();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable");
  await devtools.send("HeapProfiler.enable");
  const weigh = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (name) => metrics.find((metric) => metric.name === name).value;
    const wasm = await page.evaluate(() => window.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
    return { bytes: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners"), wasm };
  };
  const visit = async (nth) => {
    const slug = ["fedstale", "swarmbench"][nth % 2];
    await page.evaluate((slug) => { location.hash = `#/${slug}?seeds=1`; }, slug);
    await page.locator('[data-test="stage"] canvas').first().waitFor();
    await page.evaluate(() => { location.hash = "#/"; });
    await part(page, "gallery").waitFor();
  };
  for (let nth = 0; nth < 10; nth += 1) await visit(nth);
  const before = await weigh();
  for (let nth = 0; nth < VISITS; nth += 1) await visit(nth);
  const after = await weigh();
  t.diagnostic(JSON.stringify({ before, after, visits: VISITS }));
  assert.ok(after.bytes - before.bytes < KEPT_BYTES_MAX, `the heap grew by ${after.bytes - before.bytes} bytes`);
  assert.ok(before.wasm > 0 && after.wasm - before.wasm < KEPT_BYTES_MAX, `the page's wasm grew by ${after.wasm - before.wasm} bytes`);
  assert.ok(after.nodes - before.nodes < KEPT_NODES_MAX, `${after.nodes - before.nodes} nodes were kept`);
  assert.ok(after.listeners - before.listeners < 50, `${after.listeners - before.listeners} listeners were kept`);
  assert.ok((await page.evaluate(() => window.born.length)) <= 8, "workers are kept and used again");
  quiet(complaints);
});
