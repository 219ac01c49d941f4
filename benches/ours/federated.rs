//! One round of federated averaging, on the fused local step that the page's systems run.

use super::{Work, hash, unit};
use engine::data::Dataset;
use engine::federated::server;
use engine::run::block_on;
use engine::tensor::Net;
use engine::tensor::stacked::{Batches, Fused, Stacked};

const CLIENTS: usize = 10;
const SAMPLES: usize = 600;
const WIDTH: usize = 784;
const CLASSES: usize = 10;
const RATE: f32 = 0.05;
const LABELS: u32 = 0x4c00_0000;
const WEIGHTS: u32 = 0x5700_0000;

pub struct Federated {
    fused: Fused,
    data: Dataset,
    batches: Batches,
    start: Vec<f32>,
    server: Vec<f32>,
    /// [clients, params]
    clients: Vec<f32>,
    step: Vec<f32>,
}

impl Federated {
    pub fn new(net: &str, batch: usize) -> Option<Self> {
        let net = match net {
            "softmax" => Net::softmax(WIDTH, CLASSES),
            "mlp" => Net::dense(&[WIDTH, 200, 200, CLASSES]),
            _ => return None,
        };
        if batch == 0 || !SAMPLES.is_multiple_of(batch) {
            return None;
        }
        let all = CLIENTS * SAMPLES;
        let data = Dataset {
            features: (0..all * WIDTH).map(|i| unit(i as u32) as f32).collect(),
            labels: (0..all).map(|i| (hash(LABELS + i as u32) % CLASSES as u32) as u8).collect(),
            width: WIDTH,
            classes: CLASSES,
        };
        let mut batches = Batches::new(SAMPLES / batch);
        for from in (0..all).step_by(batch) {
            batches.push(from as u32..(from + batch) as u32);
        }
        let start = opening_weights(&net);
        let params = start.len();
        Some(Self {
            fused: Fused::new(net),
            data,
            batches,
            server: start.clone(),
            start,
            clients: vec![0.0; CLIENTS * params],
            step: vec![0.0; params],
        })
    }
}

/// Uniform within 1 / sqrt(inputs), biases 0.
fn opening_weights(net: &Net) -> Vec<f32> {
    let mut weights = Vec::with_capacity(net.params());
    for layer in &net.layers {
        let (rows, columns) = layer.matrix();
        let bound = 1.0 / (rows as f64).sqrt();
        for _ in 0..rows * columns {
            let place = WEIGHTS + weights.len() as u32;
            weights.push((bound * (2.0 * unit(place) - 1.0)) as f32);
        }
        weights.extend(std::iter::repeat_n(0.0, columns));
    }
    weights
}

impl Work for Federated {
    fn reset(&mut self) {
        self.server.copy_from_slice(&self.start);
    }

    /// Clients start from the server's weights, take an epoch each, and the server takes their mean.
    fn run(&mut self) -> f64 {
        let params = self.server.len();
        for client in self.clients.chunks_exact_mut(params) {
            client.copy_from_slice(&self.server);
        }
        let local = self.fused.descend(&self.data, &self.batches, RATE, &mut self.clients);
        block_on(local).expect("the CPU refuses no net of this size");
        for client in self.clients.chunks_exact_mut(params) {
            for (after, before) in client.iter_mut().zip(&self.server) {
                *after = before - *after;
            }
        }
        server::mean(&mut self.step, &self.clients);
        server::apply(&mut self.server, &self.step, 1.0);
        1.0
    }

    /// How far the server moved in its first round.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        let way = |(now, start): (&f32, &f32)| f64::from(now - start) * f64::from(now - start);
        self.server.iter().zip(&self.start).map(way).sum::<f64>().sqrt()
    }
}
