// jax-js on its wasm backend: the declared federation with jit, grad and vmap over clients; and matrix products.
import "./declared.js";
import { defaultDevice, grad, init, jit, nn, numpy as np, vmap } from "../npm/@jax-js/jax/dist/index.js";
const { federation, policy, matrix, contest } = declared;

function loss(layers, x, labels) {
  let h = x;
  layers.forEach(([matrix, bias], at) => {
    h = np.matmul(h, matrix).add(bias);
    if (at + 1 < layers.length) h = nn.relu(h);
  });
  return nn.logSoftmax(h).mul(labels).sum(-1).mean().mul(-1);
}

const copy = (layers) => layers.map((layer) => layer.map((a) => a.ref));
const dispose = (layers) => layers.flat().forEach((a) => a.dispose());

function federated(net, batch, together) {
  const opening = federation.weights(net);
  const start = opening.map((l) => [np.array(l.matrix).reshape([l.rows, l.columns]), np.array(l.bias)]);
  const { x, y } = federation.data();
  const { clients, samples, width, classes, rate } = federation;
  const steps = samples / batch;
  const one = (layers, rows, labels) => {
    const slopes = grad(loss)(copy(layers), rows, labels);
    return layers.map((layer, at) => layer.map((a, i) => a.sub(slopes[at][i].mul(rate))));
  };
  const step = jit(together ? vmap(one) : one);
  const hot = (labels) => {
    const out = new Float32Array(labels.length * classes);
    labels.forEach((label, i) => (out[i * classes + label] = 1));
    return out;
  };
  // [step][client, or all of them]
  const batches = Array.from({ length: steps }, (_, s) => {
    const each = Array.from({ length: clients }, (_, c) => {
      const from = c * samples + s * batch;
      return [x.subarray(from * width, (from + batch) * width), hot(y.subarray(from, from + batch))];
    });
    const flat = (which) => {
      const out = new Float32Array(each.reduce((sum, it) => sum + it[which].length, 0));
      each.reduce((at, it) => (out.set(it[which], at), at + it[which].length), 0);
      return out;
    };
    if (together) {
      return [np.array(flat(0)).reshape([clients, batch, width]), np.array(flat(1)).reshape([clients, batch, classes])];
    }
    return each.map(([rows, labels]) => [np.array(rows).reshape([batch, width]), np.array(labels).reshape([batch, classes])]);
  });
  let server = copy(start);
  return {
    reset() {
      dispose(server);
      server = copy(start);
    },
    async run() {
      let mean;
      if (together) {
        let local = server.map((layer) => layer.map((a) => np.tile(np.expandDims(a, 0), [clients, ...a.shape.map(() => 1)])));
        for (const [rows, labels] of batches) local = step(local, rows.ref, labels.ref);
        mean = local.map((layer) => layer.map((a) => a.mean(0)));
      } else {
        for (let client = 0; client < clients; client++) {
          let local = copy(server);
          for (const each of batches) local = step(local, each[client][0].ref, each[client][1].ref);
          mean = mean ? mean.map((layer, at) => layer.map((a, i) => a.add(local[at][i]))) : local;
        }
        dispose(server);
        mean = mean.map((layer) => layer.map((a) => a.mul(1 / clients)));
      }
      server = mean;
      await Promise.all(server.flat().map((a) => a.blockUntilReady()));
      return 1;
    },
    async check() {
      const now = await Promise.all(server.map((layer) => Promise.all(layer.map((a) => a.ref.data()))));
      return federation.moved(now, opening);
    },
    close() {
      dispose(server);
      dispose(start);
    },
  };
}

