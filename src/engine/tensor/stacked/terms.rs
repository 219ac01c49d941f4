//! What federated methods add to a client's gradient before each local step.
//!
//! The proximal term is FedProx's (Li et al., arXiv 1812.06127): mu * (w - center). The correction is a control
//! variate, c - c_k in SCAFFOLD (Karimireddy et al., arXiv 1910.06378). Frozen layers stay as they were sent.

use crate::tensor::Net;

/// All terms off by default. A step without samples adds nothing either.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// mu, and the weights [params] that everyone is held to.
    pub proximal: Option<(f32, &'a [f32])>,
    /// Added to every gradient of a client: [clients, params].
    pub correction: Option<&'a [f32]>,
    /// Layers, from the input, that do not move; shorter lists leave the rest free.
    pub frozen: &'a [bool],
}

impl Terms<'_> {
    /// Whether a layer stays as it is.
    pub fn freezes(&self, layer: usize) -> bool {
        self.frozen.get(layer).copied().unwrap_or(false)
    }

    /// Adds the terms to one client's gradient at its `weights`; both [params].
    pub(super) fn add(&self, net: &Net, client: usize, weights: &[f32], gradient: &mut [f32]) {
        if let Some((mu, center)) = self.proximal {
            for ((slope, w), center) in gradient.iter_mut().zip(weights).zip(center) {
                *slope += mu * (w - center);
            }
        }
        if let Some(correction) = self.correction {
            let own = &correction[client * weights.len()..][..weights.len()];
            for (slope, own) in gradient.iter_mut().zip(own) {
                *slope += own;
            }
        }
        let mut from = 0;
        for (number, layer) in net.layers.iter().enumerate() {
            if self.freezes(number) {
                gradient[from..from + layer.params()].fill(0.0);
            }
            from += layer.params();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::data::digits8;
    use crate::tensor::stacked::{Batches, Fused, Stacked, ready};

    fn one_batch() -> Batches {
        let mut batches = Batches::new(1);
        batches.push(0..20);
        batches.push(20..27);
        batches
    }

    #[test]
    fn a_step_is_against_the_gradient_the_pull_to_the_center_and_the_correction() {
        let (data, net) = (digits8(), Net::mlp(64, 10));
        let start = [net.init(Chance::new(1)), net.init(Chance::new(2))].concat();
        let center = net.init(Chance::new(3));
        let correction: Vec<f32> = (0..start.len()).map(|i| 0.001 * (i % 7) as f32).collect();
        let terms =
            Terms { proximal: Some((0.5, &center)), correction: Some(&correction), frozen: &[] };
        let mut fused = Fused::new(net.clone());
        let (mut gradient, mut moved) = (start.clone(), start.clone());
        ready(fused.gradients(&data, &one_batch(), 0, &start, &mut gradient)).unwrap();
        ready(fused.descend_with(&data, &one_batch(), 0.1, terms, &mut moved)).unwrap();
        for i in 0..start.len() {
            let pull = 0.5 * (start[i] - center[i % net.params()]);
            let naive = start[i] - 0.1 * (gradient[i] + pull + correction[i]);
            assert!((moved[i] - naive).abs() < 1e-6, "{i}");
        }
    }

    #[test]
    fn frozen_layers_stay_and_the_others_move() {
        let (data, net) = (digits8(), Net::mlp(64, 10));
        let start = net.init(Chance::new(1)).repeat(2);
        let terms = Terms { frozen: &[true, false], ..Terms::default() };
        let mut moved = start.clone();
        let mut fused = Fused::new(net.clone());
        ready(fused.descend_with(&data, &one_batch(), 0.1, terms, &mut moved)).unwrap();
        let first = net.layers[0].params();
        assert_eq!(moved[..first], start[..first]);
        assert!(moved[first..net.params()] != start[first..net.params()]);
    }

    #[test]
    fn what_the_server_pulls_is_the_weighted_sum_of_the_updates() {
        let (data, net) = (digits8(), Net::softmax(64, 10));
        let server = net.init(Chance::new(1));
        let mut fused = Fused::new(net);
        let (mut all, mut step) = (server.repeat(2), server.clone());
        ready(fused.descend(&data, &one_batch(), 0.1, &mut all)).unwrap();
        let plain = Terms::default();
        ready(fused.pull(&data, &one_batch(), 0.1, plain, &server, &[0.25, 2.0], &mut step))
            .unwrap();
        for i in 0..server.len() {
            let naive = 0.25 * (server[i] - all[i]) + 2.0 * (server[i] - all[server.len() + i]);
            assert!((step[i] - naive).abs() < 1e-6);
        }
    }
}
