//! The parameters of a mind: abilities, shares of luck, judging, temper, costs; and named bundles of them.

use super::task::SKILLS_MAX;
use lexicon::Issue;

/// A surrogate mind. Defaults and ranges: section 2 of the specification; all of it is our choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Mind {
    /// Its place in the society, from 0.
    pub id: u32,
    /// Which net it would be; minds of one family err together.
    pub family: u32,
    pub persona: u32,
    /// theta: ability by skill, logits.
    pub theta: [f64; SKILLS_MAX],
    /// c: chance to be right by guessing; none = 1/K.
    pub floor: Option<f64>,
    pub shares: Shares,
    /// D0: judging sharpness where ability meets difficulty.
    pub judging: f64,
    /// dl: its slope in ability less difficulty.
    pub judging_slope: f64,
    /// omega: share of judging noise that all judges have in common.
    pub appeal: f64,
    /// kappa: bonus of one's own standing answer.
    pub inertia: f64,
    /// sigma: weight of the share of peers behind an answer.
    pub sway: f64,
    /// r: chance that a revision also samples a fresh answer.
    pub rethink: f64,
    /// f0: false-alarm rate of a critique.
    pub false_alarm: f64,
    pub bias: Bias,
    /// xi: ability lost per unit of context load.
    pub load_ability: f64,
    /// xi_D: sharpness lost per unit of context load.
    pub load_judging: f64,
    /// W.
    pub window_tokens: f64,
    /// phi0: format failures per unit of load.
    pub garble: f64,
    /// o: offset of the confidence, logits.
    pub overconfidence: f64,
    /// e: how much confidence knows of being right.
    pub validity: f64,
    /// k_abs: chance to notice and withhold a wrong answer.
    pub abstain: f64,
    /// ell: mean tokens of a reply; cv: its coefficient of variation.
    pub reply_tokens: f64,
    pub reply_cv: f64,
    /// Dollars per million tokens read and written; tokens written a second.
    pub price_in: f64,
    pub price_out: f64,
    pub speed_out: f64,
    /// Says, and votes for, the answer that misleads most.
    pub byzantine: bool,
}

/// Shares of the latent noise: what everybody, the family, and the mind itself has in common over samples. The rest
/// is fresh with each sample (the temperature).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    pub global: f64,
    pub family: f64,
    pub own: f64,
}

impl Shares {
    /// Refuses negative shares and sums above 1.
    pub fn new(global: f64, family: f64, own: f64) -> Result<Self, Issue> {
        let shares = Self { global, family, own };
        let fits = [global, family, own].iter().all(|w| *w >= 0.0) && shares.fresh() >= -1e-12;
        fits.then_some(shares).ok_or_else(|| Issue {
            dial: "shares".into(),
            given: format!("{global}, {family}, {own}"),
            says: "the shares of luck are not negative and sum up to at most 1".into(),
        })
    }

    /// w_e.
    pub fn fresh(&self) -> f64 {
        1.0 - self.global - self.family - self.own
    }
}

impl Default for Shares {
    fn default() -> Self {
        Self { global: 0.10, family: 0.25, own: 0.30 }
    }
}

/// Leanings of a judge, in units of worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bias {
    /// For its own text.
    pub own: f64,
    /// For its family's texts.
    pub family: f64,
    /// For length: per ln(tokens / its own mean).
    pub length: f64,
    /// For what claims authority.
    pub authority: f64,
    /// Against the first of a pair.
    pub order: f64,
}

impl Default for Mind {
    fn default() -> Self {
        Self {
            id: 0,
            family: 0,
            persona: 0,
            theta: [0.0; SKILLS_MAX],
            floor: None,
            shares: Shares::default(),
            judging: 0.9,
            judging_slope: 0.5,
            appeal: 0.3,
            inertia: 0.6,
            sway: 1.0,
            rethink: 0.2,
            false_alarm: 0.10,
            bias: Bias::default(),
            load_ability: 0.10,
            load_judging: 0.10,
            window_tokens: 8192.0,
            garble: 0.0,
            overconfidence: 1.0,
            validity: 0.5,
            abstain: 0.0,
            reply_tokens: 250.0,
            reply_cv: 0.25,
            price_in: 0.15,
            price_out: 0.60,
            speed_out: 60.0,
            byzantine: false,
        }
    }
}

/// A temper: how a mind takes the answers of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    EasyGoing,
    Overconfident,
    Stubborn,
    Sheep,
    Byzantine,
}

/// How good a net stands behind the mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    Weak,
    Mid,
    Strong,
    Frontier,
}

impl Mind {
    /// The same ability in every skill.
    pub fn able(mut self, theta: f64) -> Self {
        self.theta = [theta; SKILLS_MAX];
        self
    }

    pub fn with_trait(mut self, temper: Trait) -> Self {
        let set = |mind: &mut Self, inertia: f64, sway: f64, rethink: f64| {
            (mind.inertia, mind.sway, mind.rethink) = (inertia, sway, rethink);
        };
        let rethink = self.rethink;
        match temper {
            Trait::EasyGoing => set(&mut self, 0.4, 1.0, 0.10),
            Trait::Overconfident => {
                set(&mut self, 1.2, 0.4, 0.05);
                self.overconfidence = 2.0;
            }
            Trait::Stubborn => set(&mut self, 3.0, 0.0, rethink),
            Trait::Sheep => set(&mut self, 0.0, 4.0, rethink),
            Trait::Byzantine => self.byzantine = true,
        }
        self
    }

    pub fn with_tier(mut self, tier: Tier) -> Self {
        let strong = Shares { global: 0.15, family: 0.40, own: 0.30 };
        let (judging, load, shares) = match tier {
            Tier::Weak => (0.5, 0.25, Shares::default()),
            Tier::Mid => (0.9, 0.15, self.shares),
            Tier::Strong => (1.2, 0.05, strong),
            Tier::Frontier => (1.8, 0.02, Shares { global: 0.20, ..strong }),
        };
        if tier == Tier::Weak {
            self.rethink = 0.3;
        }
        (self.judging, self.load_ability, self.shares) = (judging, load, shares);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_past_one_are_refused_by_name() {
        assert!(Shares::new(0.1, 0.25, 0.3).is_ok());
        assert!(Shares::new(1.0, 0.0, 0.0).is_ok());
        assert_eq!(Shares::new(0.5, 0.4, 0.3).unwrap_err().dial, "shares");
        assert!(Shares::new(-0.1, 0.4, 0.3).is_err());
    }
}
