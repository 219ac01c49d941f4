//! `TinyAr`: an autoregressive policy over a small vocabulary. Input of step t = features of the task, one-hot of
//! each earlier token by position, one-hot of t; one hidden layer of tanh; logits; softmax at temperature 1.
//!
//! All inputs are ones and zeros, so the first layer is a sum of a few rows instead of a product: of some 15,000
//! weights a step touches fewer than 2,000. A test holds it equal to the dense net on Burn.
//!
//! Layout of the column of weights: input rows [features + (length - 1) vocabulary + length, hidden], their bias
//! [hidden], output matrix [hidden, vocabulary] and bias [vocabulary].

use crate::chance::normal;
use crate::math;
use crate::tensor::kernels::{add_scaled, product, product_of_columns, softmax, transpose};
use rand::Rng;

/// Deviation of the opening input rows, and variance of the opening output matrix times its hidden units.
const INPUT_SD: f64 = 0.3;
const OUTPUT_VARIANCE: f64 = 0.25;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Numbers that describe the task, all 0 or 1.
    pub features: u32,
    /// Tokens there are.
    pub vocabulary: u32,
    /// Tokens of the longest output.
    pub length: u32,
    /// Hidden units.
    pub hidden: u32,
}

impl Shape {
    /// Rows of the first layer.
    pub fn rows(&self) -> usize {
        (self.features + (self.length - 1) * self.vocabulary + self.length) as usize
    }

    pub fn params(&self) -> usize {
        let (hidden, vocabulary) = (self.hidden as usize, self.vocabulary as usize);
        self.rows() * hidden + hidden + hidden * vocabulary + vocabulary
    }
}

/// A net and its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct TinyAr {
    pub shape: Shape,
    pub params: Vec<f32>,
}

/// States side by side: a task's features with the tokens so far, as the rows of the first layer that they light up.
#[derive(Clone, Debug, Default)]
pub struct States {
    lit: Vec<u32>,
    /// Where each state's rows end.
    ends: Vec<u32>,
}

impl States {
    pub fn clear(&mut self) {
        self.lit.clear();
        self.ends.clear();
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A state: the features that are 1, and the tokens put out so far.
    pub fn push(&mut self, shape: &Shape, features: &[u32], earlier: &[u8]) {
        debug_assert!(features.iter().all(|f| *f < shape.features), "features in range");
        debug_assert!(earlier.len() < shape.length as usize, "a step is left");
        self.lit.extend_from_slice(features);
        let mut from = shape.features;
        for token in earlier {
            self.lit.push(from + u32::from(*token));
            from += shape.vocabulary;
        }
        let steps = shape.features + (shape.length - 1) * shape.vocabulary;
        self.lit.push(steps + earlier.len() as u32);
        self.ends.push(self.lit.len() as u32);
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.lit[from as usize..*to as usize])
    }
}

/// What a forward pass leaves for the backward one.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// [states, hidden]
    hidden: Vec<f32>,
    /// [states, vocabulary]
    likely: Vec<f32>,
    /// [states, hidden]
    delta: Vec<f32>,
    /// The output matrix turned, [vocabulary, hidden].
    turned: Vec<f32>,
}

impl Pass {
    /// Probabilities, [states, vocabulary].
    pub fn likely(&self) -> &[f32] {
        &self.likely
    }
}

/// The parts of a column of weights.
struct Parts<T> {
    rows: T,
    bias: T,
    out: T,
    out_bias: T,
}

impl TinyAr {
    /// Input rows N(0, 0.3^2), output N(0, 0.25 / hidden), biases 0.
    pub fn new(shape: Shape, rng: &mut impl Rng) -> Self {
        let (hidden, vocabulary) = (shape.hidden as usize, shape.vocabulary as usize);
        let mut params = Vec::with_capacity(shape.params());
        params.extend((0..shape.rows() * hidden).map(|_| (INPUT_SD * normal(rng)) as f32));
        params.extend(std::iter::repeat_n(0.0, hidden));
        let sd = (OUTPUT_VARIANCE / hidden as f64).sqrt();
        params.extend((0..hidden * vocabulary).map(|_| (sd * normal(rng)) as f32));
        params.extend(std::iter::repeat_n(0.0, vocabulary));
        Self { shape, params }
    }

    pub fn is_finite(&self) -> bool {
        self.params.iter().all(|p| p.is_finite())
    }

    fn parts(&self) -> Parts<&[f32]> {
        let (hidden, vocabulary) = (self.shape.hidden as usize, self.shape.vocabulary as usize);
        let (rows, rest) = self.params.split_at(self.shape.rows() * hidden);
        let (bias, rest) = rest.split_at(hidden);
        let (out, out_bias) = rest.split_at(hidden * vocabulary);
        Parts { rows, bias, out, out_bias }
    }

