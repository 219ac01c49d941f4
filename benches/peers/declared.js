// The declared numbers and the loop of a turn, for peers in the page. A script for workers of both kinds.
(() => {
  function hash(of) {
    let x = of ^ (of >>> 16);
    x = Math.imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = Math.imul(x, 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 0;
  }
  const unit = (of) => (hash(of) >>> 8) / 16777216;

  const federation = { clients: 10, samples: 600, width: 784, classes: 10, rate: 0.05 };
  federation.data = () => {
    const all = federation.clients * federation.samples;
    const x = Float32Array.from({ length: all * federation.width }, (_, i) => unit(i));
    const y = Int32Array.from({ length: all }, (_, i) => hash(0x4c000000 + i) % federation.classes);
    return { x, y };
  };
  /** [{ rows, columns, matrix, bias }] */
  federation.weights = (net) => {
    const widths = net === "mlp" ? [784, 200, 200, 10] : [784, 10];
    let place = 0x57000000;
    return widths.slice(1).map((columns, at) => {
      const rows = widths[at];
      const bound = 1 / Math.sqrt(rows);
      const matrix = Float32Array.from({ length: rows * columns }, (_, i) => bound * (2 * unit(place + i) - 1));
      place += rows * columns + columns;
      return { rows, columns, matrix, bias: new Float32Array(columns) };
    });
  };
  /** How far weights are from the opening ones; `now` is [matrix, bias] a layer, as typed arrays. */
  federation.moved = (now, layers) => {
    let sum = 0;
    now.forEach(([matrix, bias], at) => {
      for (const [a, b] of [[matrix, layers[at].matrix], [bias, layers[at].bias]]) {
        for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
      }
    });
    return Math.sqrt(sum);
  };
  const matrix = (side, from) => Float32Array.from({ length: side * side }, (_, i) => unit(from + i) - 0.5);

  const policy = { features: 279, vocabulary: 16, hidden: 48, rollouts: 16, batches: 8, updates: 20, passes: 2 };
  Object.assign(policy, { rate: 3e-3, clip: 0.2, gradientMax: 1, inputs: policy.features + policy.vocabulary + 2, tokens: 2 * policy.rollouts });
  /** [input rows, bias, output matrix, bias], as { values, shape }. */
  policy.weights = () => {
    const { inputs, hidden, vocabulary } = policy;
    const uniform = (from, count, bound) => Float32Array.from({ length: count }, (_, i) => bound * (2 * unit(0x5a000000 + from + i) - 1));
    const out = inputs * hidden + hidden;
    return [
      { values: uniform(0, inputs * hidden, 0.3), shape: [inputs, hidden] },
      { values: new Float32Array(hidden), shape: [hidden] },
      { values: uniform(out, hidden * vocabulary, 1 / Math.sqrt(hidden)), shape: [hidden, vocabulary] },
      { values: new Float32Array(vocabulary), shape: [vocabulary] },
    ];
  };
  /** States as rows of ones and zeros [tokens, inputs], the tokens one-hot [tokens, vocabulary], advantages [tokens]. */
  policy.batch = (number) => {
    const { inputs, features, vocabulary, rollouts, tokens } = policy;
    const [states, said, advantage] = [tokens * inputs, tokens * vocabulary, tokens].map((length) => new Float32Array(length));
    for (let rollout = 0; rollout < rollouts; rollout++) {
      const prompt = 0x51000000 + 64 * (rollouts * number + (rollout >> 1));
      const own = 0x51000000 + 64 * (rollouts * number + rollout) + 32;
      const task = hash(prompt) % 9;
      const digits = [0, 1, 2].map((place) => 9 + 30 * task + 10 * place + (hash(prompt + 1 + place) % 10));
      const words = [0, 1].map((step) => hash(own + step) % vocabulary);
      for (const step of [0, 1]) {
        const at = 2 * rollout + step;
        const lit = [task, ...digits, ...(step ? [features + words[0]] : []), features + vocabulary + step];
        for (const one of lit) states[at * inputs + one] = 1;
        said[at * vocabulary + words[step]] = 1;
        advantage[at] = 2 * unit(own + 2) - 1;
      }
    }
    return { states, said, advantage };
  };
  /** How far `now`, a typed array for each part, is from the opening weights. */
  policy.moved = (now) => {
    const start = policy.weights();
    return Math.sqrt(now.reduce((all, part, p) => part.reduce((sum, x, i) => sum + (x - start[p].values[i]) ** 2, all), 0));
  };

  /** Answers "work seconds"; `prepare(words)` gives a { reset?, run, check, close? }; run and check may be async. */
  function contest(prepare) {
    let name, work, check;
    const answer = async (line) => {
      const [asked, seconds] = line.split(" ");
      if (asked !== name) {
        work?.close?.();
        [work, name] = [undefined, undefined];
        work = await prepare(asked.split("/"));
        await work.reset?.();
        await work.run();
        [name, check] = [asked, await work.check()];
      }
      let [units, taken, runs] = [0, 0, 0];
      while (runs === 0 || taken < Number(seconds)) {
        await work.reset?.();
        const began = performance.now();
        units += await work.run();
        taken += (performance.now() - began) / 1e3;
        runs += 1;
      }
      return { units, seconds: taken, runs, check };
    };
    onmessage = ({ data }) =>
      answer(data)
        .catch((why) => ({ error: String(why?.message ?? why).slice(0, 300) }))
        .then((it) => postMessage(JSON.stringify(it)));
    postMessage("ready");
  }
  globalThis.declared = { hash, unit, federation, policy, matrix, contest };
})();
