// The local steps of many nets of one shape. A lane (y) is a client; along x, threads share out the numbers of one
// operation and stride where there are more numbers than threads. Every sum is ascending, as on the CPU.

struct Op {
  rows: u32,      // rows a sample: 1, or the pixels of a convolution
  inputs: u32,
  outputs: u32,
  input: u32,     // regions of the room: [lanes, longest * rows, inputs], before the layer
  output: u32,    // after it, and later the gradient there: [lanes, longest * rows, outputs]
  above: u32,     // the gradient that comes from above
  below: u32,     // the gradient that goes on below
  picked: u32,    // which of four pixels was the largest
  matrix: u32,    // the layer's place in a client's weights
  longest: u32,   // samples a lane has room for
  params: u32,
  flags: u32,     // 1: ReLU after; 2: only where the input is positive; 4: these weights stay
  side: u32,
  channels: u32,
  spare0: u32,
  spare1: u32,
}

struct Step {
  step: u32,
  spare: array<vec4<u32>, 3>,
}

struct Call {
  steps: u32,
  rows_at: u32,   // where sample numbers begin in `batches`, after the ends
  rate: f32,
  proximal: f32,
  center: u32,    // places in `terms`, plus 1; 0: none
  correction: u32,
  write: u32,     // 1: gradients to `results` instead of a step
  results: u32,   // where this block's results begin
  lanes: u32,
  factors: u32,   // for `pull`: places in `terms`
  server: u32,
}

@group(0) @binding(0) var<uniform> op: Op;
@group(0) @binding(1) var<uniform> now: Step;
@group(0) @binding(2) var<uniform> call: Call;
@group(0) @binding(3) var<storage, read> features: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;
@group(0) @binding(5) var<storage, read> batches: array<u32>;
@group(0) @binding(6) var<storage, read> terms: array<f32>;
@group(0) @binding(7) var<storage, read_write> weights: array<f32>;
@group(0) @binding(8) var<storage, read_write> room: array<f32>;
@group(0) @binding(9) var<storage, read_write> results: array<f32>;

const THREADS = 64u;
const KERNEL = 3u;

fn batch_at(client: u32) -> u32 { return client * call.steps + now.step; }
fn samples(client: u32) -> u32 {
  let at = batch_at(client);
  return batches[at + 1u] - batches[at];
}
fn row_of(client: u32, slot: u32) -> u32 {
  return batches[call.rows_at + batches[batch_at(client)] + slot];
}

@compute @workgroup_size(THREADS)
fn gather(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let until = samples(client) * op.inputs;
  let to = op.input + client * op.longest * op.inputs;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    room[to + i] = features[row_of(client, i / op.inputs) * op.inputs + i % op.inputs];
  }
}

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let until = samples(client) * op.rows * op.outputs;
  let lines = client * op.longest * op.rows;
  let w_at = client * op.params + op.matrix;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let output = i % op.outputs;
    let input = op.input + (lines + i / op.outputs) * op.inputs;
    var sum = weights[w_at + op.inputs * op.outputs + output];
    for (var k = 0u; k < op.inputs; k++) {
      sum += room[input + k] * weights[w_at + k * op.outputs + output];
    }
    if ((op.flags & 1u) != 0u && sum <= 0.0) {
      sum = 0.0;
    }
    room[op.output + lines * op.outputs + i] = sum;
  }
}

fn peak_of(at: u32) -> f32 {
  var peak = room[at];
  for (var k = 1u; k < op.outputs; k++) {
    peak = select(peak, room[at + k], room[at + k] > peak);
  }
  return peak;
}

// Logits into the gradient of the mean cross-entropy there.
@compute @workgroup_size(THREADS)
fn soften(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let until = samples(client);
  for (var slot = id.x; slot < until; slot += groups.x * THREADS) {
    let at = op.output + (client * op.longest + slot) * op.outputs;
    let peak = peak_of(at);
    var total = 0.0;
    for (var k = 0u; k < op.outputs; k++) {
      let e = exp(room[at + k] - peak);
      room[at + k] = e;
      total += e;
    }
    let label = labels[row_of(client, slot)];
    let share = 1.0 / f32(until);
    for (var k = 0u; k < op.outputs; k++) {
      let p = room[at + k] / total;
      room[at + k] = select(p, p - 1.0, k == label) * share;
    }
  }
}

// Loss and rightness of each sample: [rows, 2].
@compute @workgroup_size(THREADS)
fn judge(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let until = samples(0u);
  for (var slot = id.x; slot < until; slot += groups.x * THREADS) {
    let at = op.output + slot * op.outputs;
    let peak = peak_of(at);
    var total = 0.0;
    var first = op.outputs;
    for (var k = 0u; k < op.outputs; k++) {
      total += exp(room[at + k] - peak);
      if (first == op.outputs && room[at + k] == peak) {
        first = k;
      }
    }
    let label = labels[row_of(0u, slot)];
    results[call.results + slot * 2u] = log(total) + peak - room[at + label];
    results[call.results + slot * 2u + 1u] = select(0.0, 1.0, first == label);
  }
}

// The gradient below a matrix, from the one at its output.
@compute @workgroup_size(THREADS)
fn descend(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let until = samples(client) * op.rows * op.inputs;
  let lines = client * op.longest * op.rows;
  let w_at = client * op.params + op.matrix;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let start = w_at + (i % op.inputs) * op.outputs;
    let above = op.above + (lines + i / op.inputs) * op.outputs;
    var sum = 0.0;
    for (var k = 0u; k < op.outputs; k++) {
      sum += room[above + k] * weights[start + k];
    }
    if ((op.flags & 2u) != 0u && !(room[op.input + lines * op.inputs + i] > 0.0)) {
      sum = 0.0;
    }
    room[op.below + lines * op.inputs + i] = sum;
  }
}

