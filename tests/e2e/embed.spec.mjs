// <murmuration-run> in somebody else's page: another origin, another theme, another policy.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DIST, ROOT, fresh, lacks, picture, quiet, serve, test } from "./harness.mjs";

const SKIP = lacks("fedstale", "transport");
const BYTES_MAX = 5 * 1024;
const LINK = "#/fedstale?rounds=30&seeds=1";
/** Far below what is seen, and below the margin in which a frame is fetched ahead. */
const FAR = "<p style='height: 4000px'>A long text.</p>";

/** A page of another origin whose body this is; `site` is where Murmuration lies. */
async function foreign(t, body, { shared = true, page: options, policy } = {}) {
  const site = await serve(t, { shared });
  const html = `<!doctype html><html lang="en"><head><title>A host</title>
    <style>body { background: #fff; color: #111 } body.slate { background: #111; color: #eee; transition: color .2s }</style>
    <script type="module" src="${site.url}murmuration-embed.js"></script></head><body>${body}</body></html>`;
  const host = await serve(t, {
    more: policy ? { "Content-Security-Policy": policy(site.origin) } : {},
    change: (path) => (path === "/host.html" ? { body: html } : path === "/host.css" ? { type: "text/css", body: "" } : undefined),
  });
  assert.notEqual(site.origin, host.origin);
  const { page, complaints } = await fresh(t, options);
  await page.goto(`${host.origin}/host.html`);
  return { site, host, page, complaints };
}

const element = (link = LINK, more = "") =>
  `<murmuration-run link="${link}" label="FedStale, running" ${more}><a href="https://example.org/#/fedstale">FedStale in Murmuration</a></murmuration-run>`;
const wasm = (site) => site.asked.filter((path) => path.endsWith(".wasm"));
const inside = (page) => page.frameLocator("murmuration-run iframe");
const runs = (page) => inside(page).locator('[data-test="transport"]:is([data-state="running"], [data-state="finished"])').waitFor();
const theme = (page) => inside(page).locator("html").getAttribute("data-theme");
async function themed(page, wanted) {
  await inside(page).locator(`html[data-theme="${wanted}"]`).waitFor();
}

test("the element is one small file without a dependency", async () => {
  const { size } = statSync(join(ROOT, "murmuration-embed.js"));
  assert.ok(size <= BYTES_MAX, `${size} bytes`);
  assert.equal(statSync(join(DIST, "murmuration-embed.js")).size, size, "the site ships the same file");
});

test("an element out of sight shows a picture and fetches no wasm; it starts when it is seen", { skip: SKIP }, async (t) => {
  const { site, page, complaints } = await foreign(t, FAR + element());
  await page.locator("murmuration-run button").waitFor();
  await page.locator("murmuration-run img").waitFor();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(wasm(site), [], "no wasm before it is seen");
  assert.deepEqual(site.asked.filter((path) => !/murmuration-embed\.js|pictures\/fedstale\.svg/.test(path)), []);
  await page.locator("murmuration-run").scrollIntoViewIfNeeded();
  await runs(page);
  assert.ok(wasm(site).length >= 2, "page and engine");
  const frame = page.locator("murmuration-run iframe");
  assert.equal(await frame.getAttribute("title"), "FedStale, running");
  const sandbox = (await frame.getAttribute("sandbox")).split(" ");
  assert.ok(!sandbox.includes("allow-same-origin"), "its origin stays opaque");
  await picture(page, "element");
  quiet(complaints);
});

test("with loading=click nothing is fetched before the click", { skip: SKIP }, async (t) => {
  const { site, page } = await foreign(t, element(LINK, 'loading="click"'));
  await page.locator("murmuration-run button").waitFor();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(wasm(site), []);
  assert.equal(
    await page.locator("murmuration-run").evaluate((it) => it.shadowRoot.querySelector("a").href),
    `${site.url}${LINK}`,
    "the way out leads to the whole page",
  );
  await page.locator("murmuration-run button").click();
  await runs(page);
});

test("the theme follows the page, when it is switched too, and an attribute goes before it", { skip: SKIP }, async (t) => {
  const { page } = await foreign(t, element(), { page: { colorScheme: "light" } });
  await runs(page);
  await themed(page, "light");
  await page.evaluate(() => document.body.classList.add("slate"));
  await themed(page, "dark");
  await page.evaluate(() => document.body.classList.remove("slate"));
  await themed(page, "light");
  await page.locator("murmuration-run").evaluate((it) => it.setAttribute("theme", "dark"));
  await themed(page, "dark");
  assert.equal(await theme(page), "dark");
});

test("a page that leaves its colors to the browser is followed in the dark", { skip: SKIP }, async (t) => {
  const { page } = await foreign(t, `<meta name="color-scheme" content="light dark"><style>body { all: unset }</style>${element()}`, {
    page: { colorScheme: "dark" },
  });
  await runs(page);
  await themed(page, "dark");
});

