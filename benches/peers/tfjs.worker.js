// TensorFlow.js on its wasm backend (SIMD, one thread: a page in someone else's frame has no shared memory).
importScripts("declared.js", "../npm/@tensorflow/tfjs/dist/tf.min.js");
importScripts("../npm/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js");
const { federation, policy, matrix, contest } = declared;

function layersOf(net) {
  const opening = federation.weights(net);
  const start = opening.map((l) => [tf.tensor2d(l.matrix, [l.rows, l.columns]), tf.tensor1d(l.bias)]);
  return { opening, start };
}
const clone = (layers) => layers.map((layer) => layer.map((t) => tf.variable(t)));
const dispose = (layers) => layers.flat().forEach((t) => t.dispose());
const read = (layers) => Promise.all(layers.map((layer) => Promise.all(layer.map((t) => t.data()))));

function loss(layers, x, labels) {
  let h = x;
  layers.forEach(([matrix, bias], at) => {
    h = tf.add(tf.matMul(h, matrix), bias);
    if (at + 1 < layers.length) h = tf.relu(h);
  });
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(h), labels), -1)));
}

/** As a person writes it: one client after the other, each with `optimizer.minimize`. */
function perClient(net, batch) {
  const { opening, start } = layersOf(net);
  const { x, y } = federation.data();
  const { clients, samples, width, classes } = federation;
  const steps = samples / batch;
  const batches = [];
  for (let at = 0; at < clients * samples; at += batch) {
    const labels = tf.tensor1d(y.subarray(at, at + batch), "int32");
    batches.push([
      tf.tensor2d(x.subarray(at * width, (at + batch) * width), [batch, width]),
      tf.tidy(() => tf.cast(tf.oneHot(labels, classes), "float32")),
    ]);
    labels.dispose();
  }
  let server = clone(start);
  return {
    reset() {
      server.flat().forEach((v, i) => v.assign(start.flat()[i]));
    },
    async run() {
      const sum = start.map((layer) => layer.map((t) => tf.variable(tf.zerosLike(t))));
      for (let client = 0; client < clients; client++) {
        const local = clone(server);
        const optimizer = tf.train.sgd(federation.rate);
        for (let step = 0; step < steps; step++) {
          const [rows, labels] = batches[client * steps + step];
          optimizer.minimize(() => loss(local, rows, labels), false, local.flat());
        }
        tf.tidy(() => sum.flat().forEach((s, i) => s.assign(tf.add(s, local.flat()[i]))));
        dispose(local);
        optimizer.dispose();
      }
      tf.tidy(() => server.flat().forEach((s, i) => s.assign(tf.div(sum.flat()[i], clients))));
      dispose(sum);
      await server[0][0].data();
      return 1;
    },
    check: async () => federation.moved(await read(server), opening),
    close() {
      dispose(server);
      dispose(start);
      batches.flat().forEach((t) => t.dispose());
    },
  };
}

/** As an expert writes it: all clients stacked by hand, one batched product a layer. */
function stacked(net, batch) {
  const { opening, start } = layersOf(net);
  const { x, y } = federation.data();
  const { clients, samples, width, classes } = federation;
  const steps = samples / batch;
  const batches = [];
  for (let step = 0; step < steps; step++) {
    const rows = new Float32Array(clients * batch * width);
    const labels = new Int32Array(clients * batch);
    for (let client = 0; client < clients; client++) {
      const from = client * samples + step * batch;
      rows.set(x.subarray(from * width, (from + batch) * width), client * batch * width);
      labels.set(y.subarray(from, from + batch), client * batch);
    }
    batches.push([
      tf.tensor3d(rows, [clients, batch, width]),
      tf.tidy(() => tf.reshape(tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes), "float32"), [clients, batch, classes])),
    ]);
  }
  const stack = (t) => tf.tidy(() => tf.variable(tf.tile(tf.expandDims(t, 0), [clients, ...t.shape.map(() => 1)])));
  let server = clone(start);
  return {
    reset() {
      server.flat().forEach((v, i) => v.assign(start.flat()[i]));
    },
    async run() {
      // [clients, rows, columns] and [clients, 1, columns]
      const local = server.map(([m, b]) => [stack(m), stack(tf.tidy(() => tf.expandDims(b, 0)))]);
      const optimizer = tf.train.sgd(federation.rate);
      for (const [rows, labels] of batches) {
        // The mean over all clients' samples, times the clients: each client's own mean.
        optimizer.minimize(() => tf.mul(loss(local, rows, labels), clients), false, local.flat());
      }
      tf.tidy(() =>
        server.forEach(([m, b], at) => {
          m.assign(tf.mean(local[at][0], 0));
          b.assign(tf.reshape(tf.mean(local[at][1], 0), b.shape));
        }),
      );
      dispose(local);
      optimizer.dispose();
      await server[0][0].data();
      return 1;
    },
    check: async () => federation.moved(await read(server), opening),
    close() {
      dispose(server);
      dispose(start);
      batches.flat().forEach((t) => t.dispose());
    },
  };
}

