// Who meets whom in which work, and what we want of it. The works are declared in words in DECLARATIONS.md.
import { join } from "node:path";
import { ROOT } from "./stand.mjs";

const peers = join(ROOT, "benches/peers");
const python = (module, cores, home = "py") => ({
  kind: "program",
  command: join(ROOT, `target/peers/${home}/bin/python`),
  words: ["contestant.py", module],
  folder: peers,
  cores,
});
const inPage = (script, module = false) => ({ kind: "worker", script, module });

/** How each is started. `NATIVE` is where cargo put our bench. */
export const CONTESTANTS = {
  "ours, page": inPage("/ours/ours.worker.js"),
  "ours, native, 1 core": { kind: "program", command: process.env.OURS ?? "", words: [], cores: "1" },
  "TF.js wasm": inPage("/peers/tfjs.worker.js"),
  "jax-js wasm": inPage("/peers/jaxjs.worker.js", true),
  AgentScript: inPage("/peers/agentscript.worker.js", true),
  "krABMaga, 1 core": { kind: "program", command: join(ROOT, "target/peers/krabmaga/release/krabmaga_peer"), cores: "1" },
  "FedJAX, 1 core": python("fedjax_work", "1"),
  "FedJAX, 2 cores": python("fedjax_work", "0,1"),
  "Flower, numpy, 2 cores": python("flower_work", undefined, "flower"),
  "Mesa, 1 core": python("mesa_work", "1"),
  "SimPy, 1 core": python("simpy_work", "1"),
};

const [page, native] = ["ours, page", "ours, native, 1 core"];
const WHOLE = ["ours, page, without a cache", "ours, native, without a cache"];

/** A contestant in a work: `as` when it does the work under a name of its own. */
const by = (who, as, label = who) => ({ who, as, label });

const federation = (net, batch) => {
  const id = `federated/${net}/${batch}`;
  const title = `${net === "mlp" ? "MLP 784-200-200-10" : "softmax 784-10"}, batch ${batch}`;
  const heavy = net === "mlp";
  // Of a round: 6,000 samples; forward, gradient of the weights, and from hidden layer to hidden layer.
  const flops = 6_000 * 2 * (heavy ? 2 * 198_800 + 42_000 : 2 * 7_840);
  return {
    id,
    title,
    unit: "rounds/s",
    contestants: [
      by(page),
      by(native),
      by("TF.js wasm", id, "TF.js wasm, a client at a time"),
      by("TF.js wasm", `${id}/stacked`, "TF.js wasm, stacked by hand"),
      by("jax-js wasm", id, "jax-js wasm, jit, a client at a time"),
      // At the heavy net with small batches one round of it takes a minute; see DECLARATIONS.md.
      ...(heavy ? [] : [by("jax-js wasm", `${id}/stacked`, "jax-js wasm, jit(vmap)")]),
      by("FedJAX, 1 core"),
      by("FedJAX, 2 cores"),
      ...(batch === 50 ? [by("Flower, numpy, 2 cores")] : []),
    ],
    goals: [
      { ours: page, theirs: "TF.js wasm, a client at a time", times: 15, flops },
      { ours: page, theirs: "TF.js wasm, stacked by hand", times: 5 },
      { ours: native, theirs: "FedJAX, 1 core", times: 0.5 },
      ...(heavy ? [{ ours: page, theirs: "FedJAX, 2 cores", times: 0.5 }] : []),
    ],
  };
};

const flock = (size, title, contestants, goals) => ({
  id: `flocking/${size}`,
  title,
  unit: "updates/s",
  contestants: [
    by(page),
    by(page, `flocking-at-once/${size}`, "ours, page, at once"),
    by(native),
    by(native, `flocking-at-once/${size}`, "ours, native, at once"),
    ...contestants,
  ],
  goals,
});

