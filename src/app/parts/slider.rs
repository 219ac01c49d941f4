//! A slider for a number: by ratio where the dial is logarithmic, with the paper's own value marked.

use crate::state::Msg;
use lexicon::{Dial, Kind, dial, number};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Places on a logarithmic slider.
const PLACES: f64 = 1000.0;

/// What the native slider moves over.
struct Range {
    min: f64,
    max: f64,
    step: f64,
    /// `min` and `max` are then of the dial, and the slider goes from 0 to `PLACES`.
    log: bool,
    whole: bool,
}

fn range(kind: &Kind) -> Option<Range> {
    match kind {
        Kind::Int { min, max, log } => Some(Range {
            min: *min as f64,
            max: *max as f64,
            step: 1.0,
            log: *log && *min > 0,
            whole: true,
        }),
        Kind::Real { min, max, log, step } => {
            let step = step.unwrap_or_else(|| nice(max - min));
            Some(Range { min: *min, max: *max, step, log: *log && *min > 0.0, whole: false })
        }
        _ => None,
    }
}

/// A step of 1, 2 or 5 times a power of ten, about a hundred of them to the range.
fn nice(range: f64) -> f64 {
    let mut step = 1e-9;
    for power in -9..=9 {
        for digit in [1.0, 2.0, 5.0] {
            if let Some(candidate) = number::read(&format!("{digit}e{power}"))
                && candidate * 100.0 <= range * 1.001
            {
                step = candidate;
            }
        }
    }
    step
}

impl Range {
    /// Where a value stands between the ends, 0..1.
    #[allow(clippy::disallowed_methods)] // a place on the screen, no number of a run
    fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.min, self.max);
        let share = if self.log {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The dial's text for what the slider says.
    #[allow(clippy::disallowed_methods)] // as in `spread`: a value made for a form, then text in the link
    fn text(&self, slid: f64) -> String {
        let value = match self.log {
            true => self.min * (self.max / self.min).powf((slid / PLACES).clamp(0.0, 1.0)),
            false => slid,
        };
        match (self.whole, self.log) {
            (true, _) => format!("{:.0}", value.round()),
            (false, true) => {
                let rounded = number::read(&format!("{value:.2e}")).unwrap_or(value);
                format!("{}", rounded.clamp(self.min, self.max))
            }
            // Sums of steps carry dust; six digits do not.
            (false, false) => format!("{}", number::read(&format!("{value:.6}")).unwrap_or(value)),
        }
    }
}

pub fn slider(dial: &Dial, value: f64, test: &str, described: &str, send: &Callback<Msg>) -> Html {
    let Some(range) = range(&dial.kind) else { return Html::default() };
    let (min, max, step, at) = match range.log {
        true => (0.0, PLACES, 1.0, range.share(value) * PLACES),
        false => (range.min, range.max, range.step, value),
    };
    let fill = range.share(value);
    let paper = dial.paper.as_ref().and_then(|p| p.as_f64()).map(|p| range.share(p));
    let turned = |commit: bool| {
        let (name, send) = (dial.name.clone(), send.clone());
        let Some(range) = self::range(&dial.kind) else { return Callback::noop() };
        Callback::from(move |input: HtmlInputElement| {
            let text = range.text(input.value_as_number());
            send.emit(Msg::Dial { name: name.clone(), text, commit });
        })
    };
    let oninput = turned(false).reform(|e: InputEvent| e.target_unchecked_into());
    let onchange = turned(true).reform(|e: Event| e.target_unchecked_into());
    let words = super::words::with_unit(dial::write(&value.into()), &dial.unit);
    html! {
        <span class="slider" style={format!("--fill:{fill:.4}")}>
            <input type="range" min={min.to_string()} max={max.to_string()} step={step.to_string()}
                value={at.to_string()} aria-label={dial.label.clone()} aria-valuetext={words}
                aria-describedby={described.to_string()} data-test={test.to_string()} {oninput} {onchange} />
            if let Some(at) = paper {
                <span class="paper-mark" style={format!("--at:{at:.4}")}
                    title={format!("The paper: {}", dial.paper.as_ref().map(dial::write).unwrap_or_default())} />
            }
        </span>
    }
}
