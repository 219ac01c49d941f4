// Murmuration as a library: runs a link and gives back its numbers. For notebooks and pages of your own; no page of ours.
//
//     import { run } from "https://YOUR-HOST/murmuration.js";
//     const { runs } = await run("#/fedstale?rounds=30&seeds=2", ({ arm, seed, round, readings }) => ...);
//     runs[0].readings.accuracy.values; // Float64Array
//
// It computes in workers that are made from a blob, so it works from any origin. The host of the files has to answer with
// `Access-Control-Allow-Origin: *`; a page with a content policy has to allow `worker-src blob:`, `script-src
// 'wasm-unsafe-eval'` and this host in `script-src` and `connect-src`. The same link gives the same numbers as the page
// and as `murmur run --csv`.

/** Where our files lie; the mark keeps a cache from mixing two builds. */
const HOME = new URL("./", import.meta.url);
const MARK = "__BUILD__".startsWith("_") ? "" : "?__BUILD__";
const SEATS_MAX = 8;
/** A worker that has work shows itself twice a second. One that is silent for so many looks at it is lost. */
const LOOKS_MAX = 6;
const LOOK_MS = 5_000;

/**
 * @typedef {object} Reading One round of one run, as it comes.
 * @property {string} arm
 * @property {number} seed
 * @property {number} round From 1.
 * @property {Object<string, number>} readings By metric; a metric need not be read in each round.
 * @property {string[]} lines What the system had to say.
 */

/**
 * @typedef {object} Column All readings of one metric: `values[i]` was read at round `rounds[i]`.
 * @property {Uint32Array} rounds
 * @property {Float64Array} values
 */

/**
 * @typedef {object} Run One arm with one seed.
 * @property {string} arm
 * @property {number} seed
 * @property {number} rounds How many were computed.
 * @property {Object<string, Column>} readings By metric.
 * @property {string | null} fault Why it ended early, in a sentence; the other runs went on.
 */

/**
 * @typedef {object} Results
 * @property {string} link The scenario's own link: what it is, and nothing besides.
 * @property {string} title Of the system.
 * @property {{id: string, label: string}[]} arms
 * @property {{id: string, label: string, unit: string}[]} metrics
 * @property {Run[]} runs By arm, then by seed.
 * @property {string[]} notices What the link had that was named and ignored.
 */

/**
 * Runs all arms and seeds of a link.
 *
 * @param {string} link From `#/` on, or a whole address that holds one.
 * @param {((reading: Reading) => void) | null} [onRound] Told of every round; runs go side by side, so they alternate.
 * @param {object} [options]
 * @param {AbortSignal} [options.signal] Ends it: all workers stop at once, the promise is rejected with its reason.
 * @param {number} [options.seats] Workers at most; as many as the machine has cores, less one, if not given.
 * @returns {Promise<Results>} Rejected with an Error whose message is a sentence: the link cannot be run, or the engine
 *   cannot be had. A run that fails on its way has its sentence in `fault`.
 */
