//! The GPU's kernels against the CPU's loops, on whatever adapter the browser has (a software one will do: it shows
//! that results are right, never that they are fast).

use engine::chance::{Chance, normal};
use engine::data::{Dataset, digits8};
use engine::gpu::Gpu;
use engine::population::graph::{barabasi_albert, communities};
use engine::population::neighbors::Neighbors;
use engine::run::{Host, Run, start};
use engine::tensor::Net;
use engine::tensor::stacked::{Batches, Fused, Local, Score, Stacked, Terms, Wide};
use lexicon::{Flow, Job, Round, link};
use wasm_bindgen_test::*;

/// What a weight, a gradient or a loss may differ by after three steps.
const ROOM: f32 = 2e-5;

async fn gpu() -> Gpu {
    Gpu::open().await.expect("the browser of the tests has WebGPU: see webdriver.json")
}

fn nets() -> [(&'static str, Net); 4] {
    [
        ("softmax", Net::softmax(64, 10)),
        ("mlp", Net::mlp(64, 10)),
        ("mlp2", Net::mlp2(64, 10)),
        ("cnn", Net::cnn(8, 10)),
    ]
}

/// Four clients, three steps: long, short and empty batches; one client without any.
fn ragged() -> Batches {
    let mut batches = Batches::new(3);
    for (client, sizes) in [[25, 11, 1], [7, 0, 40], [0, 0, 0], [64, 3, 8]].iter().enumerate() {
        for size in sizes {
            batches.push((0..*size).map(|i| (client as u32 * 300 + i * 13) % 1_797));
        }
    }
    batches
}

/// Weights of four clients, biases away from 0.
fn weights(net: &Net) -> Vec<f32> {
    let mut rng = Chance::new(8).at("shift", &[]);
    let opening = net.init(Chance::new(7)).repeat(4);
    opening.iter().map(|w| w + 0.05 * normal(&mut rng) as f32).collect()
}

fn close(name: &str, ours: &[f32], theirs: &[f32]) {
    assert!(theirs.iter().all(|x| x.is_finite()), "{name}: not finite");
    let apart = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    let worst = apart.fold(0.0, f32::max);
    assert!(worst < ROOM, "{name}: {worst} apart");
}

/// Both implementations from the same start; the first result is the CPU's.
async fn descended(gpu: &Gpu, data: &Dataset, net: &Net, terms: Terms<'_>) -> (Vec<f32>, Vec<f32>) {
    let (mut one, mut other) = (weights(net), weights(net));
    let mut fused = Fused::new(net.clone());
    let mut wide = Wide::new(net.clone(), gpu.clone());
    fused.descend_with(data, &ragged(), 0.3, terms, &mut one).await.unwrap();
    wide.descend_with(data, &ragged(), 0.3, terms, &mut other).await.unwrap();
    (one, other)
}

#[wasm_bindgen_test]
async fn steps_of_every_net_are_the_cpus_ragged_batches_included() {
    let (gpu, data) = (gpu().await, digits8());
    for (name, net) in nets() {
        let (cpu, there) = descended(&gpu, &data, &net, Terms::default()).await;
        close(name, &cpu, &there);
        let (start, params) = (weights(&net), net.params());
        assert!(cpu[..params] != start[..params], "{name}: nothing was learned");
        let idle = 2 * params..3 * params;
        assert_eq!(there[idle.clone()], start[idle], "{name}: a client without samples moved");
    }
}

#[wasm_bindgen_test]
async fn every_term_is_the_cpus() {
    let (gpu, data) = (gpu().await, digits8());
    for (name, net) in nets() {
        let center = net.init(Chance::new(3));
        let correction: Vec<f32> =
            (0..4 * net.params()).map(|i| 0.01 * ((i * 7) % 11) as f32 - 0.05).collect();
        let proximal = Terms { proximal: Some((0.5, &center)), ..Terms::default() };
        let controlled = Terms { correction: Some(&correction), ..Terms::default() };
        let frozen = Terms { frozen: &[true], ..Terms::default() };
        let all = Terms {
            proximal: Some((0.5, &center)),
            correction: Some(&correction),
            frozen: &[false, true],
        };
        let plain = descended(&gpu, &data, &net, Terms::default()).await.1;
        for (term, terms) in
            [("proximal", proximal), ("control", controlled), ("frozen", frozen), ("all", all)]
        {
            let (cpu, there) = descended(&gpu, &data, &net, terms).await;
            close(&format!("{name}, {term}"), &cpu, &there);
            assert!(there != plain, "{name}: {term} changed nothing");
        }
    }
}

#[wasm_bindgen_test]
async fn gradients_pulls_and_scores_are_the_cpus() {
    let (gpu, data) = (gpu().await, digits8());
    let rows: Vec<u32> = (0..1_797).collect();
    for (name, net) in nets() {
        let (start, params) = (weights(&net), net.params());
        let mut fused = Fused::new(net.clone());
        let mut wide = Wide::new(net.clone(), gpu.clone());
        for step in 0..3 {
            let (mut a, mut b) = (start.clone(), start.clone());
            fused.gradients(&data, &ragged(), step, &start, &mut a).await.unwrap();
            wide.gradients(&data, &ragged(), step, &start, &mut b).await.unwrap();
            close(&format!("{name}, gradient {step}"), &a, &b);
        }
        let (server, factors, plain) = (&start[..params], [0.25, 2.0, 1.0, -0.5], Terms::default());
        let (mut a, mut b) = (server.to_vec(), server.to_vec());
        fused.pull(&data, &ragged(), 0.3, plain, server, &factors, &mut a).await.unwrap();
        wide.pull(&data, &ragged(), 0.3, plain, server, &factors, &mut b).await.unwrap();
        close(&format!("{name}, pull"), &a, &b);
        assert!(a.iter().any(|x| x.abs() > 1e-3), "{name}: nothing was pulled");

        let (mut a, mut b) = (vec![Score::default(); 1_797], vec![Score::default(); 1_797]);
        fused.score(&data, &rows, server, &mut a).await.unwrap();
        wide.score(&data, &rows, server, &mut b).await.unwrap();
        let loss = |of: &[Score]| of.iter().map(|s| s.loss).collect::<Vec<f32>>();
        close(&format!("{name}, losses"), &loss(&a), &loss(&b));
        let differ = a.iter().zip(&b).filter(|(a, b)| a.right != b.right).count();
        assert_eq!(differ, 0, "{name}: rightness");
    }
}

#[wasm_bindgen_test]
async fn what_does_not_fit_at_once_is_done_in_turn() {
    let (gpu, data) = (gpu().await, digits8());
    let rows: Vec<u32> = (0..300).collect();
    for (name, net) in nets() {
        let params = net.params();
        let correction: Vec<f32> = (0..4 * params).map(|i| 0.01 * (i % 5) as f32).collect();
        let terms = Terms { correction: Some(&correction), ..Terms::default() };
        // Room for one client or two of the four, and for a part of the rows.
        let mut wide = Wide::new(net.clone(), gpu.clone()).within(1_400_000);
        let mut fused = Fused::new(net.clone());
        let (mut one, mut other) = (weights(&net), weights(&net));
        let mut small = Wide::new(net.clone(), gpu.clone()).within(match name {
            "cnn" => 500_000,
            "mlp2" => 40_000,
            "mlp" => 22_000,
            _ => 12_000,
        });
        fused.descend_with(&data, &ragged(), 0.3, terms, &mut one).await.unwrap();
        for wide in [&mut wide, &mut small] {
            other.clone_from(&weights(&net));
            wide.descend_with(&data, &ragged(), 0.3, terms, &mut other).await.unwrap();
            close(&format!("{name}, in turn"), &one, &other);
        }
        let (server, factors) = (&one[..params], [0.25, 2.0, 1.0, -0.5]);
        let (mut a, mut b) = (server.to_vec(), server.to_vec());
        fused.pull(&data, &ragged(), 0.3, terms, server, &factors, &mut a).await.unwrap();
        small.pull(&data, &ragged(), 0.3, terms, server, &factors, &mut b).await.unwrap();
        close(&format!("{name}, pulled in turn"), &a, &b);
        let (mut a, mut b) = (vec![Score::default(); 300], vec![Score::default(); 300]);
        fused.score(&data, &rows, server, &mut a).await.unwrap();
        small.score(&data, &rows, server, &mut b).await.unwrap();
        let loss = |of: &[Score]| of.iter().map(|s| s.loss).collect::<Vec<f32>>();
        close(&format!("{name}, scored in turn"), &loss(&a), &loss(&b));
        assert_eq!(gpu.failed(), None);
        // Where not even one client fits, the device is given up and the CPU goes on.
        let lone = self::gpu().await;
        assert!(
            Wide::new(net, lone.clone())
                .within(100)
                .descend(&data, &ragged(), 0.3, &mut other)
                .await
                .is_err()
        );
        assert!(lone.failed().is_some_and(|why| why.contains("memory")));
    }
}

#[wasm_bindgen_test]
async fn sums_over_a_sparse_graph_are_the_cpus_to_the_bit() {
    let gpu = gpu().await;
    let mut rng = Chance::new(6).stream(0, "graphs");
    // One with a few rows of thousands, one with rows of none.
    let graphs = [
        barabasi_albert(60_000, 4, &mut rng).unwrap(),
        communities(&[700, 1_300], 2.0, 1.0, &mut rng).unwrap(),
    ];
    for graph in graphs {
        let nodes = graph.nodes() as usize;
        let (mut here, mut there) = (vec![0.0f32; nodes], vec![7.0f32; nodes]);
        let mut cpu = Neighbors::of(&graph, None);
        let mut wide = Neighbors::of(&graph, Some(gpu.clone()));
        for day in 0..3u32 {
            let mut rng = Chance::new(6).stream(day, "weights");
            let weight = |_| normal(&mut rng).max(0.0) as f32;
            let weight: Vec<f32> = (0..nodes).map(weight).collect();
            cpu.sum(&graph, &weight, &mut here).await;
            wide.sum(&graph, &weight, &mut there).await;
            assert_eq!(gpu.failed(), None);
            let bits = |of: &[f32]| of.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert!(bits(&here) == bits(&there), "{nodes} nodes, day {day}");
            assert!(here.iter().any(|x| *x > 1.0));
        }
    }
}

fn run_of(system: &str, arm: &str, query: &str, gpu: Option<Gpu>) -> Run {
    let entry = lexicon::find(systems::CATALOGUE, system).expect("a system of ours");
    let scenario = link::setting(&(entry.sheet)(), query).expect("a setting of ours");
    let job = Job { arm: arm.into(), seed: 1 };
    start(systems::STARTERS, &scenario, &job, Host { gpu, ..Host::default() }).expect("it starts")
}

async fn fedstale(gpu: Option<Gpu>) -> Run {
    run_of("fedstale", "fedstale", "model=mlp&clients=8&rounds=6&arms=fedstale", gpu)
}

async fn walked(mut run: Run, mut between: impl FnMut(u32)) -> (Vec<Round>, Run) {
    let mut rounds = Vec::new();
    loop {
        let (round, flow) = run.step().await.expect("no fault");
        between(round.index);
        rounds.push(round);
        if flow == Flow::Done {
            return (rounds, run);
        }
    }
}

fn alike(cpu: &[Round], other: &[Round]) {
    assert_eq!(cpu.len(), other.len());
    for (a, b) in cpu.iter().zip(other) {
        assert_eq!(a.readings.len(), b.readings.len());
        for (metric, value) in &a.readings {
            let room = 1e-3 * value.abs().max(1.0);
            let there = b.readings[metric];
            assert!((value - there).abs() <= room, "{metric}: {value} against {there}");
        }
    }
}

#[wasm_bindgen_test]
async fn fedstale_on_the_gpu_is_fedstale() {
    let cpu = walked(fedstale(None).await, |_| ()).await.0;
    let run = fedstale(Some(gpu().await)).await;
    assert!(run.has_kernels() && run.on_gpu());
    let (there, run) = walked(run, |_| ()).await;
    assert!(run.on_gpu(), "it fell back: {:?}", there.iter().map(|r| &r.lines).collect::<Vec<_>>());
    alike(&cpu, &there);
    assert_ne!(cpu, there, "the GPU has other last places: was it used at all?");
}

/// Sums of a day alone: every coin falls as it does on the CPU.
#[wasm_bindgen_test]
async fn an_epidemic_on_the_gpu_is_the_same_to_the_bit() {
    let policy = "part=policy&agents=3000&weekly_r=4.5&initial=0.01&rounds=30";
    for (arm, query) in [("none", policy), ("grad", "agents=2000&sims=12&exposed_days=1&starts=2")]
    {
        let cpu = walked(run_of("large-population-models", arm, query, None), |_| ()).await.0;
        let run = run_of("large-population-models", arm, query, Some(gpu().await));
        let (there, run) = walked(run, |_| ()).await;
        assert!(run.on_gpu(), "{arm} fell back");
        assert_eq!(cpu, there, "{arm}");
    }
}

#[wasm_bindgen_test]
async fn a_device_that_is_lost_costs_a_sentence_and_nothing_else() {
    let cpu = walked(fedstale(None).await, |_| ()).await.0;
    let gpu = gpu().await;
    let lost = gpu.clone();
    let run = fedstale(Some(gpu)).await;
    let (there, run) = walked(run, |round| {
        if round == 3 {
            lost.destroy()
        }
    })
    .await;
    alike(&cpu, &there);
    assert!(!run.on_gpu());
    let said = |round: &Round| round.lines.iter().any(|l| l.contains("The GPU is gone"));
    let rounds: Vec<u32> = there.iter().filter(|r| said(r)).map(|r| r.index).collect();
    assert_eq!(rounds, [4]);
}

#[wasm_bindgen_test]
async fn work_that_a_device_refuses_is_done_on_the_cpu() {
    let (gpu, data, net) = (gpu().await, digits8(), Net::mlp(64, 10));
    gpu.refuse("it was refused");
    let (mut one, mut other) = (weights(&net), weights(&net));
    Fused::new(net.clone()).descend(&data, &ragged(), 0.3, &mut one).await.unwrap();
    let mut local = Local::new(net, Some(gpu.clone()));
    local.descend(&data, &ragged(), 0.3, &mut other).await.unwrap();
    assert_eq!(one, other);
    assert_eq!(gpu.failed().as_deref(), Some("it was refused"));
}