    /// Probabilities of the next token in each state, into `pass.likely()`.
    pub fn forward(&self, states: &States, pass: &mut Pass) {
        let of = self.parts();
        let (hidden, vocabulary) = (self.shape.hidden as usize, self.shape.vocabulary as usize);
        pass.hidden.clear();
        for lit in states.iter() {
            let at = pass.hidden.len();
            pass.hidden.extend_from_slice(of.bias);
            for row in lit {
                let row = &of.rows[*row as usize * hidden..][..hidden];
                add_scaled(&mut pass.hidden[at..], 1.0, row);
            }
        }
        pass.hidden.iter_mut().for_each(|x| *x = math::tanh_f32(*x));
        pass.likely.resize(states.len() * vocabulary, 0.0);
        product(&mut pass.likely, &pass.hidden, of.out, Some(of.out_bias), hidden, vocabulary);
        pass.likely.chunks_exact_mut(vocabulary).for_each(softmax);
    }

    /// The gradient of all weights, written over `gradient`, from the slope over the logits [states, vocabulary];
    /// after `forward` on the same states.
    pub fn backward(&self, states: &States, pass: &mut Pass, slope: &[f32], gradient: &mut [f32]) {
        let (hidden, vocabulary) = (self.shape.hidden as usize, self.shape.vocabulary as usize);
        gradient.fill(0.0);
        if states.is_empty() {
            return;
        }
        let (rows, rest) = gradient.split_at_mut(self.shape.rows() * hidden);
        let (bias, rest) = rest.split_at_mut(hidden);
        let (out, out_bias) = rest.split_at_mut(hidden * vocabulary);
        product_of_columns(out, &pass.hidden, slope, hidden, vocabulary);
        slope.chunks_exact(vocabulary).for_each(|one| add_scaled(out_bias, 1.0, one));
        pass.turned.resize(hidden * vocabulary, 0.0);
        transpose(&mut pass.turned, self.parts().out, vocabulary);
        pass.delta.resize(states.len() * hidden, 0.0);
        product(&mut pass.delta, slope, &pass.turned, None, vocabulary, hidden);
        for (delta, value) in pass.delta.iter_mut().zip(&pass.hidden) {
            *delta *= 1.0 - value * value;
        }
        for (lit, delta) in states.iter().zip(pass.delta.chunks_exact(hidden)) {
            add_scaled(bias, 1.0, delta);
            for row in lit {
                add_scaled(&mut rows[*row as usize * hidden..][..hidden], 1.0, delta);
            }
        }
    }

    /// Outputs of full length, each token the likeliest one (the first of equals): [tasks, length].
    pub fn greedy<'a>(&self, tasks: impl Iterator<Item = &'a [u32]> + Clone) -> Vec<u8> {
        let (length, vocabulary) = (self.shape.length as usize, self.shape.vocabulary as usize);
        let mut said: Vec<u8> = vec![0; tasks.clone().count() * length];
        let (mut states, mut pass) = (States::default(), Pass::default());
        for step in 0..length {
            states.clear();
            for (features, said) in tasks.clone().zip(said.chunks_exact(length)) {
                states.push(&self.shape, features, &said[..step]);
            }
            self.forward(&states, &mut pass);
            for (said, likely) in
                said.chunks_exact_mut(length).zip(pass.likely.chunks_exact(vocabulary))
            {
                said[step] = likeliest(likely);
            }
        }
        said
    }
}

fn likeliest(likely: &[f32]) -> u8 {
    let mut best = 0;
    for (token, p) in likely.iter().enumerate() {
        if *p > likely[best] {
            best = token;
        }
    }
    best as u8
}

/// ln p, kept finite where a probability has gone to 0.
pub fn log(p: f32) -> f32 {
    math::ln_f32(if p > f32::MIN_POSITIVE { p } else { f32::MIN_POSITIVE })
}

/// Rollouts of one task, drawn from the net as it is.
#[derive(Clone, Debug, Default)]
pub struct Rollouts {
    /// [rollouts, length]
    pub tokens: Vec<u8>,
    /// ln p of each token when it was drawn, [rollouts, length].
    pub log_old: Vec<f32>,
    /// Mean entropy of the distributions that the tokens were drawn from, nats.
    pub entropy: f64,
}

/// Draws rollouts. Those of one task that begin alike share the work: each beginning is computed once.
#[derive(Clone, Debug, Default)]
pub struct Sampler {
    states: States,
    pass: Pass,
    /// The state that each rollout is in.
    at: Vec<u32>,
    /// States of the next step: where they come from, and by which token.
    next: Vec<(u32, u8)>,
}