export const SECTIONS = [
  {
    name: "federated",
    title: "Federated averaging: 10 clients x 600 samples x 1 epoch",
    works: [federation("softmax", 10), federation("softmax", 50), federation("mlp", 10), federation("mlp", 50)],
  },
  {
    name: "agents",
    title: "Agents: flocking and Schelling by the declared rules",
    works: [
      flock("small", "flocking small: 200 birds, 100 steps", [by("krABMaga, 1 core"), by("Mesa, 1 core"), by("AgentScript")], [
        { ours: page, least: 1e6 },
      ]),
      flock("large", "flocking large: 400 birds that see 15 far, 100 steps", [by("krABMaga, 1 core"), by("Mesa, 1 core"), by("AgentScript")], []),
      flock("crowd", "flocking crowd: 20,000 birds as dense as the small flock, 100 steps", [by("krABMaga, 1 core")], [
        { ours: page, least: 1e6 },
      ]),
      ...["small", "large"].map((size) => ({
        id: `schelling/${size}`,
        title: `Schelling ${size}: ${size === "small" ? "1,000 agents on 40 x 40" : "8,000 agents on 100 x 100"}, until all are happy`,
        unit: "updates/s",
        contestants: [by(page), by(native), by("Mesa, 1 core"), by("AgentScript")],
        goals: size === "small" ? [{ ours: page, least: 4e6 }] : [],
      })),
      {
        id: "headings/10000",
        title: "Vicsek's model: 10,000 agents with 13 neighbors each, on the engine's cells",
        unit: "updates/s",
        contestants: [by(page), by(native)],
        goals: [
          { ours: page, least: 1e6 },
          { ours: native, least: 2e6 },
        ],
      },
      {
        id: "pushes/40/64",
        title: "Grid: 64 agents that push on 40 x 40, as SwarmBench's",
        unit: "updates/s",
        contestants: [by(page), by(native)],
        goals: [{ ours: native, least: 1e7 }],
      },
    ],
  },
  {
    name: "messages",
    title: "Messages: tokens that wander over 100 nodes",
    works: [1000, 100000].map((tokens) => ({
      id: `messages/${tokens}`,
      title: `${tokens.toLocaleString("en")} tokens under way, 200,000 deliveries`,
      unit: "events/s",
      contestants: [by(page), by(native), by("SimPy, 1 core")],
      goals: [{ ours: page, least: 1e6 }],
    })),
  },
  {
    name: "nets",
    title: "Nets that learn and think: mc-grpo's policy, hogwild's transformer",
    works: [
      {
        id: "policy/update",
        title: "Updates of mc-grpo's policy at its defaults: 15,088 weights, 32 tokens, two passes",
        unit: "updates/s",
        contestants: [by(page), by(native), by("TF.js wasm"), by("jax-js wasm", "policy/update", "jax-js wasm, jit")],
        goals: [{ ours: page, theirs: "TF.js wasm", times: 3 }],
      },
      {
        id: "decoding/cached",
        title: "The 128th word of 8 texts at once, over hogwild's cache",
        unit: "words/s",
        contestants: [by(page), by(page, "decoding/whole", WHOLE[0]), by(native), by(native, "decoding/whole", WHOLE[1])],
        goals: [
          { ours: page, theirs: WHOLE[0], times: 10 },
          { ours: native, theirs: WHOLE[1], times: 10 },
        ],
      },
    ],
  },
  {
    name: "dense",
    title: "Dense maths: square matrix products, one thread of the page",
    works: [64, 128, 256, 512].map((side) => ({
      id: `gemm/${side}`,
      title: `${side} x ${side} x ${side}`,
      unit: "GFLOP/s",
      scale: 1e-9,
      contestants: [
        by(page),
        by(page, "peak/simd", "SIMD peak of the page"),
        by("TF.js wasm"),
        by("jax-js wasm"),
        by(native),
      ],
      goals: [
        ...(side === 256 ? [{ ours: page, theirs: "SIMD peak of the page", times: 0.6 }] : []),
        ...(side === 64 ? [{ ours: page, theirs: "TF.js wasm", times: 1.5 }] : []),
        ...(side === 256 ? [{ ours: page, theirs: "TF.js wasm", times: 1 }] : []),
      ],
    })),
  },
  {
    name: "population",
    title: "Populations: an epidemic on a sparse graph",
    works: [1e4, 1e5, 1e6].map((agents) => ({
      id: `epidemic/${agents}`,
      title: `${agents.toLocaleString("en")} agents, 10 days`,
      unit: "days/s",
      contestants: [by(page), by(native), by("Mesa, 1 core")],
      goals: agents === 1e6 ? [{ ours: page, least: 20 }] : [],
    })),
  },
];
