//! Tokens, dollars and seconds: counted, never measured. The constants are a price list, not a net.

use super::answer::Moment;
use super::mind::Mind;
use super::normal;
use crate::chance::Chance;
use crate::math;

/// Tokens of the frame around every prompt: our choice, section 6.
pub const PROMPT_TOKENS: f64 = 60.0;

/// What a round has cost. Add up over calls; seconds are those of the critical path, which only the system knows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    pub calls: u32,
    pub prompt_tokens: f64,
    pub completion_tokens: f64,
    /// Messages dropped because a window was full.
    pub truncated: u32,
    pub dollars: f64,
    pub seconds: f64,
}

impl Cost {
    /// Prompt and completion.
    pub fn tokens(&self) -> f64 {
        self.prompt_tokens + self.completion_tokens
    }

    /// A call of `mind`; returns the seconds it takes, for the caller's critical path.
    pub fn call(&mut self, mind: &Mind, prompt_tokens: f64, completion_tokens: f64) -> f64 {
        self.calls += 1;
        self.prompt_tokens += prompt_tokens;
        self.completion_tokens += completion_tokens;
        self.dollars += (prompt_tokens * mind.price_in + completion_tokens * mind.price_out) / 1e6;
        completion_tokens / mind.speed_out
    }
}

/// Length of a reply: ell LogNormal(mean 1, cv), times what the task asks for.
pub fn reply_tokens(
    chance: Chance,
    mind: &Mind,
    question: u32,
    moment: Moment,
    factor: f64,
) -> f64 {
    let address = [question, mind.id, moment.round, moment.turn];
    let variance = math::ln_1p(mind.reply_cv * mind.reply_cv);
    let z = normal(&mut chance.at("how long a reply is", &address));
    factor * mind.reply_tokens * math::exp(variance.sqrt() * z - variance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_have_the_stated_mean_and_variation() {
        let mind = Mind::default();
        let all: Vec<f64> = (0..20_000)
            .map(|q| reply_tokens(Chance::new(1), &mind, q, Moment::default(), 2.0))
            .collect();
        let mean = all.iter().sum::<f64>() / 20_000.0;
        let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
        assert!((mean / 500.0 - 1.0).abs() < 0.01, "{mean}");
        assert!((variance.sqrt() / mean - 0.25).abs() < 0.01);
    }

    #[test]
    fn a_call_costs_what_the_list_says() {
        let mut cost = Cost::default();
        let seconds = cost.call(&Mind::default(), 1e6, 600.0);
        assert!((cost.dollars - (0.15 + 600.0 * 0.6e-6)).abs() < 1e-12);
        assert!((seconds - 10.0).abs() < 1e-12);
        assert_eq!((cost.calls, cost.tokens()), (1, 1_000_600.0));
    }
}
