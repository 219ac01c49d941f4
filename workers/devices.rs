//! CPU or GPU: the seat has the clock, so it measures. A run with kernels begins on the CPU; when a few of its rounds
//! were worth a GPU's while, the same rounds are timed there, and the page is told.

use crate::host::{now_ms, post, scope};
use engine::data::own::Samples;
use engine::gpu::Gpu;
use engine::run::{Host, Starter, start};
use lexicon::wire::FromWorker;
use lexicon::{Flow, Job, Scenario};
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Rounds that are timed; the first is left out, since it compiles and warms up.
const ROUNDS: u32 = 5;
/// Below this no GPU is asked: its answer alone takes 1 to 3 ms.
const SHORT_MS: f64 = 4.0;
/// How much faster the GPU has to be. Its numbers are not the CPU's to the bit, so a little is not enough.
const CLEARLY: f64 = 1.3;
/// A sign of life this often while the device works, and for so long at most.
const ALIVE_MS: i32 = 500;
const ALIVE_SIGNS_MAX: u32 = 120;

const TOLERANCE: &str = "Its numbers agree with the CPU's within a small tolerance, not to the bit; claims and sweeps \
                         are always computed on the CPU.";

/// The seat's GPU, once it was asked for.
#[derive(Default)]
pub struct Devices {
    asked: Option<Result<Gpu, String>>,
}

/// A run's first rounds on the CPU, timed.
pub struct Trial {
    scenario: Scenario,
    job: Job,
    own: Option<Arc<Samples>>,
    rounds: u32,
    spent_ms: f64,
}

impl Trial {
    pub fn new(scenario: Scenario, job: Job, own: Option<Arc<Samples>>) -> Self {
        Self { scenario, job, own, rounds: 0, spent_ms: 0.0 }
    }

    /// Notes a round; whether there are enough.
    pub fn done(&mut self, round: u32, spent_ms: f64) -> bool {
        if round > 1 {
            self.rounds += 1;
            self.spent_ms += spent_ms;
        }
        self.rounds >= ROUNDS
    }

    fn each_ms(&self) -> f64 {
        self.spent_ms / f64::from(self.rounds.max(1))
    }
}

impl Devices {
    /// The GPU, or half a sentence why there is none. One that was lost is asked for again.
    pub async fn gpu(&mut self) -> Result<Gpu, String> {
        match &self.asked {
            Some(Ok(gpu)) if gpu.failed().is_none() => return Ok(gpu.clone()),
            Some(Err(why)) => return Err(why.clone()),
            _ => {}
        }
        let came = match adapter_is_there().await {
            true => Gpu::open().await,
            false => Err("this browser offers no WebGPU adapter here".to_string()),
        };
        self.asked = Some(came.clone());
        came
    }

    /// Times the trial's rounds on the GPU and tells the page what came of it.
    pub async fn measure(&mut self, run: u32, trial: Trial, starters: &[Starter], lent: &Host) {
        let cpu_ms = trial.each_ms();
        let tell = |faster, says| post(&FromWorker::Device { run, on_gpu: false, faster, says });
        if cpu_ms < SHORT_MS {
            let says = format!(
                "Computed on the CPU: a round takes {} ms, less than a GPU needs to answer at all.",
                shown(cpu_ms)
            );
            return tell(false, says);
        }
        let gpu = match self.gpu().await {
            Ok(gpu) => gpu,
            Err(why) => return tell(false, format!("Computed on the CPU: {why}.")),
        };
        // It computes on the CPU itself, by way of a driver: it cannot win, and trying could take a while.
        if gpu.is_software() {
            let says =
                "Computed on the CPU: the only WebGPU adapter here is software, on the same CPU.";
            return tell(false, says.to_string());
        }
        let name = gpu.name().to_string();
        let Some(gpu_ms) =
            time(&trial, starters, Host { gpu: Some(gpu), own: trial.own.clone(), ..lent.clone() })
                .await
        else {
            return tell(false, format!("Computed on the CPU: the GPU ({name}) failed its trial."));
        };
        let pair = format!("{} against {} ms a round", shown(cpu_ms), shown(gpu_ms));
        if cpu_ms > CLEARLY * gpu_ms {
            let times = cpu_ms / gpu_ms;
            let says = format!(
                "Computed on the GPU ({name}), {times:.1} times as fast here as the CPU ({pair}). {TOLERANCE}"
            );
            tell(true, says);
        } else {
            let times = gpu_ms / cpu_ms;
            let says = format!(
                "Computed on the CPU: the GPU ({name}) takes {times:.1} times as long here ({pair})."
            );
            tell(false, says);
        }
    }
}

