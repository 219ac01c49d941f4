// The pages for crawlers, chats and readers without scripts, one a system.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DIST, fresh, picture, quiet, serve, test } from "./harness.mjs";

const FOLDER = join(DIST, "systems");
const SKIP = !existsSync(FOLDER) && "this build has no system pages";
const slugs = SKIP ? [] : readdirSync(FOLDER, { withFileTypes: true }).filter((it) => it.isDirectory()).map((it) => it.name);
const html = (slug) => readFileSync(join(FOLDER, slug, "index.html"), "utf8");

test("each system has one, with a title, a description, a canonical link and a picture of the right size", { skip: SKIP }, () => {
  const pictures = readdirSync(join(DIST, "pictures")).filter((name) => !name.includes(".dark.")).map((name) => name.replace(".svg", ""));
  assert.deepEqual(slugs.sort(), pictures.sort(), "one for each card of the gallery");
  const seen = new Set();
  for (const slug of slugs) {
    const page = html(slug);
    const title = page.match(/<title>(.+) · Murmuration<\/title>/)?.[1];
    const says = page.match(/<meta name="description" content="([^"]{20,})">/)?.[1];
    assert.ok(title && says && !seen.has(title), slug);
    seen.add(title);
    assert.match(page, /<link rel="canonical" href="/);
    assert.match(page, new RegExp(`<meta property="og:title" content="${title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}">`));
    const png = readFileSync(join(FOLDER, slug, "picture.png"));
    assert.deepEqual([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ["PNG", 1200, 630], slug);
    assert.ok(png.length < 600_000, `${slug}: ${png.length} bytes, past what some chats fetch`);
  }
});

test("without scripts it tells the story, shows a picture and leads on", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t, { javaScriptEnabled: false });
  await page.goto(`${site.url}systems/fedstale/`);
  assert.match(await page.locator("h1").innerText(), /FedStale/);
  assert.ok((await page.locator("article").innerText()).length > 500, "the story is there");
  assert.ok(await page.locator("li em").count(), "claims with their verdicts");
  assert.equal(await page.locator("murmuration-run img").evaluate((it) => it.complete && it.naturalWidth > 0), true);
  assert.match(await page.locator("a.open").first().getAttribute("href"), /^\.\.\/\.\.\/#\/fedstale$/);
  quiet(complaints);
});

test("with scripts the run is in it, and a scenario behind # is the one that runs", { skip: SKIP }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}systems/fedstale/#/fedstale?beta=0.4&rounds=20&seeds=1`);
  const frame = page.frameLocator("murmuration-run iframe");
  await frame.locator('[data-test="transport"]:is([data-state="running"], [data-state="finished"])').waitFor();
  assert.match(await page.locator("murmuration-run iframe").getAttribute("src"), /beta=0\.4.*embed=1/);
  await picture(page, "system-page");
  await page.locator("a.open").last().click();
  await page.locator('[data-test="dial-beta"]').waitFor();
  assert.equal(await page.locator('[data-test="dial-beta"]').inputValue(), "0.4");
  quiet(complaints);
});
