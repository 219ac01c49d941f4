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

test(
  "mean-field control begins with a swarm that was taught, and from nothing where a person asks for it",
  { skip: existsSync(MURMUR) ? lacks("dec-pomfc") : "murmur is not built: cargo build --release" },
  async (t) => {
    const site = await serve(t);
    const { page, complaints } = await fresh(t);
    const link = "#/dec-pomfc?arms=pomfc_rbf&n_eval=100&seeds=1&rounds=1";
    const gain = async (query) => {
      await page.goto(site.url + link + query);
      await page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: 30_000 });
      const chart = part(page, "curve-gain_share");
      await chart.getByText("As a table").click();
      const cell = await chart.locator("tbody tr").first().locator("td, th").nth(1).textContent();
      return Number(cell.replace("−", "-"));
    };
    const taught = await gain("");
    await page.getByText(/Starts from a policy that \d+ updates have taught/).first().waitFor();
    const { stderr } = spawnSync(MURMUR, ["run", link], { encoding: "utf8", maxBuffer: 1e8 });
    assert.equal((await part(page, "digest").innerText()).trim(), stderr.match(/digest ([0-9a-f]{16})/)?.[1]);
    await page.goto("about:blank");
    const scratch = await gain("&start=scratch");
    assert.ok(taught > scratch + 0.2, `${taught} taught, ${scratch} from nothing`);
    quiet(complaints);
  },
);
