// After the first visit: no network, and everything is there.
import assert from "node:assert/strict";
import { fresh, lacks, part, quiet, serve, test } from "./harness.mjs";

const SKIP = lacks("fedstale", "swarmbench", "digest");

/** The service worker has the whole site and answers for it. */
async function kept(page) {
  await page.waitForFunction(async () => {
    const ready = await navigator.serviceWorker.ready;
    return ready.active?.state === "activated" && navigator.serviceWorker.controller !== null;
  });
}

const finished = (page) => page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 90_000 });

test("with the server gone, a reload and a system never opened before run", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}#/`);
  await kept(page);
  site.close();
  await page.reload();
  await part(page, "gallery").waitFor();
  await page.goto("about:blank");
  await page.goto(`${site.url}#/fedstale?rounds=8&seeds=2`);
  await finished(page);
  assert.match(await part(page, "digest").innerText(), /^[0-9a-f]{16}$/);
  // Its story and its claims on record were fetched by nobody before.
  assert.equal(await page.evaluate(async () => (await fetch("claims/fedstale.txt")).ok), true);
  assert.equal(await page.evaluate(async () => (await fetch("stories/fedstale.html")).ok), true);
  await page.goto("about:blank");
  await page.goto(`${site.url}#/swarmbench?rounds=3&seeds=1`);
  await finished(page);
  assert.deepEqual(complaints.filter((line) => !/ERR_CONNECTION_REFUSED/.test(line)), []);
});

test("a page for crawlers, opened without a network, leads to the laboratory", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page } = await fresh(t);
  await page.goto(`${site.url}#/`);
  await kept(page);
  site.close();
  await page.goto(`${site.url}systems/fedstale/`);
  await part(page, "transport").waitFor();
  assert.equal(page.url().replace(/\?.*/, ""), `${site.url}#/fedstale`);
});

test("the very first visit needs the server: nothing pretends", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  site.close();
  const { page } = await fresh(t);
  await assert.rejects(page.goto(site.url), /ERR_CONNECTION_REFUSED/);
});

test("a new build takes the place of the old one whole, and no old file stays", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}#/`);
  await page.evaluate(async () => {
    await caches.open("murmuration-of-old").then((cache) => cache.put("./", new Response("old")));
    await caches.open("somebody-elses");
  });
  await kept(page);
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.unregister();
  });
  await page.reload();
  await kept(page);
  await page.waitForFunction(async () => (await caches.keys()).filter((name) => name.startsWith("murmuration-")).length === 1);
  const names = await page.evaluate(() => caches.keys());
  assert.ok(names.includes("somebody-elses"), "what others keep under this origin is left alone");
  quiet(complaints);
});