/** mc-grpo's update: one jitted pass of gradient, cut and Adam. */
function policyUpdates() {
  const { rate, clip, gradientMax, updates, passes, tokens, inputs, vocabulary } = policy;
  const start = policy.weights().map(({ values, shape }) => np.array(values).reshape(shape));
  const batches = Array.from({ length: policy.batches }, (_, number) => {
    const { states, said, advantage } = policy.batch(number);
    return [np.array(states).reshape([tokens, inputs]), np.array(said).reshape([tokens, vocabulary]), np.array(advantage)];
  });
  const loss = (weights, states, said, advantage) => {
    const [rows, bias, out, outBias] = weights;
    const hidden = np.tanh(np.matmul(states, rows).add(bias));
    const log = nn.logSoftmax(np.matmul(hidden, out).add(outBias)).mul(said).sum(-1);
    const ratio = np.exp(log.add(Math.log(vocabulary)));
    const held = np.minimum(np.maximum(ratio.ref, 1 - clip), 1 + clip);
    return np.minimum(ratio.mul(advantage.ref), held.mul(advantage)).mean().mul(-1);
  };
  // `scales`: 1 / (1 - 0.9^t) and 1 / (1 - 0.999^t).
  const pass = jit((weights, means, squares, scales, states, said, advantage) => {
    const slopes = grad(loss)(weights.map((a) => a.ref), states, said, advantage);
    const length = np.sqrt(slopes.map((g) => g.ref.mul(g.ref).sum()).reduce((a, b) => a.add(b)));
    const shorter = np.minimum(np.array(gradientMax).div(length), 1);
    const [meanScale, squareScale] = scales;
    const next = { weights: [], means: [], squares: [] };
    slopes.forEach((slope, i) => {
      const g = slope.mul(shorter.ref);
      const mean = means[i].mul(0.9).add(g.ref.mul(0.1));
      const square = squares[i].mul(0.999).add(g.ref.mul(g).mul(0.001));
      const under = np.sqrt(square.ref.mul(squareScale.ref)).add(1e-8);
      next.weights.push(weights[i].sub(mean.ref.mul(meanScale.ref).mul(rate).div(under)));
      next.means.push(mean);
      next.squares.push(square);
    });
    [shorter, meanScale, squareScale].forEach((a) => a.dispose());
    return next;
  });
  const fresh = () => ({
    weights: start.map((a) => a.ref),
    means: start.map((a) => np.zeros(a.shape)),
    squares: start.map((a) => np.zeros(a.shape)),
  });
  const drop = (state) => Object.values(state).flat().forEach((a) => a.dispose());
  let state = fresh();
  let steps = 0;
  return {
    reset() {
      drop(state);
      [state, steps] = [fresh(), 0];
    },
    async run() {
      for (let update = 0; update < updates; update++) {
        for (let turn = 0; turn < passes; turn++) {
          steps += 1;
          const scales = [0.9, 0.999].map((keep) => np.array(1 / (1 - keep ** steps)));
          const batch = batches[update % batches.length].map((a) => a.ref);
          state = pass(state.weights, state.means, state.squares, scales, ...batch);
        }
      }
      await Promise.all(Object.values(state).flat().map((a) => a.blockUntilReady()));
      return updates;
    },
    check: async () => policy.moved(await Promise.all(state.weights.map((a) => a.ref.data()))),
    close() {
      drop(state);
      [...start, ...batches.flat()].forEach((a) => a.dispose());
    },
  };
}

function gemm(side) {
  const [a, b] = [0, 0x42000000].map((from) => np.array(matrix(side, from)).reshape([side, side]));
  const times = Math.ceil(2 ** 24 / side ** 3);
  const product = jit((a, b) => np.matmul(a, b));
  return {
    async run() {
      // It works when somebody waits for the result: what nobody waits for is never computed.
      const all = Array.from({ length: times }, () => product(a.ref, b.ref));
      for (const each of all) (await each.blockUntilReady()).dispose();
      return 2 * times * side ** 3;
    },
    check: async () => (await product(a.ref, b.ref).data()).reduce((sum, x) => sum + x * x, 0),
  };
}

await init("wasm");
defaultDevice("wasm");
contest(([kind, what, batch, how]) => {
  if (kind === "gemm") return gemm(Number(what));
  if (kind === "policy") return policyUpdates();
  if (kind !== "federated") throw new Error(`no work ${kind}`);
  return federated(what, Number(batch), how === "stacked");
});