// The gradient of a matrix and its bias, and the step against it with what is added to it.
@compute @workgroup_size(THREADS)
fn turn(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let size = samples(client);
  if (size == 0u && call.write == 0u) {
    return;
  }
  let lines = client * op.longest * op.rows;
  let until = (op.inputs + 1u) * op.outputs;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let input = i / op.outputs;
    let above = op.above + lines * op.outputs + i % op.outputs;
    var slope = 0.0;
    if (input == op.inputs) {
      for (var r = 0u; r < size * op.rows; r++) {
        slope += room[above + r * op.outputs];
      }
    } else {
      let src = op.input + lines * op.inputs + input;
      for (var r = 0u; r < size * op.rows; r++) {
        slope += room[src + r * op.inputs] * room[above + r * op.outputs];
      }
    }
    let place = op.matrix + i;
    let at = client * op.params + place;
    if (call.write == 1u) {
      results[at] = slope;
      continue;
    }
    if ((op.flags & 4u) != 0u) {
      continue;
    }
    let w = weights[at];
    if (call.center != 0u) {
      slope += call.proximal * (w - terms[call.center - 1u + place]);
    }
    if (call.correction != 0u) {
      slope += terms[call.correction - 1u + at];
    }
    weights[at] = w - call.rate * slope;
  }
}

// Convolutions. Every pixel's surroundings as a line of a matrix, zeros beyond the border.
@compute @workgroup_size(THREADS)
fn patches(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let image = op.rows * op.channels;
  let until = samples(client) * op.rows * op.inputs;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let channel = i % op.channels;
    let place = (i / op.channels) % (KERNEL * KERNEL);
    let pixel = (i / op.inputs) % op.rows;
    let slot = i / op.inputs / op.rows;
    let y = pixel / op.side + place / KERNEL;
    let x = pixel % op.side + place % KERNEL;
    var value = 0.0;
    if (y >= 1u && y <= op.side && x >= 1u && x <= op.side) {
      let src = op.above + (client * op.longest + slot) * image;
      value = room[src + ((y - 1u) * op.side + x - 1u) * op.channels + channel];
    }
    room[op.input + client * op.longest * op.rows * op.inputs + i] = value;
  }
}

// And back: every pixel sums up what its places in the patches got.
@compute @workgroup_size(THREADS)
fn scatter(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let until = samples(client) * op.rows * op.channels;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let channel = i % op.channels;
    let pixel = (i / op.channels) % op.rows;
    let slot = i / op.channels / op.rows;
    let src = op.above + (client * op.longest + slot) * op.rows * op.inputs;
    var sum = 0.0;
    for (var back = 0u; back < KERNEL * KERNEL; back++) {
      let place = KERNEL * KERNEL - 1u - back;
      let y = pixel / op.side + 1u - place / KERNEL;
      let x = pixel % op.side + 1u - place % KERNEL;
      // Beyond the border the difference wraps round and is large.
      if (y < op.side && x < op.side) {
        sum += room[src + (y * op.side + x) * op.inputs + place * op.channels + channel];
      }
    }
    room[op.below + client * op.longest * op.rows * op.channels + i] = sum;
  }
}

fn corner_pixel(pooled: u32, corner: u32) -> u32 {
  let half = op.side / 2u;
  return (2u * (pooled / half) + corner / 2u) * op.side + 2u * (pooled % half) + corner % 2u;
}

// The largest of each 2 x 2 pixels, the first of equals. `below` is where the smaller image goes.
@compute @workgroup_size(THREADS)
fn pool(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let small = op.rows / 4u;
  let until = samples(client) * small * op.outputs;
  let base = client * op.longest * small * op.outputs;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let filter_at = i % op.outputs;
    let slot = i / op.outputs / small;
    let src = op.output + (client * op.longest + slot) * op.rows * op.outputs + filter_at;
    var best = 0u;
    var most = room[src + corner_pixel(i / op.outputs % small, 0u) * op.outputs];
    for (var corner = 1u; corner < 4u; corner++) {
      let value = room[src + corner_pixel(i / op.outputs % small, corner) * op.outputs];
      if (value > most) {
        most = value;
        best = corner;
      }
    }
    room[op.below + base + i] = most;
    room[op.picked + base + i] = f32(best);
  }
}

// Overwrites the large image by its gradient: what came from above at the picked pixels that were positive.
@compute @workgroup_size(THREADS)
fn unpool(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let client = id.y;
  let small = op.rows / 4u;
  let until = samples(client) * small * op.outputs;
  let base = client * op.longest * small * op.outputs;
  for (var i = id.x; i < until; i += groups.x * THREADS) {
    let filter_at = i % op.outputs;
    let slot = i / op.outputs / small;
    let to = op.output + (client * op.longest + slot) * op.rows * op.outputs + filter_at;
    for (var corner = 0u; corner < 4u; corner++) {
      let place = to + corner_pixel(i / op.outputs % small, corner) * op.outputs;
      let open = u32(room[op.picked + base + i]) == corner && room[place] > 0.0;
      room[place] = select(0.0, room[op.above + base + i], open);
    }
  }
}

// Sum over lanes of factor * (center - weights): what a server makes of the updates of all clients.
@compute @workgroup_size(THREADS)
fn pull(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < op.params; i += groups.x * THREADS) {
    var sum = results[i];
    for (var client = 0u; client < call.lanes; client++) {
      sum += terms[call.factors + client] * (terms[call.server + i] - weights[client * op.params + i]);
    }
    results[i] = sum;
  }
}
