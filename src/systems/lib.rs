//! The papers, one file each, and the two lists that everybody else works from.

pub mod dec_pomfc;
pub mod fedamd;
pub mod fedstale;
pub mod fortytwo;
pub mod hogwild;
pub mod large_population_models;
pub mod mc_grpo;
pub mod oasis;
pub mod onset_of_order;
pub mod pccl;
pub mod phase_transition;
pub mod revision_or_resolving;
pub mod sapo;
pub mod swarmbench;

#[cfg(test)]
mod asked;

use engine::run::{Starter, entry, starter};
use lexicon::{Entry, Fault};

/// What tools show and workers check, and what the page's sheets are written from: cards, dials, rules.
pub const CATALOGUE: &[Entry] = &[
    entry::<dec_pomfc::DecPomfc>(),
    entry::<fedamd::Fedamd>(),
    entry::<fedstale::Fedstale>(),
    entry::<fortytwo::Fortytwo>(),
    entry::<hogwild::Hogwild>(),
    entry::<large_population_models::LargePopulationModels>(),
    entry::<mc_grpo::McGrpo>(),
    entry::<oasis::Oasis>(),
    entry::<onset_of_order::OnsetOfOrder>(),
    entry::<pccl::Pccl>(),
    entry::<phase_transition::PhaseTransition>(),
    entry::<revision_or_resolving::RevisionOrResolving>(),
    entry::<sapo::Sapo>(),
    entry::<swarmbench::Swarmbench>(),
];

/// What workers and tools run, in the same order.
pub const STARTERS: &[Starter] = &[
    starter::<dec_pomfc::DecPomfc>(),
    starter::<fedamd::Fedamd>(),
    starter::<fedstale::Fedstale>(),
    starter::<fortytwo::Fortytwo>(),
    starter::<hogwild::Hogwild>(),
    starter::<large_population_models::LargePopulationModels>(),
    starter::<mc_grpo::McGrpo>(),
    starter::<oasis::Oasis>(),
    starter::<onset_of_order::OnsetOfOrder>(),
    starter::<pccl::Pccl>(),
    starter::<phase_transition::PhaseTransition>(),
    starter::<revision_or_resolving::RevisionOrResolving>(),
    starter::<sapo::Sapo>(),
    starter::<swarmbench::Swarmbench>(),
];

/// A file in a system's folder, by name.
pub type Files = Vec<(&'static str, Vec<u8>)>;

/// Teaches nets: tells its progress, gives the files.
pub type Teach = fn(&mut dyn FnMut(&str)) -> Result<Files, Fault>;

/// A system that ships trained nets, and how they are taught.
pub struct Trainer {
    pub id: &'static str,
    pub teach: Teach,
}

/// What `murmur train` can teach.
pub const TRAINERS: &[Trainer] = &[
    Trainer { id: "dec-pomfc", teach: dec_pomfc::teach },
    Trainer { id: "hogwild", teach: hogwild::teach },
];