impl Sampler {
    /// One rollout for each row of `luck` [rollouts, length], numbers in 0..1: a token is the place of its number in
    /// the distribution. The same luck and the same net give the same rollout, whoever else is drawn beside it.
    pub fn draw(&mut self, net: &TinyAr, features: &[u32], luck: &[f32], out: &mut Rollouts) {
        let (length, vocabulary) = (net.shape.length as usize, net.shape.vocabulary as usize);
        let count = luck.len() / length;
        out.tokens.clear();
        out.tokens.resize(count * length, 0);
        out.log_old.clear();
        out.log_old.resize(count * length, 0.0);
        out.entropy = 0.0;
        self.at.clear();
        self.at.resize(count, 0);
        self.states.clear();
        self.states.push(&net.shape, features, &[]);
        for step in 0..length {
            net.forward(&self.states, &mut self.pass);
            self.next.clear();
            for rollout in 0..count {
                let place = rollout * length + step;
                let state = self.at[rollout];
                let likely = &self.pass.likely[state as usize * vocabulary..][..vocabulary];
                let token = drawn(likely, luck[place]);
                out.tokens[place] = token;
                out.log_old[place] = log(likely[usize::from(token)]);
                out.entropy += entropy(likely);
                let known = self.next.iter().position(|next| *next == (state, token));
                self.at[rollout] = known.unwrap_or(self.next.len()) as u32;
                if known.is_none() {
                    self.next.push((state, token));
                }
            }
            self.open(net, features, out, step);
        }
        out.entropy /= luck.len().max(1) as f64;
    }

    /// The states after this step, one for each beginning that was drawn.
    fn open(&mut self, net: &TinyAr, features: &[u32], out: &Rollouts, step: usize) {
        let length = net.shape.length as usize;
        if step + 1 == length {
            return;
        }
        self.states.clear();
        for state in 0..self.next.len() as u32 {
            let first = self.at.iter().position(|at| *at == state);
            let first = first.expect("a state is opened by the rollout that is in it");
            let earlier = &out.tokens[first * length..first * length + step + 1];
            self.states.push(&net.shape, features, earlier);
        }
    }
}

/// The token in whose share of 0..1 the number lies.
fn drawn(likely: &[f32], luck: f32) -> u8 {
    let mut sum = 0.0;
    for (token, p) in likely.iter().enumerate() {
        sum += p;
        if luck < sum {
            return token as u8;
        }
    }
    // The sum may miss 1 by a hair.
    likeliest(likely)
}

