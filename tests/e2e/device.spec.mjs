// Where a run computes: on the GPU where a link asks for it and there is one, else on the CPU with a sentence; the
// numbers agree either way, and only those of the CPU have a digest.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { fresh, lacks, part, picture, quiet, serve, test } from "./harness.mjs";
import { CHROME, QUIET } from "./site.mjs";

const RUN_MS = 90_000;
const LINK = "#/fedstale?model=mlp&clients=8&rounds=12&seeds=1";
const SKIP = { skip: lacks("fedstale", "computed", "data-test") };

const finished = (page) =>
  page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: RUN_MS });

/** The main metric of each arm in the last round, out of the caption. */
async function readings(page) {
  await finished(page);
  const caption = await part(page, "caption").locator("p").first().innerText();
  const last = caption.match(/: ([^:]*)\.$/)?.[1] ?? caption;
  const numbers = [...last.matchAll(/ (\d+(?:\.\d+)?)(?=,|$)/g)].map((m) => Number(m[1]));
  assert.ok(numbers.length >= 2, caption);
  return numbers;
}

test("a link that asks for the GPU is computed there, says so and shows no digest", SKIP, async (t) => {
  const site = await serve(t);
  const cpu = await fresh(t);
  await cpu.page.goto(`${site.url}${LINK}&device=cpu`);
  const here = await readings(cpu.page);
  await part(cpu.page, "digest").waitFor();
  assert.equal(await part(cpu.page, "computed").count(), 0);

  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}${LINK}&device=gpu`);
  const there = await readings(page);
  const says = await part(page, "computed").innerText();
  assert.match(says, /^Computed on the GPU \(.+\), as asked\. .*not to the bit; claims and sweeps/);
  assert.equal(await part(page, "digest").count(), 0);
  assert.equal(there.length, here.length);
  here.forEach((value, arm) => assert.ok(Math.abs(value - there[arm]) <= 0.02, `${here} against ${there}`));
  await picture(page, "device-gpu");
  quiet(complaints);
});

test("by itself a quick run stays on the CPU, with its digest, and says why where one can choose", SKIP, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}${LINK}`);
  await finished(page);
  await part(page, "digest").waitFor();
  assert.equal(await part(page, "computed").count(), 0);
  const why = page.locator("label:has([data-test=device])");
  await page.waitForFunction(() => document.querySelector("[data-test=device]")?.parentElement.title);
  assert.match(await why.getAttribute("title"), /^Computed on the CPU: /);
  await part(page, "device").selectOption("gpu");
  await part(page, "computed").waitFor();
  assert.match(page.url(), /device=gpu/);
  assert.match(await part(page, "computed").innerText(), /^Computed on the GPU/);
  quiet(complaints);
});

test("where workers have no WebGPU (the strictest sandbox) the run goes on on the CPU and says so", SKIP, async (t) => {
  const site = await serve(t);
  const host = await serve(t, {
    change: () => ({
      body: `<iframe src="${site.url}${LINK}&device=gpu" sandbox="allow-scripts" width="1300" height="850"></iframe>`,
    }),
  });
  const { page, complaints } = await fresh(t);
  await page.goto(`${host.origin}/host.html`);
  const frame = page.frameLocator("iframe");
  await frame.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: RUN_MS });
  const says = await frame.locator('[data-test="computed"]').innerText();
  assert.match(says, /^Computed on the CPU, though the GPU was asked for: .*no WebGPU adapter/);
  await frame.locator('[data-test="digest"]').waitFor();
  quiet(complaints);
});

test("a browser whose WebGPU has no adapter keeps its workers, and the run stays on the CPU", SKIP, async (t) => {
  const site = await serve(t);
  // Where no software may play a GPU, `requestAdapter` answers null on a machine without one.
  const browser = await chromium.launch({ executablePath: CHROME, args: QUIET });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const stopped = [];
  page.on("console", (message) => message.text().includes("worker stopped") && stopped.push(message.text()));
  await page.goto(`${site.url}${LINK}&device=gpu`);
  await part(page, "computed").waitFor();
  await finished(page);
  assert.deepEqual(stopped, []);
});
