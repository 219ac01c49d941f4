// A strict content policy, sent as a header with an address for reports: a person's way through the page gives none.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIST, fresh, lacks, part, serve, test } from "./harness.mjs";

const SKIP = lacks("fedstale", "share-link", "run-claim-");
const POLICY = readFileSync(join(DIST, "index.html"), "utf8").match(/http-equiv="Content-Security-Policy" content="([^"]+)"/)[1];

/** The site under its own policy; what the browser reports is kept. */
async function watched(t) {
  const reports = [];
  const site = await serve(t, {
    more: { "Content-Security-Policy": `${POLICY}; report-uri /reports` },
    change: (path, request) => {
      if (path !== "/reports") return undefined;
      let body = "";
      request.on("data", (piece) => (body += piece));
      request.on("end", () => reports.push(JSON.parse(body)["csp-report"]));
      return { status: 204 };
    },
  });
  return { site, reports };
}

test("the policy is the strict one: own scripts and wasm only, no eval, no inline script", () => {
  const rules = new Map(POLICY.split(";").map((rule) => rule.trim().split(/ (.*)/s)));
  assert.equal(rules.get("default-src"), "'self'");
  assert.equal(rules.get("script-src"), "'self' 'wasm-unsafe-eval'");
  assert.equal(rules.get("style-src"), "'self'");
  assert.equal(rules.get("object-src"), "'none'");
  assert.equal(rules.get("base-uri"), "'none'");
  assert.equal(rules.get("form-action"), "'none'");
});

test("a person's way through the page gives no violation", { skip: SKIP }, async (t) => {
  const { site, reports } = await watched(t);
  const { page } = await fresh(t);
  const seen = [];
  await page.exposeFunction("violated", (what) => seen.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => window.violated(`${e.violatedDirective}: ${e.blockedURI} ${e.sample}`));
  });
  await page.goto(`${site.url}#/`);
  await part(page, "gallery").waitFor();
  await part(page, "card-fedstale").click();
  await page.locator('[data-test="stage"] canvas').first().waitFor();
  await part(page, "dial-beta").fill("0.8");
  await part(page, "dial-beta").press("Enter");
  for (const dialog of ["share", "embed", "export"]) {
    await part(page, dialog).first().click();
    await page.locator("dialog[open]").waitFor();
    if (dialog === "export") {
      const saved = page.waitForEvent("download");
      await page.locator('[data-test^="png-"]').first().click();
      await saved;
    }
    await page.keyboard.press("Escape");
  }
  await page.locator('[data-test^="run-claim-"]').first().click();
  await part(page, "theme").first().click();
  await page.goto(`${site.url}#/fedstale?embed=1&rounds=20`);
  await page.locator(".embed").waitFor();
  await page.locator('[data-test="transport"][data-state="finished"]').waitFor();
  assert.deepEqual(seen, []);
  assert.deepEqual(reports, []);
});

test("a violation would be heard of: an inline script, a foreign picture, eval", async (t) => {
  const { site, reports } = await watched(t);
  const { page } = await fresh(t);
  await page.goto(`${site.url}#/`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.evil = 1";
    document.head.append(script);
    new Image().src = "http://127.0.0.1:9/evil.png";
  });
  for (let tries = 0; tries < 50 && reports.length < 2; tries += 1) await page.waitForTimeout(100);
  const said = reports.map((report) => report["violated-directive"]).sort();
  assert.ok(said.some((it) => it.startsWith("script-src")) && said.some((it) => it.startsWith("img-src")), said.join(", "));
  assert.equal(await page.evaluate(() => window.evil), undefined);
});