export async function run(link, onRound = null, { signal, seats } = {}) {
  if (typeof link !== "string") throw new TypeError("run(link) takes a link of Murmuration as text, for example “#/fedstale”.");
  if (onRound !== null && typeof onRound !== "function") throw new TypeError("run(link, onRound): onRound is a function, or nothing.");
  signal?.throwIfAborted();
  const engine = await load();
  signal?.throwIfAborted();
  const first = new Seat(engine);
  const open = [first];
  const stop = () => open.splice(0).forEach((seat) => seat.end(signal?.reason));
  signal?.addEventListener("abort", stop);
  try {
    const opening = await first.open(link);
    const { scenario } = opening;
    // Nothing is measured here: on the CPU, where numbers are the same everywhere, unless the link asks for the GPU.
    const device = opening.device === "Gpu" ? "Gpu" : "Cpu";
    const runs = scenario.arms.flatMap((arm) =>
      Array.from({ length: scenario.seeds }, (_, nth) => ({ arm, seed: scenario.seed + nth, rounds: 0, readings: {}, fault: null })),
    );
    const cores = Math.max(1, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1);
    const wanted = Number.isInteger(seats) && seats > 0 ? seats : cores;
    while (open.length < Math.min(wanted, SEATS_MAX, runs.length)) open.push(new Seat(engine));
    const waiting = runs.map((_, at) => at);
    // Each seat takes the next one that waits. The first failure of a seat ends all.
    await Promise.all(open.map(async (seat) => {
      for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) await seat.work(at, scenario, device, runs[at], onRound);
    }));
    runs.forEach(pack);
    const { title, arms, metrics, notices } = opening;
    return { link: opening.link, title, arms: arms.map(({ id, label }) => ({ id, label })), metrics, runs, notices };
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

/** The engine, fetched and compiled once for all calls; after a failure the next call tries again. */
let loaded = null;
function load() {
  const fetched = async (name) => {
    const response = await fetch(new URL(name + MARK, HOME)).catch((error) => {
      throw new Error(`The engine could not be fetched from ${HOME} (${error.message}). Is the network there, and does its host answer with Access-Control-Allow-Origin: *?`);
    });
    if (!response.ok) throw new Error(`The engine could not be fetched: ${HOME}${name} answered ${response.status}.`);
    return response;
  };
  loaded ??= (async () => {
    if (typeof WebAssembly !== "object") throw new Error("This browser has no WebAssembly.");
    const [script, wasm] = await Promise.all([
      fetched("engine.js").then((response) => response.text()),
      fetched("engine_bg.wasm").then((response) => response.arrayBuffer()),
    ]);
    return { script, module: await WebAssembly.compile(wasm) };
  })();
  loaded.catch(() => { loaded = null; });
  return loaded;
}

/** A worker with the engine in it. What it is asked is answered, or rejected in words; never left open. */
class Seat {
  #worker;
  #looks = 0;
  /** Why it can do no more. */
  #gone = null;
  /** The one who waits: for `Ready`, then for an answer. */
  #hear = () => {};
  #fail = () => {};
  #ready;
  #watch;

  constructor({ script, module }) {
    // The script itself is in the blob: an `importScripts` would need the embedding page's leave.
    const boot = `${script}\nonmessage = (e) => { onmessage = null; wasm_bindgen({ module_or_path: e.data }); };`;
    const address = URL.createObjectURL(new Blob([boot], { type: "text/javascript" }));
    this.#worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.#worker.onmessage = ({ data }) => {
      this.#looks = 0;
      const [kind, message] = typeof data === "string" ? [data, {}] : Object.entries(data)[0];
      if (kind === "Crashed") this.#lost(new Error(`The engine stopped: ${message.says}`));
      else this.#hear(kind, message);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault?.();
      this.#lost(new Error(`The worker could not be started: ${event.message ?? "this page's content policy may forbid it (worker-src blob:)"}.`));
    };
    this.#ready = this.#wait((kind, _, done) => kind === "Ready" && done());
    this.#ready.catch(() => {});
    this.#worker.postMessage(module);
  }

  /** Reads the link where the systems are. */
  async open(link) {
    await this.#ready;
    const answer = this.#wait((kind, { opened }, done, fail) => {
      if (kind !== "Opened") return;
      "Ok" in opened ? done(opened.Ok) : fail(new Error(opened.Err));
    });
    this.#post({ Open: { ticket: 0, link } });
    return answer;
  }

  /** One run from its start to its end; its readings are put into `into`. */
  async work(id, scenario, device, into, onRound) {
    await this.#ready;
    const { arm, seed } = into;
    const answer = this.#wait((kind, message, done, fail) => {
      if (message.run !== id) return;
      if (kind === "Finished") done();
      if (kind === "Failed") done(void (into.fault = sentence(message.fault)));
      for (const { index, readings, lines } of message.rounds ?? []) {
        into.rounds = index;
        for (const [metric, value] of Object.entries(readings)) (into.readings[metric] ??= []).push([index, value]);
        try {
          onRound?.({ arm, seed, round: index, readings, lines });
        } catch (error) {
          return fail(error);
        }
      }
    });
    this.#post({ Start: { run: id, scenario, job: { arm, seed }, until: scenario.rounds, watch: "Nothing", minds: "Surrogate", device } });
    return answer;
  }

  end(reason = new Error("It was ended.")) {
    this.#lost(reason);
  }

  #post(message) {
    this.#worker.postMessage(message);
  }

  #wait(hear) {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(this.#gone);
      clearInterval(this.#watch);
      this.#looks = 0;
      const over = (settle) => (value) => {
        clearInterval(this.#watch);
        this.#hear = () => {};
        this.#fail = () => {};
        settle(value);
      };
      const [done, fail] = [over(resolve), over(reject)];
      this.#fail = fail;
      this.#hear = (kind, message) => hear(kind, message, done, fail);
      // Looks are counted, not time: after a sleep of the machine nobody is late.
      this.#watch = setInterval(() => {
        this.#looks += 1;
        if (this.#looks > LOOKS_MAX) this.#lost(new Error(`A worker was silent for ${(LOOKS_MAX * LOOK_MS) / 1000} s and was given up.`));
      }, LOOK_MS);
    });
  }

  #lost(error) {
    this.#gone ??= error;
    clearInterval(this.#watch);
    this.#worker.terminate();
    this.#fail(error);
  }
}

/** A fault as the engine tells it, in words. */
function sentence(fault) {
  const [kind, it] = Object.entries(fault)[0];
  if (kind === "Params") return it.map(({ dial, given, says }) => `${dial} = ${given}: ${says}`).join("; ");
  if (kind === "Diverged") return `Diverged at round ${it.round}: ${it.what} is no longer a finite number.`;
  return typeof it === "string" ? it : `${kind}: ${JSON.stringify(it)}`;
}

/** Pairs into columns. */
function pack(run) {
  for (const [metric, pairs] of Object.entries(run.readings)) {
    run.readings[metric] = { rounds: Uint32Array.from(pairs, (pair) => pair[0]), values: Float64Array.from(pairs, (pair) => pair[1]) };
  }
}
