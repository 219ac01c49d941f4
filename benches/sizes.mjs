// What a visitor downloads, raw and as brotli 11, against the budgets; and whether any simulation got into the page.
// It looks for the names of streams of chance (`ctx.rng("who speaks to whom")`): only code that simulates names one,
// and a text in Rust ends in the wasm that its code is linked into. Those that are found in the worker's wasm prove
// that the search can find one; a part of the engine that no system uses yet is in neither.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BUDGETS, brotli, downloads } from "../tests/e2e/site.mjs";

const KB = 1000;

const weigh = (file) => {
  const bytes = readFileSync(join("dist", file));
  return { file, raw: bytes.length, brotli: brotli(bytes) };
};
const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`.padStart(11);

function table(title, files, budget) {
  const rows = files.map(weigh);
  const sum = rows.reduce((a, b) => ({ raw: a.raw + b.raw, brotli: a.brotli + b.brotli }), { raw: 0, brotli: 0 });
  console.log(`\n${title.padEnd(44)} ${"raw".padStart(11)} ${"brotli 11".padStart(11)}`);
  for (const row of rows) console.log(`  ${row.file.padEnd(42)} ${kb(row.raw)} ${kb(row.brotli)}`);
  const verdict = budget && `   ${sum.brotli <= budget ? "within" : "OVER"} the budget of ${budget / KB} KB`;
  console.log(`  ${"together".padEnd(42)} ${kb(sum.raw)} ${kb(sum.brotli)}${verdict ?? ""}`);
}

const { before, later, worker } = downloads("dist");
table("before the first run", before, BUDGETS.before);
table("after it", later);
table("the worker", worker, BUDGETS.worker);

const sources = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".rs") && !entry.name.includes("test") ? [path] : [];
  });
const streams = new Set();
for (const path of [...sources("src/systems"), ...sources("src/engine")]) {
  // Unit tests below are not built into any wasm.
  const code = readFileSync(path, "utf8").split("#[cfg(test)]")[0];
  for (const [, name] of code.matchAll(/\.(?:rng|at|stream)\(\s*"([^"]{8,})"/g)) streams.add(name);
}
const text = (file) => readFileSync(join("dist", file), "latin1");
const page = [...before, ...later].filter((name) => name.endsWith(".wasm")).map(text).join("\n");
const engine = text("engine_bg.wasm");
const seen = [...streams].filter((name) => engine.includes(name));
// The page has "/v1/chat/completions", and a stream is named by its last word.
const leaked = [...streams].filter((name) => page.replaceAll("/chat/completions", "").includes(name));
console.log(`\nsimulation in the page: ${leaked.length} names of chance${leaked.length ? `: ${leaked.join(", ")}` : ""}`);
console.log(`simulation in the worker: ${seen.length} of ${streams.size} names of chance`);
if (seen.length === 0) throw new Error("no name of chance was found in the worker: the search proves nothing");
if (leaked.length > 0) throw new Error("simulation got into the page: it names a STARTER, or a part of the engine");