/// Whether WebGPU has an adapter at all. wgpu 30 takes the `null` of a browser without one for an adapter and then
/// reads its limits, which would end the worker.
async fn adapter_is_there() -> bool {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let gpu = get(&scope().navigator().into(), "gpu").filter(JsValue::is_object);
    let asking = gpu.and_then(|gpu| {
        let ask: js_sys::Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
        ask.call0(&gpu).ok()?.dyn_into::<js_sys::Promise>().ok()
    });
    match asking {
        Some(asking) => JsFuture::from(asking).await.is_ok_and(|adapter| adapter.is_object()),
        None => false,
    }
}

/// Milliseconds a round on the GPU that is lent; none when it fails. It is given up once it has clearly lost.
async fn time(trial: &Trial, starters: &[Starter], lent: Host) -> Option<f64> {
    let mut run = start(starters, &trial.scenario, &trial.job, lent).ok()?;
    let (mut rounds, mut spent_ms) = (0, 0.0);
    for round in 1..=trial.rounds + 1 {
        let started_ms = now_ms();
        let (_, flow) = run.step().await.ok()?;
        if !run.on_gpu() {
            return None;
        }
        if round > 1 {
            rounds += 1;
            spent_ms += now_ms() - started_ms;
        }
        if flow == Flow::Done || spent_ms > 2.0 * trial.spent_ms {
            break;
        }
    }
    (rounds > 0).then(|| spent_ms / f64::from(rounds))
}

fn shown(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

/// The page asked for the GPU: what came of it.
pub fn tell_wished(run: u32, started: &engine::run::Run, gpu: &Result<Gpu, String>) {
    let says = match gpu {
        _ if !started.has_kernels() => {
            "Computed on the CPU: this system has nothing that a GPU would do.".to_string()
        }
        Ok(gpu) => format!("Computed on the GPU ({}), as asked. {TOLERANCE}", gpu.name()),
        Err(why) => format!("Computed on the CPU, though the GPU was asked for: {why}."),
    };
    post(&FromWorker::Device { run, on_gpu: started.on_gpu(), faster: false, says });
}

/// In the midst of a run; the round's own lines say why.
pub fn tell_lost(run: u32) {
    let says = "The GPU is gone: the run goes on on the CPU, from its last round. Rounds before agree with the CPU's \
                within a small tolerance."
        .to_string();
    post(&FromWorker::Device { run, on_gpu: false, faster: false, says });
}

/// While the device works this thread is free, and silent: the page would take that for a crash.
pub struct Alive {
    timer: Option<i32>,
    _each: Closure<dyn FnMut()>,
}

impl Alive {
    pub fn sign(run: u32) -> Self {
        let mut left = ALIVE_SIGNS_MAX;
        let each = Closure::<dyn FnMut()>::new(move || {
            if left > 0 {
                left -= 1;
                post(&FromWorker::Rounds { run, rounds: Vec::new(), scenes: Vec::new() });
            }
        });
        let timer = scope().set_interval_with_callback_and_timeout_and_arguments_0(
            each.as_ref().unchecked_ref(),
            ALIVE_MS,
        );
        Self { timer: timer.ok(), _each: each }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            scope().clear_interval_with_handle(timer);
        }
    }
}
