// A person's way: open, run, turn a dial, share, open the link elsewhere, see the same numbers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, fresh, lacks, part, picture, quiet, serve, test } from "./harness.mjs";

const RUN_MS = 90_000;

const finished = (page) =>
  page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: RUN_MS });

/** The digest of a finished run; `not`: the one that has to be gone first. */
async function digest(page, not) {
  await finished(page);
  await page.waitForFunction(
    (old) => {
      const now = document.querySelector('[data-test="digest"]')?.textContent.trim();
      const done = document.querySelector('[data-test="transport"]')?.dataset.state === "finished";
      return done && now && now !== old;
    },
    not ?? "",
    { timeout: RUN_MS },
  );
  return (await part(page, "digest").innerText()).trim();
}

async function shared(page) {
  await part(page, "share").click();
  const link = await part(page, "share-link").inputValue();
  await page.keyboard.press("Escape");
  return link;
}

test(
  "a shared link of a turned dial opens with the same numbers in a fresh profile",
  { skip: lacks("fedstale", "share-link", "digest") },
  async (t) => {
    const site = await serve(t);
    const first = await fresh(t);
    await first.page.goto(`${site.url}#/fedstale?rounds=30&seeds=2`);
    const before = await digest(first.page);
    assert.match(await part(first.page, "round").innerText(), /\b30\b/);

    const dial = part(first.page, "dial-beta");
    await dial.fill("0.8");
    await dial.press("Enter");
    const turned = await digest(first.page, before);
    await picture(first.page, "fedstale");
    const link = await shared(first.page);
    assert.match(link, /#\/fedstale\?.*beta=0\.8/);
    quiet(first.complaints);

    const second = await fresh(t);
    await second.page.goto(link);
    assert.equal(await digest(second.page), turned);
    assert.equal(await part(second.page, "dial-beta").inputValue(), "0.8");
    quiet(second.complaints);
  },
);

const MURMUR = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/murmur");

test(
  "the page and the command line print the same digest for the same link",
  { skip: existsSync(MURMUR) ? lacks("fedstale", "digest") : "murmur is not built: cargo build --release" },
  async (t) => {
    const site = await serve(t);
    const { page, complaints } = await fresh(t);
    const link = "#/fedstale?rounds=30&seeds=2&beta=0.3";
    await page.goto(site.url + link);
    const here = await digest(page);
    const { stderr } = spawnSync(MURMUR, ["run", link], { encoding: "utf8", maxBuffer: 1e8 });
    assert.equal(stderr.match(/digest ([0-9a-f]{16})/)?.[1], here, stderr);
    quiet(complaints);
  },
);

test("the stage is painted and the caption speaks", { skip: lacks("fedstale", "caption", "stage") }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  await page.goto(`${site.url}#/fedstale?rounds=30&seeds=1`);
  await digest(page);
  assert.match(await part(page, "caption").innerText(), /\S+ \S+/);
  const colors = await page.locator('[data-test="stage"] canvas').first().evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return seen.size;
  });
  assert.ok(colors > 2, `${colors} colors on the stage`);
  quiet(complaints);
});

test("wrong links are answered in words and start nothing", { skip: lacks("fedstale", "data-test") }, async (t) => {
  const site = await serve(t);
  const { page, complaints } = await fresh(t);
  for (const [link, place, says] of [
    ["#/fedstal", '[data-test="not-found"]', /fedstale/],
    ["#/fedstale?beta=7", "#issue-beta", /0.*1/],
    ["#/fedstale?beta=NaN", "#issue-beta", /number|0.*1/],
    ["#/fedstale?beta=", "#issue-beta", /\S+ \S+/],
    ["#/fedstale?nonsense=1", '[data-test="notices"]', /nonsense/],
    ["#/fedstale?v=999", '[data-test="notices"]', /999|newer/],
    [`#/fedstale?beta=${"9".repeat(1_000_000)}`, "main", /long|32,768|characters/],
  ]) {
    await page.goto("about:blank");
    await page.goto(site.url + link);
    await page.locator("#shell").waitFor({ state: "detached" });
    const shown = await page.locator(place).first().innerText({ timeout: 10_000 }).catch(() => "nothing");
    assert.match(shown, says, link.slice(0, 60));
    if (place.startsWith("#issue")) {
      assert.equal(await part(page, "transport").getAttribute("data-state"), "waiting", "nothing is started");
    }
  }
  quiet(complaints);
});