/** mc-grpo's update: the clipped surrogate over a fixed batch, the gradient cut to its longest, Adam. */
function policyUpdates() {
  const { rate, clip, gradientMax, updates, passes, tokens, inputs, vocabulary } = policy;
  const start = policy.weights().map(({ values, shape }) => tf.tensor(values, shape));
  const batches = Array.from({ length: policy.batches }, (_, number) => {
    const { states, said, advantage } = policy.batch(number);
    return [tf.tensor2d(states, [tokens, inputs]), tf.tensor2d(said, [tokens, vocabulary]), tf.tensor1d(advantage)];
  });
  const weights = start.map((t) => tf.variable(t));
  let adam;
  const loss = ([states, said, advantage]) => {
    const [rows, bias, out, outBias] = weights;
    const hidden = tf.tanh(tf.add(tf.matMul(states, rows), bias));
    const logits = tf.add(tf.matMul(hidden, out), outBias);
    const log = tf.sum(tf.mul(tf.logSoftmax(logits), said), -1);
    const ratio = tf.exp(tf.add(log, Math.log(vocabulary)));
    const held = tf.clipByValue(ratio, 1 - clip, 1 + clip);
    return tf.neg(tf.mean(tf.minimum(tf.mul(ratio, advantage), tf.mul(held, advantage))));
  };
  const pass = (batch) =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => loss(batch), weights);
      const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
      const shorter = tf.minimum(1, tf.div(gradientMax, tf.sqrt(tf.addN(squares))));
      adam.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(g, shorter)])));
    });
  return {
    reset() {
      weights.forEach((v, i) => v.assign(start[i]));
      adam?.dispose();
      adam = tf.train.adam(rate, 0.9, 0.999, 1e-8);
    },
    async run() {
      for (let update = 0; update < updates; update++) {
        for (let turn = 0; turn < passes; turn++) pass(batches[update % batches.length]);
      }
      await weights[0].data();
      return updates;
    },
    check: async () => policy.moved(await Promise.all(weights.map((v) => v.data()))),
    close() {
      adam?.dispose();
      [...weights, ...start, ...batches.flat()].forEach((t) => t.dispose());
    },
  };
}

function gemm(side) {
  const [a, b] = [0, 0x42000000].map((from) => tf.tensor2d(matrix(side, from), [side, side]));
  const times = Math.ceil(2 ** 24 / side ** 3);
  let last;
  return {
    run() {
      for (let i = 0; i < times; i++) {
        last?.dispose();
        last = tf.matMul(a, b);
      }
      last.dataSync();
      return 2 * times * side ** 3;
    },
    check: () => last.dataSync().reduce((sum, x) => sum + x * x, 0),
    close: () => [a, b, last].forEach((t) => t.dispose()),
  };
}

(async () => {
  tf.wasm.setWasmPaths(new URL("../npm/@tensorflow/tfjs-backend-wasm/dist/", location.href).href);
  await tf.setBackend("wasm");
  await tf.ready();
  contest(([kind, what, batch, how]) => {
    if (kind === "gemm") return gemm(Number(what));
    if (kind === "policy") return policyUpdates();
    if (kind !== "federated") throw new Error(`no work ${kind}`);
    return how === "stacked" ? stacked(what, Number(batch)) : perClient(what, Number(batch));
  });
})();
