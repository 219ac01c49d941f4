// A net that learns in the page: twenty updates of a policy, seen in its curve, with the command line's numbers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, fresh, lacks, part, quiet, serve, test } from "./harness.mjs";

const MURMUR = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/murmur");
const LINK = "#/mc-grpo?group=8&batch=64&lr=0.01&num_iterations=4&arms=mc_grpo&seeds=1&rounds=20";

test(
  "a policy is trained for twenty rounds and its curve rises",
  { skip: existsSync(MURMUR) ? lacks("mc-grpo") : "murmur is not built: cargo build --release" },
  async (t) => {
    const site = await serve(t);
    const { page, complaints } = await fresh(t);
    await page.goto(site.url + LINK);
    await page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 90_000 });
    const chart = part(page, "curve-accuracy");
    await chart.getByText("As a table").click();
    await chart.locator("tbody tr").first().waitFor();
    const cells = await chart.locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.children[1].textContent)));
    assert.ok(cells.at(-1) > cells[0] + 0.05, `accuracy ${cells.join(", ")}`);
    const { stderr } = spawnSync(MURMUR, ["run", LINK], { encoding: "utf8", maxBuffer: 1e8 });
    assert.equal((await part(page, "digest").innerText()).trim(), stderr.match(/digest ([0-9a-f]{16})/)?.[1]);
    quiet(complaints);
  },
);
