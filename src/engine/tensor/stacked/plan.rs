//! A net as a list of dispatches over one large buffer, the room: which kernel, on which regions, over how many
//! numbers.

use crate::tensor::nets::{KERNEL, Layer, Net};

/// Entry points of `wide.wgsl`, in the order of these names.
pub const ENTRIES: [&str; 10] = [
    "gather", "forward", "soften", "judge", "descend", "turn", "patches", "scatter", "pool",
    "unpool",
];
pub const PULL: usize = 10;
const GATHER: usize = 0;
const FORWARD: usize = 1;
const SOFTEN: usize = 2;
const JUDGE: usize = 3;
const DESCEND: usize = 4;
const TURN: usize = 5;
const PATCHES: usize = 6;
const SCATTER: usize = 7;
const POOL: usize = 8;
const UNPOOL: usize = 9;

const RELU: u32 = 1;
const POSITIVE: u32 = 2;
const FROZEN: u32 = 4;

/// The struct `Op` of `wide.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Op {
    rows: u32,
    inputs: u32,
    outputs: u32,
    input: u32,
    output: u32,
    above: u32,
    below: u32,
    picked: u32,
    matrix: u32,
    flags: u32,
    side: u32,
    channels: u32,
}

/// One dispatch of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    pub kernel: usize,
    /// Which of the plan's `ops`.
    pub op: u32,
    /// Numbers to compute for one lane.
    pub numbers: usize,
}

/// What a net does with a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub ops: Vec<[u32; 16]>,
    /// Samples into logits.
    pub forward: Vec<Task>,
    /// Logits into steps (or gradients).
    pub backward: Vec<Task>,
    /// Logits into scores.
    pub judge: Vec<Task>,
    /// Numbers of the room in use.
    pub numbers: usize,
    /// Multiply-adds of one lane's longest batch, forward and backward.
    pub work: usize,
}

/// Where a layer has left its things.
struct Left {
    layer: Layer,
    /// Its matrix in a client's weights.
    matrix: u32,
    /// What went into the matrix, and what came out.
    input: u32,
    output: u32,
    picked: u32,
}

struct Maker<'a> {
    plan: Plan,
    /// Samples of all lanes together.
    samples: usize,
    longest: usize,
    params: u32,
    frozen: &'a dyn Fn(usize) -> bool,
}

impl Plan {
    /// For `lanes` clients with batches of up to `longest`. `learns`: with the way back.
    pub fn new(
        net: &Net,
        lanes: usize,
        longest: usize,
        learns: bool,
        frozen: &dyn Fn(usize) -> bool,
    ) -> Self {
        let mut maker = Maker {
            plan: Self::default(),
            samples: lanes * longest,
            longest,
            params: net.params() as u32,
            frozen,
        };
        let (left, logits) = maker.forward(net);
        let classes = net.classes() as u32;
        let at_logits = Op { outputs: classes, output: logits, ..Op::default() };
        if learns {
            let soften = maker.task(SOFTEN, at_logits, longest);
            maker.plan.backward.push(soften);
            maker.backward(&left, logits);
        } else {
            let judge = maker.task(JUDGE, at_logits, longest);
            maker.plan.judge.push(judge);
        }
        maker.plan
    }
}

