// murmuration.js, the library: numbers in a page of another origin, without a page of ours.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DIST, ROOT, fresh, picture, quiet, serve, test } from "./harness.mjs";

const SKIP = !existsSync(join(DIST, "murmuration.js")) && "this build has no murmuration.js";
const MURMUR = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/murmur");
const LINK = "#/fedstale?arms=fedstale,fedavg&rounds=12&seeds=2";

/** An empty page of another origin that has taken `run` in. */
async function importing(t, { change, policy, shared } = {}) {
  const site = await serve(t, { change, shared });
  const host = await serve(t, {
    more: policy ? { "Content-Security-Policy": policy(site.origin) } : {},
    change: (path) => (path === "/host.html" ? { body: "<!doctype html><title>A host</title>" } : undefined),
  });
  const { page, complaints } = await fresh(t);
  await page.goto(`${host.origin}/host.html`);
  return { site, page, complaints, url: `${site.url}murmuration.js` };
}

/** Why it was rejected. */
const refused = (page, url, link, options = {}) =>
  page.evaluate(
    async ({ url, link, options }) => {
      const { run } = await import(url);
      return run(link, null, options).then(() => "it was not", (error) => `${error.constructor.name}: ${error.message}`);
    },
    { url, link, options },
  );

test("run gives the same numbers as the command line, in typed arrays", { skip: SKIP || (!existsSync(MURMUR) && "murmur is not built: cargo build --release") }, async (t) => {
  const { page, complaints, url } = await importing(t);
  const got = await page.evaluate(
    async ({ url, link }) => {
      const { run } = await import(url);
      const told = [];
      const results = await run(link, (round) => told.push(round));
      const lines = results.runs.flatMap(({ arm, seed, readings }) =>
        Object.entries(readings).flatMap(([metric, { rounds, values }]) =>
          [...values].map((value, at) => [arm, seed, rounds[at], metric, value].join()),
        ),
      );
      const kinds = results.runs.flatMap(({ readings }) =>
        Object.values(readings).map(({ rounds, values }) => `${rounds.constructor.name} ${values.constructor.name} ${rounds.length === values.length}`),
      );
      return { results: { ...results, runs: results.runs.map(({ readings, ...rest }) => rest) }, lines, kinds: [...new Set(kinds)], told };
    },
    { url, link: LINK },
  );
  assert.deepEqual(got.kinds, ["Uint32Array Float64Array true"]);
  assert.deepEqual(
    got.results.runs,
    ["fedstale", "fedavg"].flatMap((arm) => [1, 2].map((seed) => ({ arm, seed, rounds: 12, fault: null }))),
  );
  assert.match(got.results.link, /^#\/fedstale\?.*rounds=12/);
  assert.deepEqual(got.results.arms.map(({ id }) => id), ["fedstale", "fedavg"]);
  assert.ok(got.results.metrics.every(({ id, label, unit }) => id && label && typeof unit === "string"));
  assert.equal(got.told.length, 4 * 12, "each round of each run is told once");
  assert.ok(got.told.every(({ round, readings }) => round >= 1 && Object.values(readings).every(Number.isFinite)));

  const { stdout, stderr } = spawnSync(MURMUR, ["run", LINK, "--csv"], { encoding: "utf8", maxBuffer: 1e8 });
  const [head, ...rows] = stdout.trim().split("\n");
  const at = Object.fromEntries(head.split(",").map((name, nth) => [name, nth]));
  const native = rows.map((row) => row.split(",")).map((row) =>
    [row[at.arm], row[at.seed], row[at.round], row[at.metric], Number(row[at.value])].join(),
  );
  assert.ok(native.length > 100, stderr);
  assert.deepEqual(got.lines.sort(), native.sort());
  quiet(complaints);
});

test("a link that cannot be run is refused with a sentence that names what is wrong", { skip: SKIP }, async (t) => {
  const { page, complaints, url } = await importing(t);
  assert.match(await refused(page, url, "#/fedstal"), /Error: There is no system called “fedstal”\. Nearest: .*fedstale/);
  assert.match(await refused(page, url, "#/fedstale?beta=7"), /beta = 7: /);
  assert.match(await refused(page, url, "#/fedstale?v=999"), /newer/);
  assert.match(await refused(page, url, `#/fedstale?beta=${"9".repeat(1_000_000)}`), /characters long/);
  assert.match(await refused(page, url, 7), /TypeError: run\(link\) takes a link/);
  const notices = await page.evaluate(async (url) => (await (await import(url)).run("#/fedstale?rounds=1&seeds=1&nonsense=1")).notices, url);
  assert.match(notices.join(), /nonsense/);
  quiet(complaints);
});

test("an AbortSignal ends it at once, before, at the start and in the middle", { skip: SKIP }, async (t) => {
  const { page, complaints, url } = await importing(t);
  const said = await page.evaluate(async (url) => {
    const { run } = await import(url);
    const end = (promise) => promise.then(() => "it went on", (error) => error.name);
    const long = "#/fedstale?rounds=4000&seeds=4";
    const before = await end(run(long, null, { signal: AbortSignal.abort() }));
    const first = new AbortController();
    const early = run(long, null, { signal: first.signal });
    first.abort();
    const controller = new AbortController();
    let rounds = 0;
    const middle = run(long, () => { if (++rounds === 5) controller.abort(); }, { signal: controller.signal });
    const all = [before, await end(early), await end(middle)];
    const began = rounds;
    await new Promise((wait) => setTimeout(wait, 500));
    const why = new AbortController();
    const own = run(long, () => why.abort(new Error("enough")), { signal: why.signal });
    return { all, after: rounds - began, own: await own.catch((error) => error.message) };
  }, url);
  assert.deepEqual(said, { all: ["AbortError", "AbortError", "AbortError"], after: 0, own: "enough" });
  quiet(complaints);
});

test("what onRound throws comes back, and several calls go side by side", { skip: SKIP }, async (t) => {
  const { page, complaints, url } = await importing(t);
  const said = await page.evaluate(
    async ({ url, link }) => {
      const { run } = await import(url);
      const thrown = await run(link, () => { throw new RangeError("mine"); }).catch((error) => `${error.name} ${error.message}`);
      const [one, two] = await Promise.all([run(link, null, { seats: 1 }), run(link)]);
      const last = ({ runs }) => runs.map(({ readings }) => Object.values(readings).map(({ values }) => values.at(-1)));
      return { thrown, same: JSON.stringify(last(one)) === JSON.stringify(last(two)) };
    },
    { url, link: LINK },
  );
  assert.deepEqual(said, { thrown: "RangeError mine", same: true });
  quiet(complaints);
});

test("an engine that cannot be had is told of in words, and the next call tries again", { skip: SKIP }, async (t) => {
  let broken = true;
  const { page, url } = await importing(t, {
    change: (path) => (broken && path.endsWith("engine_bg.wasm") ? { status: 503, body: "later" } : undefined),
  });
  assert.match(await refused(page, url, LINK), /engine_bg\.wasm answered 503/);
  broken = false;
  assert.equal(await refused(page, url, "#/fedstale?rounds=1&seeds=1"), "it was not");
});

test("a worker that dies is told of in words", { skip: SKIP }, async (t) => {
  const script = readFileSync(join(DIST, "engine.js"), "utf8");
  const { page, url } = await importing(t, {
    change: (path) => (path.endsWith("/engine.js") ? { type: "text/javascript", body: `${script}\nsetTimeout(() => { throw new Error("boom"); }, 300);` } : undefined),
  });
  assert.match(await refused(page, url, "#/fedstale?rounds=4000&seeds=4"), /worker could not|stopped|boom/);
});

test("a page with a strict content policy may run it when it allows what is said at the top of the file", { skip: SKIP }, async (t) => {
  const { page, complaints, url } = await importing(t, {
    policy: (site) => `default-src 'none'; script-src ${site} 'wasm-unsafe-eval'; worker-src blob:; connect-src ${site}`,
  });
  assert.equal(await refused(page, url, "#/fedstale?rounds=1&seeds=1"), "it was not");
  quiet(complaints);
});

test("without leave for workers the page is told what to allow", { skip: SKIP }, async (t) => {
  const { page, url } = await importing(t, { policy: (site) => `default-src 'none'; script-src ${site} 'wasm-unsafe-eval'; worker-src 'none'; connect-src ${site}` });
  assert.match(await refused(page, url, LINK), /worker could not be started.*worker-src blob:/);
});

test("the example notebook runs all its cells", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const folder = join(ROOT, "tests/embeds/notebook");
  const notebook = await serve(t, {
    prefix: "/",
    folder,
    change: (path) =>
      path === "/" ? { body: readFileSync(join(folder, "index.html"), "utf8").replaceAll("https://YOUR-HOST/", site.url) } : undefined,
  });
  const { page, complaints } = await fresh(t);
  await page.goto(notebook.url);
  await page.locator("body[data-state]").waitFor();
  assert.equal(await page.locator("body").getAttribute("data-state"), "done", await page.locator("body").innerText());
  assert.match(await page.locator("#compute + output").innerText(), /FedStale: 4 runs of 25 rounds/);
  assert.equal(await page.locator("#table + output tr").count(), 3);
  assert.equal(await page.locator("#plot + output path").count(), 4);
  await picture(page, "notebook");
  quiet(complaints);
});
