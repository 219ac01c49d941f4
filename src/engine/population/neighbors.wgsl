// Sums over the neighbors of every node of a sparse graph. Only additions, in the order of the row, as on the CPU.

struct Call {
  nodes: u32,
}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn pull(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var node = id.x; node < call.nodes; node += groups.x * THREADS) {
    var sum = 0.0;
    let end = offsets[node + 1u];
    for (var at = offsets[node]; at < end; at++) {
      sum += weight[targets[at]];
    }
    sums[node] = sum;
  }
}
