//! What the page and a worker say to each other. No u64 crosses: a browser's numbers could not hold it.
//!
//! A seat may hold several runs at once. It computes ahead of what is shown: each run goes on until the round that
//! the page has allowed, so the page alone decides about pace, pause and scrubbing, and a pause is instant.

use crate::card::{Entry, find};
use crate::column;
use crate::fault::Fault;
use crate::link::{self, Device, Scenario};
use crate::mind::{Answer, Asks, Minds, Prompt};
use crate::own::{Format, Look};
use crate::round::{Job, Results, Round};
use crate::scene::Scene;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToWorker {
    Start {
        run: u32,
        scenario: Scenario,
        job: Job,
        until: u32,
        watch: Watch,
        minds: Minds,
        /// `Auto`: on the CPU, and measured; the answer is a `FromWorker::Device`.
        device: Device,
    },
    /// The run may go on to this round, and is watched like this from now on.
    Allow {
        run: u32,
        until: u32,
        watch: Watch,
    },
    Stop {
        run: u32,
    },
    /// Judge one claim over finished trials.
    Judge {
        ticket: u32,
        system: String,
        claim: String,
        results: Results,
    },
    /// Read a link: for a host without a codec of its own (`murmuration.js`).
    Open {
        ticket: u32,
        link: String,
    },
    /// A file that scenarios name, before they start: kept in place of the one before.
    File {
        sha256: String,
        #[serde(with = "column")]
        bytes: Vec<u8>,
    },
    /// What is in a file that a person has brought? Label and client are guessed where no format is given.
    Look {
        ticket: u32,
        format: Option<Format>,
        #[serde(with = "column")]
        bytes: Vec<u8>,
    },
    /// What would a round of this scenario ask of a connected model?
    Asks {
        ticket: u32,
        scenario: Scenario,
    },
    /// To an `Ask` of the same ticket. `Fault::Mind`: this one reply is missing; any other fault ends the run.
    Answer {
        ticket: u32,
        answer: Result<Answer, Fault>,
    },
}

/// Which scenes of a run are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    /// None: the run works for a band or a claim.
    Nothing,
    /// The newest one of each message: the run goes flat out.
    Newest,
    /// One a round: a person watches it at a pace that the eye follows.
    Every,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker is up; `build` must equal the page's own.
    Ready {
        build: String,
    },
    /// Rounds since the last message; scenes with the round they belong to.
    Rounds {
        run: u32,
        rounds: Vec<Round>,
        scenes: Vec<(u32, Vec<Scene>)>,
    },
    Finished {
        run: u32,
    },
    Failed {
        run: u32,
        fault: Fault,
    },
    Judged {
        ticket: u32,
        verdict: Result<Verdict, Fault>,
    },
    /// To an `Open` of the same ticket. The error is a sentence, as such a host has none of ours.
    Opened {
        ticket: u32,
        opened: Result<Opening, String>,
    },
    /// To an `Asks` of the same ticket; none: no model can stand in there.
    Asks {
        ticket: u32,
        asks: Option<Asks>,
    },
    /// A run asks the connected model: the page alone holds the way there.
    Ask {
        run: u32,
        ticket: u32,
        prompt: Prompt,
    },
    /// Where a run with kernels computes, or that it had better compute on the GPU (`faster`), and why.
    Device {
        run: u32,
        on_gpu: bool,
        faster: bool,
        says: String,
    },
    /// To a `Look` of the same ticket.
    Looked {
        ticket: u32,
        look: Result<Look, String>,
    },
    /// A bug of ours: the worker is dead after this.
    Crashed {
        says: String,
    },
}

/// A link that can be run, with the names of what it yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The scenario's own link.
    pub link: String,
    pub scenario: Scenario,
    pub title: String,
    /// Of the scenario, in its order.
    pub arms: Vec<Named>,
    pub metrics: Vec<Named>,
    /// What the link wishes its kernels to work on.
    pub device: Device,
    /// What the link had that was named and ignored.
    pub notices: Vec<String>,
}

/// An arm or a metric. `unit`: of a metric, else empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub label: String,
    pub unit: String,
}

impl Opening {
    /// Reads a link as the page does. A value that a dial refuses is an error here: nobody could turn the dial.
    pub fn read(given: &str, catalogue: &[Entry]) -> Result<Self, String> {
        let opened = link::decode(given, catalogue).map_err(|fault| fault.to_string())?;
        if !opened.issues.is_empty() {
            return Err(Fault::Params(opened.issues).to_string());
        }
        let scenario = opened.scenario;
        let entry = find(catalogue, &scenario.system).ok_or("The system of this link is gone.")?;
        let sheet = (entry.sheet)();
        let named = |id: &str, label: &str, unit: &str| Named {
            id: id.to_string(),
            label: label.to_string(),
            unit: unit.to_string(),
        };
        let arms = scenario.arms.iter().filter_map(|id| sheet.arm(id));
        Ok(Self {
            link: link::canonical(&sheet, &scenario),
            title: sheet.card.title.to_string(),
            arms: arms.map(|arm| named(arm.id, arm.label, "")).collect(),
            metrics: sheet.card.metrics.iter().map(|m| named(m.id, m.label, m.unit)).collect(),
            device: opened.view.device,
            notices: opened.notices,
            scenario,
        })
    }
}

#[cfg(feature = "web")]
pub mod js {
    //! To and from JavaScript values: maps as objects, columns as typed arrays.
    use serde::{Serialize, de::DeserializeOwned};
    use wasm_bindgen::JsValue;

    pub fn encode<T: Serialize>(message: &T) -> JsValue {
        let to = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
        message.serialize(&to).expect("a message of ours has no value that JavaScript lacks")
    }

    /// The error names what did not fit; the sender is then not one of ours.
    pub fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, String> {
        serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())
    }

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen::prelude::wasm_bindgen;

    #[cfg(target_arch = "wasm32")]
    #[wasm_bindgen]
    extern "C" {
        /// The browser reads a number: rounded to the nearest, as Rust does.
        #[wasm_bindgen(js_name = Number)]
        pub fn parse(text: &str) -> f64;
    }
}