impl Maker<'_> {
    /// A region of the room with so many numbers a sample.
    fn take(&mut self, width: usize) -> u32 {
        let at = self.plan.numbers;
        self.plan.numbers += self.samples * width;
        at as u32
    }

    fn task(&mut self, kernel: usize, op: Op, numbers: usize) -> Task {
        let (longest, params) = (self.longest as u32, self.params);
        self.plan.ops.push([
            op.rows,
            op.inputs,
            op.outputs,
            op.input,
            op.output,
            op.above,
            op.below,
            op.picked,
            op.matrix,
            longest,
            params,
            op.flags,
            op.side,
            op.channels,
            0,
            0,
        ]);
        Task { kernel, op: self.plan.ops.len() as u32 - 1, numbers }
    }

    /// Adds the way to the logits; returns what each layer left, and where the logits are.
    fn forward(&mut self, net: &Net) -> (Vec<Left>, u32) {
        let longest = self.longest;
        let mut image = self.take(net.width());
        let inputs = net.width() as u32;
        let gather = Op { inputs, input: image, ..Op::default() };
        let mut tasks = vec![self.task(GATHER, gather, longest * net.width())];
        let mut left = Vec::new();
        let mut matrix = 0;
        for &layer in &net.layers {
            match layer {
                Layer::Dense { inputs, outputs, relu } => {
                    let output = self.take(outputs);
                    let op = Op {
                        rows: 1,
                        inputs: inputs as u32,
                        outputs: outputs as u32,
                        input: image,
                        output,
                        matrix,
                        flags: if relu { RELU } else { 0 },
                        ..Op::default()
                    };
                    tasks.push(self.task(FORWARD, op, longest * outputs));
                    left.push(Left { layer, matrix, input: image, output, picked: 0 });
                    image = output;
                }
                Layer::Conv { side, channels, filters } => {
                    let (pixels, patch) = (side * side, KERNEL * KERNEL * channels);
                    let input = self.take(pixels * patch);
                    let output = self.take(pixels * filters);
                    let (picked, small) =
                        (self.take(pixels / 4 * filters), self.take(pixels / 4 * filters));
                    let op = Op {
                        rows: pixels as u32,
                        inputs: patch as u32,
                        outputs: filters as u32,
                        input,
                        output,
                        above: image,
                        below: small,
                        picked,
                        matrix,
                        flags: RELU,
                        side: side as u32,
                        channels: channels as u32,
                    };
                    tasks.push(self.task(PATCHES, op, longest * pixels * patch));
                    tasks.push(self.task(FORWARD, op, longest * pixels * filters));
                    tasks.push(self.task(POOL, op, longest * pixels / 4 * filters));
                    left.push(Left { layer, matrix, input, output, picked });
                    image = small;
                }
            }
            matrix += layer.params() as u32;
        }
        self.plan.forward = tasks;
        (left, image)
    }

    /// Adds the way back. A layer's gradient below is taken with its weights before their step.
    fn backward(&mut self, left: &[Left], logits: u32) {
        let longest = self.longest;
        let mut above = logits;
        for (at, of) in left.iter().enumerate().rev() {
            let (inputs, outputs) = of.layer.matrix();
            let flags = if (self.frozen)(at) { FROZEN } else { 0 };
            let mut op = Op {
                rows: 1,
                inputs: inputs as u32,
                outputs: outputs as u32,
                input: of.input,
                output: of.output,
                above,
                picked: of.picked,
                matrix: of.matrix,
                flags,
                ..Op::default()
            };
            let (mut rows, mut conv) = (1, None);
            if let Layer::Conv { side, channels, filters } = of.layer {
                rows = side * side;
                conv = Some(channels);
                (op.rows, op.side, op.channels) = (rows as u32, side as u32, channels as u32);
                let unpool = self.task(UNPOOL, op, longest * rows / 4 * filters);
                self.plan.backward.push(unpool);
                op.above = of.output;
            } else if at > 0 && matches!(left[at - 1].layer, Layer::Dense { .. }) {
                op.flags |= POSITIVE;
            }
            self.plan.work += 3 * longest * rows * inputs * outputs;
            if at > 0 {
                op.below = self.take(rows * inputs);
                let descend = self.task(DESCEND, op, longest * rows * inputs);
                self.plan.backward.push(descend);
            }
            let turn = self.task(TURN, op, (inputs + 1) * outputs);
            self.plan.backward.push(turn);
            above = op.below;
            if let Some(channels) = conv.filter(|_| at > 0) {
                let below = self.take(rows * channels);
                let op = Op { above, below, ..op };
                let scatter = self.task(SCATTER, op, longest * rows * channels);
                self.plan.backward.push(scatter);
                above = below;
            }
        }
    }
}
