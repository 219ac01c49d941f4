// Runs the sections that are named (all without a name): every contestant of a work in turn, A B C A B C ..., and
// writes what came out into RESULTS.md. `--quick`: one short turn each, for whoever changes the benches; the file is
// then target/bench/RESULTS.md.
import { execSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { CONTESTANTS, SECTIONS } from "./rows.mjs";
import { LATE, ROOT, launch, median, program, serve, worker } from "./stand.mjs";
import { section as pageSection } from "./page.mjs";

const quick = process.argv.includes("--quick");
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const RESULTS = join(ROOT, quick ? "target/bench/RESULTS.md" : "benches/RESULTS.md");
/** A turn repeats its work for so long. */
const TURN_SECONDS = quick ? 0.05 : 0.35;
/** How often everybody has its turn; who takes long for one has fewer. */
const turnsFor = (seconds) => (quick || seconds > 20 ? 1 : seconds > 8 ? 2 : seconds > 2 ? 3 : 7);

const shown = (command) => {
  try {
    return execSync(command, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split("\n")[0];
  } catch {
    return "not there";
  }
};

async function start(who, name, page) {
  const { kind, ...how } = CONTESTANTS[who];
  return kind === "program" ? program(how) : worker(page, { name, ...how });
}

/** All turns of one work: [{ label, each: [units a second], check, error }]. Each seat has a contestant of its own, which
 * prepares its work once; `drop(name)`: it failed, or is not needed any more. */
async function meet(work, contestant, drop) {
  const seats = [];
  for (const { who, as = work.id, label } of work.contestants) {
    const name = as === work.id ? who : `${who}: ${as}`;
    const seat = { name, label, line: as, each: [], turns: 0 };
    seats.push(seat);
    try {
      // The first question is a warm-up and a turn.
      seat.ask = (seconds) => contestant(who, name).then((it) => it.ask(`${as} ${seconds}`));
      const first = async () => {
        await contestant(who, name);
        seat.began = Date.now();
        const warm = await seat.ask(0);
        if (warm.error) throw new Error(warm.error);
        return warm;
      };
      // Some start processes of their own and give up where the machine is slow to: asked once more, started anew.
      const warm = await first().catch(async (why) => {
        if (why.message.startsWith(LATE)) throw why;
        console.log(`   ${label} is asked again: ${why.message}`);
        await drop(name);
        return first();
      });
      seat.check = warm.check;
      seat.turns = turnsFor((Date.now() - seat.began) / 2e3);
    } catch (why) {
      seat.error = why.message;
      await drop(name);
    }
  }
  // Turn i of everybody before turn i + 1 of anybody: what disturbs the machine disturbs all of them.
  for (let turn = 0; seats.some((seat) => turn < seat.turns); turn += 1) {
    for (const seat of seats.filter((seat) => turn < seat.turns)) {
      try {
        const { units, seconds, error } = await seat.ask(TURN_SECONDS);
        if (error) throw new Error(error);
        seat.each.push(units / seconds);
      } catch (why) {
        [seat.error, seat.turns] = [why.message, 0];
        await drop(seat.name);
      }
    }
  }
  return seats;
}

const figures = (x) => {
  if (!Number.isFinite(x)) return "";
  if (x >= 1e6) return `${(x / 1e6).toPrecision(3)} M`;
  if (x >= 1e4) return `${(x / 1e3).toPrecision(3)} k`;
  return x >= 100 ? x.toFixed(0) : x.toPrecision(3);
};

/** The median of ours / theirs, turn by turn. */
function ratio(ours, theirs) {
  if (!ours?.each.length || !theirs?.each.length) return NaN;
  const both = Math.min(ours.each.length, theirs.each.length);
  return median(Array.from({ length: both }, (_, i) => ours.each[i] / theirs.each[i]));
}

function table(work, seats) {
  const scale = work.scale ?? 1;
  const ours = ["ours, page", "ours, native, 1 core"].map((label) => seats.find((seat) => seat.label === label));
  const lines = [
    `### ${work.title}`,
    "",
    `| contestant | median, ${work.unit} | least to most | turns | our page is x times it | our native core is x times it | check |`,
    "| --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const seat of seats) {
    if (seat.each.length === 0) {
      lines.push(`| ${seat.label} | none: ${seat.error.replaceAll("|", "/").replace(/\s+/g, " ")} | | | | | |`);
      continue;
    }
    const each = seat.each.map((x) => x * scale);
    const times = ours.map((it) => figures(ratio(it, seat)));
    const spread = `${figures(Math.min(...each))} to ${figures(Math.max(...each))}`;
    lines.push(`| ${seat.label} | **${figures(median(each))}** | ${spread} | ${each.length} | ${times.join(" | ")} | ${Number(seat.check).toPrecision(6)} |`);
  }
  for (const { ours, theirs, times, least, flops } of work.goals) {
    const [one, other] = [ours, theirs].map((label) => seats.find((seat) => seat.label === label));
    const is = theirs ? ratio(one, other) : median(one?.each.length ? one.each : [NaN]);
    const goal = theirs ? `${ours} at least ${times} x ${theirs}` : `${ours} at least ${figures(least)} ${work.unit}`;
    const verdict = Number.isNaN(is) ? "not measured" : is >= (times ?? least) ? "reached" : "MISSED";
    const speed = (units) => `${((units * flops) / 1e9).toFixed(0)} GFLOP/s`;
    // What it would take, beside what the machine has: the peak stands in the section on dense maths.
    const missed = verdict === "MISSED" && flops;
    const why = missed ? ` Ours computes ${speed(median(one.each))}; the goal would be ${speed(median(other.each) * times)}, to be held against the SIMD peak under dense maths.` : "";
    lines.push("", `Goal: ${goal}. Here ${figures(is)}${theirs ? " x" : ""}: **${verdict}**.${why}`);
  }
  return lines.join("\n");
}

async function contest({ title, works }) {
  const site = await serve({
    peers: join(ROOT, "benches/peers"),
    ours: join(ROOT, "benches/ours"),
    npm: join(ROOT, "target/peers/npm/node_modules"),
    built: join(ROOT, "target/bench"),
  });
  const browser = await launch();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.log(`   thrown in the page: ${error.message}`));
  await page.goto(`${site.url}blank.html`);
  const started = new Map();
  const contestant = (who, name) => {
    if (!started.has(name)) started.set(name, start(who, name, page));
    return started.get(name);
  };
  // Whoever failed may still be at its last question: the next one gets a fresh one of its kind.
  const drop = async (name) => {
    const it = started.get(name);
    started.delete(name);
    await (await it?.catch(() => undefined))?.close();
  };
  const parts = [];
  for (const work of works) {
    const began = Date.now();
    const seats = await meet(work, contestant, drop);
    for (const { name } of seats.filter((seat) => seat.name.includes(":"))) await drop(name);
    parts.push(table(work, seats));
    const says = seats.map((seat) => `${seat.label} ${seat.each.length ? figures(median(seat.each) * (work.scale ?? 1)) : seat.error}`);
    console.log(`   ${work.id}, ${((Date.now() - began) / 1e3).toFixed(0)} s: ${says.join("; ")}`);
  }
  for (const it of started.values()) await (await it.catch(() => undefined))?.close();
  await browser.close();
  site.close();
  return { title, text: parts.join("\n\n") };
}

function head() {
  const lock = JSON.parse(readFileSync(join(ROOT, "benches/peers/package-lock.json"), "utf8")).packages;
  const npm = ["@tensorflow/tfjs", "@jax-js/jax", "agentscript"].map((name) => `${name} ${lock[`node_modules/${name}`].version}`);
  const pip = ["requirements.txt", "requirements-flower.txt"]
    .flatMap((name) => readFileSync(join(ROOT, "benches/peers", name), "utf8").split("\n"))
    .filter((line) => line.includes("=="));
  const crates = [/^krabmaga = .*"=([\d.]+)"/m.exec(readFileSync(join(ROOT, "benches/peers/krabmaga/Cargo.toml"), "utf8"))].map((it) => `krabmaga ${it?.[1]}`);
  return [
    "# Ours beside theirs",
    "",
    "Written by `cargo xtask bench` (one section: `cargo xtask bench federated`); what each work is stands in [DECLARATIONS.md](DECLARATIONS.md). Everybody had its turn before anybody had the next; ratios are medians over turns of the same run. `check` is a number that the declaration fixes: equal numbers are equal work. Absolute speeds are of this machine in that hour; the ratios are what counts.",
    "",
    `- Machine: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    `- Ours: ${shown("git rev-parse --short HEAD")}, ${shown("rustc --version")}; page: profile \`web\`, \`+simd128\`, one worker; native: profile \`release\`, one core`,
    `- ${shown(`${process.env.CHROME ?? "/usr/bin/chromium"} --version`)}, headless; Node ${process.version}; ${shown(`${join(ROOT, "target/peers/py/bin/python")} --version`)}`,
    `- Peers: ${[...npm, ...crates, ...pip].join(", ")}`,
    "",
  ].join("\n");
}

/** The file's sections by name, so that a run of one keeps the others. */
function kept() {
  const sections = new Map();
  if (!existsSync(RESULTS)) return sections;
  for (const part of readFileSync(RESULTS, "utf8").split(/^(?=## )/m).slice(1)) {
    sections.set(/<!-- (\w+) -->/.exec(part)?.[1] ?? "notes", part.trimEnd());
  }
  return sections;
}

const sections = kept();
const all = [...SECTIONS.map((it) => [it.name, () => contest(it)]), ["page", () => pageSection(quick)]];
const order = [...all.map(([name]) => name), "notes"];
function write() {
  const body = order.filter((name) => sections.has(name)).map((name) => sections.get(name));
  mkdirSync(join(ROOT, "target/bench"), { recursive: true });
  writeFileSync(RESULTS, `${head()}\n${body.join("\n\n")}\n`);
}

for (const [name, run] of all) {
  if (names.length > 0 && !names.includes(name)) continue;
  const load = loadavg()[0].toFixed(1);
  const began = Date.now();
  console.log(`== ${name}`);
  const { title, text } = await run();
  const when = `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${Math.round((Date.now() - began) / 1e3)} s, load of the machine before: ${load}`;
  // Written after each, so that a run that is cut short keeps what it has.
  sections.set(name, `## ${title}\n<!-- ${name} -->\n\n${when}${quick ? ", one short turn each" : ""}.\n\n${text}`);
  write();
}
console.log(`written: ${RESULTS}`);
process.exit(0);
