// Accessibility, by axe: no violation of WCAG 2.2 A and AA on the pages a person meets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fresh, lacks, serve, test, whole } from "./harness.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function violations(page) {
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { runOnly: rules });
    return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")})`);
  }, RULES);
}

for (const colorScheme of ["light", "dark"]) {
  test(`the gallery has no violation in ${colorScheme}`, { skip: lacks("fedstale", "data-test") }, async (t) => {
    const site = await serve(t);
    const { page } = await fresh(t, { colorScheme });
    await page.goto(`${site.url}#/`);
    await page.locator("#shell").waitFor({ state: "detached" });
    assert.deepEqual(await violations(page), []);
    });

  test(`a system has no violation in ${colorScheme}`, { skip: lacks("fedstale", "transport") }, async (t) => {
    const site = await serve(t);
    const { page } = await fresh(t, { colorScheme });
    await page.goto(`${site.url}#/fedstale?rounds=30&seeds=1&at=5`);
    await whole(page);
    assert.deepEqual(await violations(page), []);
    });
}

test("the shell without scripts has no violation", async (t) => {
  const site = await serve(t);
  const { page } = await fresh(t);
  await page.route("**/boot.js", (route) => route.abort());
  await page.goto(site.url);
  assert.deepEqual(await violations(page), []);
});