/// Nats.
fn entropy(likely: &[f32]) -> f64 {
    likely.iter().map(|p| f64::from(-p * log(*p))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use burn::tensor::activation::log_softmax;
    use burn::tensor::{Device, Tensor, TensorData};
    use rand::RngExt;

    const SHAPE: Shape = Shape { features: 20, vocabulary: 6, length: 3, hidden: 10 };

    fn net() -> TinyAr {
        let mut net = TinyAr::new(SHAPE, &mut Chance::new(1).stream(0, "net"));
        // Biases that are not 0, so that a mistake with them shows.
        net.params.iter_mut().enumerate().for_each(|(i, p)| *p += (i % 7) as f32 * 0.01);
        net
    }

    fn states() -> States {
        let mut states = States::default();
        states.push(&SHAPE, &[0, 7, 19], &[]);
        states.push(&SHAPE, &[3], &[5]);
        states.push(&SHAPE, &[3, 4], &[0, 5]);
        states.push(&SHAPE, &[11], &[2, 2]);
        states.push(&SHAPE, &[12, 3], &[]);
        states
    }

    /// The dense net on Burn: log-probabilities [states, vocabulary] and the gradient of their weighted sum.
    fn dense(net: &TinyAr, states: &States, weight: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let device = Device::flex().autodiff();
        let (rows, hidden) = (SHAPE.rows(), SHAPE.hidden as usize);
        let vocabulary = SHAPE.vocabulary as usize;
        let leaf = |from: &[f32], shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(from.to_vec(), shape), &device).require_grad()
        };
        let of = net.parts();
        let leaves = [
            leaf(of.rows, [rows, hidden]),
            leaf(of.bias, [1, hidden]),
            leaf(of.out, [hidden, vocabulary]),
            leaf(of.out_bias, [1, vocabulary]),
        ];
        let mut input = vec![0.0f32; states.len() * rows];
        for (state, lit) in states.iter().enumerate() {
            lit.iter().for_each(|row| input[state * rows + *row as usize] = 1.0);
        }
        let input = Tensor::<2>::from_data(TensorData::new(input, [states.len(), rows]), &device);
        let inside = (input.matmul(leaves[0].clone()) + leaves[1].clone()).tanh();
        let likely = log_softmax(inside.matmul(leaves[2].clone()) + leaves[3].clone(), 1);
        let weight = TensorData::new(weight.to_vec(), [states.len(), vocabulary]);
        let weight = Tensor::<2>::from_data(weight, &device);
        let slopes = (likely.clone() * weight).sum().backward();
        let numbers = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
        let gradient =
            leaves.iter().flat_map(|leaf| numbers(leaf.grad(&slopes).unwrap())).collect();
        (numbers(likely), gradient)
    }

    #[test]
    fn gathered_rows_are_the_dense_net_of_burn_forward_and_backward() {
        let (net, states) = (net(), states());
        let mut rng = Chance::new(2).stream(0, "weights");
        let vocabulary = SHAPE.vocabulary as usize;
        let weight: Vec<f32> =
            (0..states.len() * vocabulary).map(|_| rng.random_range(-1.0..1.0)).collect();
        let (expected, expected_gradient) = dense(&net, &states, &weight);
        let mut pass = Pass::default();
        net.forward(&states, &mut pass);
        for (p, expected) in pass.likely().iter().zip(&expected) {
            assert!((log(*p) - expected).abs() < 1e-5, "{} {expected}", log(*p));
        }
        // d of the weighted sum of log p over logit k: w_k - p_k times the sum of all w.
        let mut slope = Vec::new();
        for (w, p) in weight.chunks_exact(vocabulary).zip(pass.likely().chunks_exact(vocabulary)) {
            let total: f32 = w.iter().sum();
            slope.extend(w.iter().zip(p).map(|(w, p)| w - p * total));
        }
        let mut gradient = vec![f32::NAN; net.params.len()];
        net.backward(&states, &mut pass, &slope, &mut gradient);
        assert_eq!(gradient.len(), expected_gradient.len());
        for (i, (g, expected)) in gradient.iter().zip(&expected_gradient).enumerate() {
            assert!((g - expected).abs() < 1e-5, "{i}: {g} {expected}");
        }
    }

    #[test]
    fn rollouts_come_as_often_as_the_net_says_and_do_not_depend_on_their_neighbors() {
        let net = net();
        let (mut sampler, mut all, mut alone) =
            (Sampler::default(), Rollouts::default(), Rollouts::default());
        let mut rng = Chance::new(3).stream(0, "luck");
        let count = 20_000;
        let luck: Vec<f32> = (0..count * 3).map(|_| rng.random()).collect();
        sampler.draw(&net, &[2, 5], &luck, &mut all);
        let mut states = States::default();
        states.push(&SHAPE, &[2, 5], &[]);
        states.push(&SHAPE, &[2, 5], &[4]);
        let mut pass = Pass::default();
        net.forward(&states, &mut pass);
        let share = |token: u8, of: &dyn Fn(&&[u8]) -> bool| {
            let of: Vec<&[u8]> = all.tokens.chunks_exact(3).filter(|t| of(t)).collect();
            let step = if of.len() == count { 0 } else { 1 };
            of.iter().filter(|t| t[step] == token).count() as f64 / of.len() as f64
        };
        for token in 0..6u8 {
            let expected = f64::from(pass.likely()[usize::from(token)]);
            assert!((share(token, &|_| true) - expected).abs() < 0.012);
            let expected = f64::from(pass.likely()[6 + usize::from(token)]);
            assert!((share(token, &|t| t[0] == 4) - expected).abs() < 0.03);
        }
        for (place, luck) in luck.chunks_exact(3).take(30).enumerate() {
            sampler.draw(&net, &[2, 5], luck, &mut alone);
            assert_eq!(alone.tokens, all.tokens[place * 3..][..3]);
            assert_eq!(alone.log_old, all.log_old[place * 3..][..3]);
        }
        assert!(all.entropy > 1.0 && all.entropy < math::ln(6.0));
    }

    #[test]
    fn greedy_takes_the_likeliest_token_of_each_step() {
        let net = net();
        let tasks: [&[u32]; 2] = [&[1, 2], &[9]];
        let said = net.greedy(tasks.into_iter());
        let (mut states, mut pass) = (States::default(), Pass::default());
        for (task, said) in tasks.iter().zip(said.chunks_exact(3)) {
            for step in 0..3 {
                states.clear();
                states.push(&SHAPE, task, &said[..step]);
                net.forward(&states, &mut pass);
                let top = pass.likely().iter().copied().fold(0.0, f32::max);
                assert_eq!(pass.likely()[usize::from(said[step])], top);
            }
        }
    }

    #[test]
    fn a_default_net_has_some_fifteen_thousand_weights() {
        let shape = Shape { features: 279, vocabulary: 16, length: 2, hidden: 48 };
        assert_eq!((shape.rows(), shape.params()), (297, 15_088));
    }
}
