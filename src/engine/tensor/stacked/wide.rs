//! All clients at once on the GPU: one thread a number, each sum ascending as on the CPU. Ragged batches need no
//! masks: a thread beyond its client's batch has nothing to do.
//!
//! Equal to `Fused` within a tolerance (a GPU may fuse a product and a sum, and its exponential is another), which
//! tests in the browser hold for every net, term and ragged batch.

use super::plan::{ENTRIES, PULL, Plan, Task};
use super::rooms::{BOUND, Call, Rooms};
use super::{Batches, Score, Stacked, Terms};
use crate::data::Dataset;
use crate::gpu::{Bindings, Dispatch, Gpu, Kernels, PROOF};
use crate::tensor::Net;
use lexicon::Fault;
use std::ops::Range;
use std::rc::Rc;

/// Numbers that intermediate results take up at most (128 MB); more clients are worked on in turn.
const ROOM_MAX: usize = 32 << 20;
/// Clients at once: a side of a dispatch.
const LANES_MAX: usize = 65_535;
/// Multiply-adds of one submission: far below what a browser's watchdog bears on a slow device.
const WORK_MAX: usize = 2_000_000_000;

/// `Stacked` on WebGPU. A data set is uploaded when it is met first: while a `Wide` works on it, its features must
/// not change (labels may).
#[derive(Debug)]
pub struct Wide {
    net: Net,
    gpu: Gpu,
    kernels: Rc<Kernels>,
    room_max: usize,
    rooms: Rooms,
    bindings: Option<Bindings>,
    /// What the rooms hold.
    ops: Vec<[u32; 16]>,
    steps: usize,
    data: (usize, usize),
    labels: Option<Vec<u8>>,
    /// Reused: batch ends, then sample numbers; weights or terms on their way up.
    indices: Vec<u32>,
    column: Vec<f32>,
}

/// What is asked of the clients.
#[derive(Clone, Copy)]
struct Ask<'a> {
    batches: &'a Batches,
    rate: f32,
    terms: Terms<'a>,
    start: Start<'a>,
    give: Give<'a>,
}

