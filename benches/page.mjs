// How fast the default fedstale runs in Chromium: its arms with one seed, one after the other in one worker, so on
// one core, over the same wire as the page. The budget is 4 s.
import assert from "node:assert/strict";
import { fresh, lacks, quiet, serve, test } from "../tests/e2e/harness.mjs";

const BUDGET_MS = 4000;
const SETTING = {
  system: "fedstale",
  version: 1,
  seed: 1,
  seeds: 1,
  rounds: 120,
  params: {},
};
const ARMS = ["fedavg", "fedvarp", "fedstale"];

/** Runs in the page: a seat of our own, started as the page starts its seats. */
async function measure({ setting, arms }) {
  const boot =
    "onmessage = e => { onmessage = null; importScripts(e.data.script); wasm_bindgen({ module_or_path: e.data.module }) }";
  const { module, script } = window.murmurationEngine;
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
  const took = {};
  for (const [run, arm] of arms.entries()) {
    const began = performance.now();
    const finished = heard("Finished");
    const scenario = { ...setting, arms: [arm] };
    worker.postMessage({ Start: { run, scenario, job: { arm, seed: 1 }, until: setting.rounds, watch: "Nothing" } });
    await finished;
    took[arm] = performance.now() - began;
  }
  worker.terminate();
  return { readyMs, took };
}

test("time of the default fedstale on one core", { skip: lacks("fedstale") }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  const began = Date.now();
  await page.goto(`${site.url}#/`);
  await page.locator("#shell").waitFor({ state: "detached" });
  console.log(`page mounted after ${Date.now() - began} ms`);
  const { readyMs, took } = await page.evaluate(measure, { setting: SETTING, arms: ARMS });
  const sum = Object.values(took).reduce((a, b) => a + b, 0);
  console.log(`a new seat was ready after ${readyMs.toFixed(0)} ms`);
  for (const [arm, ms] of Object.entries(took)) console.log(`${arm}: ${SETTING.rounds} rounds in ${ms.toFixed(0)} ms`);
  console.log(`together ${sum.toFixed(0)} ms, ${sum <= BUDGET_MS ? "within" : "OVER"} the budget of ${BUDGET_MS} ms`);
  assert.ok(sum > 0);
  quiet(complaints);
});
