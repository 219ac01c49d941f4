// Sites of real generators, on an origin of their own, each with a run of ours in it. `cargo xtask embeds` builds them into
// target/embeds/site; what is not built there is skipped aloud.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { ROOT, fresh, picture, serve, test } from "../e2e/harness.mjs";

const SITES = join(ROOT, "target/embeds/site");
const PAGES = {
  plain: "index.html",
  mdbook: "index.html",
  mkdocs: "index.html",
  sphinx: "index.html",
  jupyter: "page.html",
  docusaurus: "index.html",
};
/** Switches the site's own theme to its dark one, as its button does. */
const DARK = {
  plain: (page) => page.evaluate(() => document.body.classList.add("dark")),
  mdbook: async (page) => {
    await page.locator("#theme-toggle, #mdbook-theme-toggle").first().click();
    await page.locator("#navy, #mdbook-theme-navy").first().click();
  },
  mkdocs: (page) => page.locator('label[for="__palette_1"]:visible').first().click(),
  docusaurus: (page) => page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark")),
};

const runs = (frame) =>
  frame.locator('[data-test="transport"]:is([data-state="running"], [data-state="finished"])').waitFor({ timeout: 60_000 });

for (const [generator, start] of Object.entries(PAGES)) {
  const folder = generator === "plain" ? join(ROOT, "tests/embeds/plain") : join(SITES, generator);
  const skip = !existsSync(join(folder, start)) && `${generator} was not built: cargo xtask embeds`;

  test(`${generator}: frame and element run in its page, on another origin`, { skip }, async (t) => {
    const site = await serve(t);
    // The sources hold a host's name; here it is the one of this test.
    const change = (path) => {
      const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
      if (![".html", ".js"].includes(extname(file)) || !existsSync(file) || !statSync(file).isFile()) return undefined;
      const body = readFileSync(file, "utf8").replaceAll("https://YOUR-HOST/", site.url);
      return { type: extname(file) === ".js" ? "text/javascript" : "text/html; charset=utf-8", body };
    };
    const host = await serve(t, { prefix: "/", folder, change });
    assert.notEqual(host.origin, site.origin);
    const { page, complaints } = await fresh(t, { colorScheme: "light" });
    // A generator's page may ask for fonts and scripts of others; there is no network here, and none is ours.
    await page.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort());
    // A router that finds itself at /index.html would show another page.
    await page.goto(host.url + start.replace("index.html", ""));

    const frame = page.locator("iframe[sandbox]").first();
    assert.equal(await frame.getAttribute("sandbox"), "allow-scripts", "the generator has left the sandbox as it was");
    await frame.scrollIntoViewIfNeeded();
    await runs(page.frameLocator("iframe[sandbox]").first());
    assert.match(await page.frameLocator("iframe[sandbox]").first().locator("h1").innerText(), /FedStale/);

    await page.locator("murmuration-run").scrollIntoViewIfNeeded();
    const inside = page.frameLocator("murmuration-run iframe");
    await runs(inside);
    await inside.locator('html[data-theme="light"]').waitFor();
    const width = await page.locator("murmuration-run").evaluate((it) => it.getBoundingClientRect().width);
    assert.ok(width > 300, `${width} pixels wide`);
    await picture(page, `embed-${generator}`);
    if (DARK[generator]) {
      await DARK[generator](page);
      await inside.locator('html[data-theme="dark"]').waitFor();
      await picture(page, `embed-${generator}-dark`);
    }
    const ours = complaints.filter((line) => line.includes(site.origin) || line.includes("murmuration"));
    assert.deepEqual(ours, [], "no complaint of ours");
  });
}

test("every folder here is a generator that is tried, or an example that another spec opens", () => {
  const folders = readdirSync(join(ROOT, "tests/embeds"), { withFileTypes: true }).filter((it) => it.isDirectory()).map((it) => it.name);
  assert.deepEqual(folders.filter((name) => !(name in PAGES)), ["messages", "notebook"]);
});