test("the frame is as high as what is in it needs", { skip: SKIP }, async (t) => {
  const { page } = await foreign(t, `<div style="width: 340px">${element("#/fedstale?rounds=30&seeds=1&arms=fedstale,fedavg,fedvarp")}</div>`);
  await runs(page);
  const heights = await page.locator("murmuration-run").evaluate(
    (it) =>
      new Promise((done) => {
        it.addEventListener("murmuration-height", ({ detail }) => done([detail.height, it.shadowRoot.querySelector("iframe").clientHeight]));
        it.shadowRoot.querySelector("iframe").style.height = "120px";
      }),
  );
  assert.ok(heights[0] > 120 && Math.abs(heights[0] - heights[1]) <= 1, `told ${heights[0]}, is ${heights[1]}`);
  const cut = await inside(page).locator("html").evaluate((root) => root.scrollHeight - innerHeight);
  assert.ok(cut <= 1, `${cut} pixels are cut off`);
});

test("a new link attribute, play and pause reach the run; the page hears of it", { skip: SKIP }, async (t) => {
  const { page, complaints } = await foreign(t, element("#/fedstale?rounds=300&seeds=1"));
  await runs(page);
  const it = page.locator("murmuration-run");
  await it.evaluate((it) => it.pause());
  await inside(page).locator('[data-test="transport"][data-state="paused"]').waitFor();
  await it.evaluate((it) => it.play());
  await inside(page).locator('[data-test="transport"][data-state="running"]').waitFor();
  const told = it.evaluate(
    (it) => new Promise((done) => it.addEventListener("murmuration-state", ({ detail }) => detail.link.includes("0.8") && done(detail.link))),
  );
  await it.evaluate((it) => it.setAttribute("link", "#/fedstale?beta=0.8&rounds=30"));
  assert.match(await told, /^#\/fedstale\?beta=0\.8&.*embed=1/);
  quiet(complaints);
});

test("moved about in the page it goes on, and taken out it leaves nobody listening", { skip: SKIP }, async (t) => {
  const { page, complaints } = await foreign(t, `<div id="one">${element()}</div><div id="two"></div>`);
  await runs(page);
  await page.evaluate(() => document.querySelector("#two").append(document.querySelector("murmuration-run")));
  await runs(page);
  await page.evaluate(() => document.querySelector("murmuration-run").remove());
  await page.evaluate(() => document.body.classList.add("slate"));
  quiet(complaints);
});

test("without scripts the element is its plain link", async (t) => {
  const { page } = await foreign(t, element(), { page: { javaScriptEnabled: false } });
  const link = page.locator("murmuration-run a");
  assert.equal(await link.innerText(), "FedStale in Murmuration");
  assert.ok(await link.isVisible());
});

test("a host with a strict content policy of its own can embed it", { skip: SKIP }, async (t) => {
  const { page, complaints } = await foreign(t, element(), {
    policy: (site) => `default-src 'none'; script-src ${site}; style-src 'self'; img-src ${site}; frame-src ${site}`,
  });
  await runs(page);
  // The test's own page has an inline style, which its policy forbids; the element adds no complaint.
  assert.deepEqual(complaints.filter((line) => !/inline style/.test(line) || /murmuration-embed/.test(line)), []);
});

test("a host of Murmuration without the header still leaves picture, story and a link", async (t) => {
  const site = await serve(t, { shared: false });
  const host = await serve(t, {
    change: () => ({ body: `<iframe src="${site.url}#/fedstale?embed=1" sandbox="allow-scripts" loading="lazy" width="700" height="420"></iframe>` }),
  });
  const { page } = await fresh(t);
  await page.goto(`${host.origin}/`);
  const frame = page.frameLocator("iframe");
  await frame.locator('#shell-status[data-state="failed"]').waitFor();
  assert.match(await frame.locator("#shell-open").getAttribute("href"), /#\/fedstale$/);
});

test("what the Embed button gives out runs in a page of another origin", { skip: lacks("fedstale", "embed-library") }, async (t) => {
  const site = await serve(t);
  const { page } = await fresh(t);
  await page.goto(`${site.url}#/fedstale?beta=0.4&rounds=6&seeds=1`);
  await page.locator('[data-test="embed"]').first().click();
  const given = async (name) => page.locator(`[data-test="embed-${name}"] code`).innerText();
  const [html, element, library] = [await given("html"), await given("element"), await given("library")];
  const host = await serve(t, {
    change: (path) => {
      if (path !== "/host.html") return undefined;
      return { body: `${html}${element}<script type="module">${library}; document.title = runs.map((run) => run.rounds).join();</script>` };
    },
  });
  const other = await fresh(t);
  await other.page.goto(`${host.origin}/host.html`);
  await other.page.waitForFunction(() => /^6(,6)*$/.test(document.title), null, { timeout: 60_000 });
  for (const frame of ["body > iframe", "murmuration-run iframe"]) {
    await other.page.locator(frame).scrollIntoViewIfNeeded();
    const inside = other.page.frameLocator(frame);
    await inside.locator('[data-test="transport"]:is([data-state="running"], [data-state="finished"])').waitFor();
  }
  quiet(other.complaints);
});