#[derive(Clone, Copy)]
enum Start<'a> {
    /// What `out` holds: [clients, params].
    Out,
    /// [clients, params].
    Each(&'a [f32]),
    /// [params].
    Same(&'a [f32]),
}

#[derive(Clone, Copy)]
enum Give<'a> {
    Weights,
    /// Of this step: [clients, params].
    Gradients(usize),
    /// sum of factor * (start - client): [params].
    Pull(&'a [f32]),
}

impl Wide {
    pub fn new(net: Net, gpu: Gpu) -> Self {
        let entries: Vec<&str> = ENTRIES.into_iter().chain(["pull"]).collect();
        Self {
            kernels: gpu.kernels("stacked", include_str!("wide.wgsl"), &BOUND, &entries),
            room_max: ROOM_MAX,
            rooms: Rooms::new(),
            net,
            gpu,
            bindings: None,
            ops: Vec::new(),
            steps: 0,
            data: (0, 0),
            labels: None,
            indices: Vec::new(),
            column: Vec::new(),
        }
    }

    /// With another bound for intermediate results: clients and samples that do not fit are worked on in turn.
    pub fn within(self, room_max: usize) -> Self {
        Self { room_max, ..self }
    }

    /// How many clients (or, of one, samples) of `each` numbers fit at once.
    fn fit(&self, count: usize, room_each: usize, others_each: usize) -> Result<usize, Fault> {
        let all = self.gpu.numbers_max();
        let fit = (self.room_max.min(all) / room_each.max(1)).min(all / others_each.max(1));
        match fit.min(count).min(LANES_MAX) {
            0 => Err(self.too_large()),
            fit => Ok(fit),
        }
    }

    fn too_large(&self) -> Fault {
        self.gpu.refuse("one client alone needs more memory than it gives");
        Fault::Device("The scenario does not fit the GPU.".into())
    }

    fn meet(&mut self, data: &Dataset) -> Result<(), Fault> {
        let of = (data.features.as_ptr() as usize, data.features.len());
        if self.data != of {
            if data.features.len() > self.gpu.numbers_max() {
                return Err(self.too_large());
            }
            self.hold(|rooms, gpu| rooms.features.hold(gpu, data.features.len() * 4));
            self.rooms.features.write(&self.gpu, 0, bytemuck::cast_slice(&data.features));
            self.data = of;
        }
        if self.labels.as_ref() != Some(&data.labels) {
            self.hold(|rooms, gpu| rooms.labels.hold(gpu, data.labels.len() * 4));
            let wide: Vec<u32> = data.labels.iter().map(|l| u32::from(*l)).collect();
            self.rooms.labels.write(&self.gpu, 0, bytemuck::cast_slice(&wide));
            self.labels = Some(data.labels.clone());
        }
        Ok(())
    }

    /// A larger buffer is another one, and has to be bound anew.
    fn hold(&mut self, grow: impl FnOnce(&mut Rooms, &Gpu) -> bool) {
        if grow(&mut self.rooms, &self.gpu) {
            self.bindings = None;
        }
    }

    fn set_plan(&mut self, plan: &Plan, steps: usize) {
        self.hold(|rooms, gpu| rooms.room.hold(gpu, plan.numbers * 4));
        if self.ops != plan.ops {
            self.hold(|rooms, gpu| rooms.ops.write_parts(gpu, &plan.ops));
            self.ops.clone_from(&plan.ops);
        }
        if self.steps < steps {
            let part = |step| std::array::from_fn(|i| if i == 0 { step } else { 0 });
            let parts: Vec<[u32; 16]> = (0..steps as u32).map(part).collect();
            self.hold(|rooms, gpu| rooms.steps.write_parts(gpu, &parts));
            self.steps = steps;
        }
    }

    /// `indices` as they are now, and one call's numbers.
    fn set_call(&mut self, call: Call) {
        let bytes = self.indices.len() * 4;
        self.hold(|rooms, gpu| rooms.batches.hold(gpu, bytes) | rooms.call.hold(gpu, 64));
        self.rooms.batches.write(&self.gpu, 0, bytemuck::cast_slice(&self.indices));
        self.rooms.call.write(&self.gpu, 0, bytemuck::cast_slice(&call.words()));
    }

    fn bind(&mut self) -> Bindings {
        let all = self.rooms.all();
        let bind = || self.kernels.bind(&self.gpu, &BOUND, &all);
        self.bindings.get_or_insert_with(bind).clone()
    }

    /// Batches of these clients: where each ends, then their samples.
    fn pack(&mut self, batches: &Batches, clients: Range<usize>) -> u32 {
        self.indices.clear();
        self.indices.push(0);
        let mut end = 0;
        let all = || clients.clone().flat_map(|c| (0..batches.steps()).map(move |s| (c, s)));
        for (client, step) in all() {
            end += batches.batch(client, step).len() as u32;
            self.indices.push(end);
        }
        let rows_at = self.indices.len() as u32;
        for (client, step) in all() {
            self.indices.extend_from_slice(batches.batch(client, step));
        }
        rows_at
    }

    /// Weights and terms of these clients go up; where the terms lie is noted in `call`.
    fn send(&mut self, ask: &Ask<'_>, out: &[f32], clients: Range<usize>, call: &mut Call) {
        let params = self.net.params();
        let own = clients.start * params..clients.end * params;
        self.column.clear();
        match ask.start {
            Start::Out => self.column.extend_from_slice(&out[own.clone()]),
            Start::Each(all) => self.column.extend_from_slice(&all[own.clone()]),
            Start::Same(one) => clients.clone().for_each(|_| self.column.extend_from_slice(one)),
        }
        self.rooms.weights.write(&self.gpu, 0, bytemuck::cast_slice(&self.column));
        self.column.clear();
        if let (Give::Pull(factors), Start::Same(server)) = (ask.give, ask.start) {
            self.column.extend_from_slice(&factors[clients]);
            call.server = self.column.len() as u32;
            self.column.extend_from_slice(server);
        }
        if let Some((mu, center)) = ask.terms.proximal {
            call.proximal = mu;
            call.center = self.column.len() as u32 + 1;
            self.column.extend_from_slice(center);
        }
        if let Some(correction) = ask.terms.correction {
            call.correction = self.column.len() as u32 + 1;
            self.column.extend_from_slice(&correction[own]);
        }
        let bytes = self.column.len() * 4;
        self.hold(|rooms, gpu| rooms.terms.hold(gpu, bytes));
        self.rooms.terms.write(&self.gpu, 0, bytemuck::cast_slice(&self.column));
    }

    /// The whole operation: clients in as few turns as fit, one readback.
    async fn go(&mut self, data: &Dataset, ask: Ask<'_>, out: &mut [f32]) -> Result<(), Fault> {
        let params = self.net.params();
        let clients = ask.batches.clients();
        if clients == 0 || ask.batches.steps() == 0 {
            if let Give::Pull(_) = ask.give {
                out.fill(0.0);
            }
            return Ok(());
        }
        let steps = match ask.give {
            Give::Gradients(step) => step..step + 1,
            _ => 0..ask.batches.steps(),
        };
        let batch = |at: usize| {
            let (client, step) = (at / ask.batches.steps(), at % ask.batches.steps());
            ask.batches.batch(client, step).len()
        };
        let longest = (0..clients * ask.batches.steps()).map(batch).max().unwrap_or(0).max(1);
        let frozen = |layer: usize| ask.terms.freezes(layer);
        let one = Plan::new(&self.net, 1, longest, true, &frozen);
        let lanes = self.fit(clients, one.numbers, 2 * params)?;
        if out.len() > self.gpu.numbers_max() {
            return Err(self.too_large());
        }
        let plan = Plan::new(&self.net, lanes, longest, true, &frozen);
        self.meet(data)?;
        self.set_plan(&plan, ask.batches.steps());
        self.hold(|rooms, gpu| {
            rooms.weights.hold(gpu, lanes * params * 4)
                | rooms.results.hold(gpu, lanes * params * 4)
                | rooms.back.hold(gpu, out.len() * 4 + PROOF)
        });
        if let Give::Pull(_) = ask.give {
            self.rooms.results.write(&self.gpu, 0, bytemuck::cast_slice(&vec![0.0f32; params]));
        }
        let gpu = self.gpu.clone();
        let mut work = gpu.work();
        let kernels = self.kernels.clone();
        let mut from = 0;
        while from < clients {
            let turn = from..(from + lanes).min(clients);
            let mut call = Call {
                steps: ask.batches.steps() as u32,
                rows_at: self.pack(ask.batches, turn.clone()),
                rate: ask.rate,
                write: matches!(ask.give, Give::Gradients(_)).into(),
                lanes: turn.len() as u32,
                ..Call::default()
            };
            self.send(&ask, out, turn.clone(), &mut call);
            self.set_call(call);
            let bindings = self.bind();
            let mut spent = 0;
            for step in steps.clone() {
                let tasks = plan.forward.iter().chain(&plan.backward);
                work.run(&kernels, &bindings, dispatches(tasks, step, turn.len()));
                spent += plan.work * turn.len();
                if spent > WORK_MAX {
                    work.submit();
                    spent = 0;
                }
            }
            let (room, bytes) = match ask.give {
                Give::Weights => (&self.rooms.weights, turn.len() * params * 4),
                Give::Gradients(_) => (&self.rooms.results, turn.len() * params * 4),
                Give::Pull(_) => (&self.rooms.results, 0),
            };
            if bytes > 0 {
                work.copy(room, 0, &self.rooms.back, from * params * 4, bytes);
            } else {
                let pull = [Task { kernel: PULL, op: 0, numbers: params }];
                work.run(&kernels, &bindings, dispatches(&pull, 0, 1));
            }
            work.submit();
            from = turn.end;
        }
        if let Give::Pull(_) = ask.give {
            work.copy(&self.rooms.results, 0, &self.rooms.back, 0, params * 4);
        }
        work.read(&self.rooms.back, bytemuck::cast_slice_mut(out)).await
    }
}

impl Stacked for Wide {
    async fn descend_with(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) -> Result<(), Fault> {
        let ask = Ask { batches, rate, terms, start: Start::Out, give: Give::Weights };
        self.go(data, ask, weights).await
    }

    async fn pull(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        server: &[f32],
        factors: &[f32],
        step: &mut [f32],
    ) -> Result<(), Fault> {
        let ask =
            Ask { batches, rate, terms, start: Start::Same(server), give: Give::Pull(factors) };
        self.go(data, ask, step).await
    }

    async fn gradients(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        step: usize,
        weights: &[f32],
        gradients: &mut [f32],
    ) -> Result<(), Fault> {
        let (rate, terms) = (0.0, Terms::default());
        let ask =
            Ask { batches, rate, terms, start: Start::Each(weights), give: Give::Gradients(step) };
        self.go(data, ask, gradients).await
    }

    async fn score(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        weights: &[f32],
        scores: &mut [Score],
    ) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        let free = |_: usize| false;
        let one = Plan::new(&self.net, 1, 1, false, &free);
        let block = self.fit(rows.len(), one.numbers, 2)?;
        if rows.len() * 2 > self.gpu.numbers_max() {
            return Err(self.too_large());
        }
        let plan = Plan::new(&self.net, 1, block, false, &free);
        self.meet(data)?;
        self.set_plan(&plan, 1);
        self.hold(|rooms, gpu| {
            rooms.weights.hold(gpu, weights.len() * 4)
                | rooms.results.hold(gpu, rows.len() * 8)
                | rooms.back.hold(gpu, rows.len() * 8 + PROOF)
                | rooms.terms.hold(gpu, 4)
        });
        self.rooms.weights.write(&self.gpu, 0, bytemuck::cast_slice(weights));
        let gpu = self.gpu.clone();
        let mut work = gpu.work();
        let kernels = self.kernels.clone();
        for (number, rows) in rows.chunks(block).enumerate() {
            self.indices.clear();
            self.indices.extend([0, rows.len() as u32]);
            self.indices.extend_from_slice(rows);
            let results = (number * block * 2) as u32;
            self.set_call(Call { steps: 1, rows_at: 2, results, lanes: 1, ..Call::default() });
            let tasks = plan.forward.iter().chain(&plan.judge);
            work.run(&kernels, &self.bind(), dispatches(tasks, 0, 1));
            work.submit();
        }
        let mut came = vec![0.0f32; rows.len() * 2];
        work.copy(&self.rooms.results, 0, &self.rooms.back, 0, came.len() * 4);
        work.read(&self.rooms.back, bytemuck::cast_slice_mut(&mut came)).await?;
        for (score, came) in scores.iter_mut().zip(came.chunks_exact(2)) {
            *score = Score { loss: came[0], right: came[1] > 0.5 };
        }
        Ok(())
    }

    fn net(&self) -> &Net {
        &self.net
    }
}

/// A plan's tasks as dispatches.
fn dispatches<'t>(
    tasks: impl IntoIterator<Item = &'t Task>,
    step: usize,
    lanes: usize,
) -> impl Iterator<Item = Dispatch> {
    tasks.into_iter().map(move |task| Dispatch {
        kernel: task.kernel,
        parts: [task.op, step as u32],
        numbers: task.numbers,
        lanes,
    })
}
