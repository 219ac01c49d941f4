//! Legends in HTML: an arm is a line with its color and dash, a tone is a shape with its color.

use draw::theme::{ARMS, arm_dash, tone_shape};
use draw::{Shape, Theme};
use lexicon::Sheet;
use lexicon::scene::Key;
use yew::prelude::*;

/// The arm's color, dash and marker: by its place among the arms of its system. Where a system has more arms than
/// there are colors, two chosen ones never share one: the later takes the first that is free.
pub fn place(sheet: &Sheet, chosen: &[String], arm: &str) -> usize {
    let own = |id: &str| sheet.arms.iter().position(|a| a.id == id).unwrap_or(0) % ARMS;
    let mut taken: Vec<usize> = Vec::new();
    for id in chosen {
        let wanted = own(id);
        let place = if taken.contains(&wanted) {
            (0..ARMS).find(|free| !taken.contains(free)).unwrap_or(wanted)
        } else {
            wanted
        };
        if id == arm {
            return place;
        }
        taken.push(place);
    }
    own(arm)
}

/// The arm's name for a person; the id where the card knows none.
pub fn label(sheet: &Sheet, arm: &str) -> String {
    sheet.arm(arm).map_or_else(|| arm.to_string(), |a| a.label.to_string())
}

pub fn arm(place: usize) -> Html {
    let dashes: Vec<String> = arm_dash(place).iter().map(f64::to_string).collect();
    html! {
        <svg class={format!("swatch arm-{}", place % ARMS)} viewBox="0 0 28 10" width="28" height="10"
            aria-hidden="true" focusable="false">
            <line x1="1" y1="5" x2="27" y2="5" stroke="currentColor" stroke-width="2.5"
                stroke-dasharray={dashes.join(" ")} />
        </svg>
    }
}

fn tone(theme: Theme, arm: usize, key: &Key) -> Html {
    html! { <li>{ mark(theme, arm, key.tone) }{ &key.label }</li> }
}

/// The shape and color of a tone, as large as a word.
pub fn mark(theme: Theme, arm: usize, tone: u8) -> Html {
    let color = theme.tone(arm, tone).css();
    let shape: Shape = tone_shape(tone);
    let (fill, stroke) =
        if shape.hollow() { ("none".to_string(), color) } else { (color, "none".to_string()) };
    html! {
        <svg class="tone" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
            <path d={shape.path(6.0, 6.0, 4.5)} {fill} {stroke} stroke-width="1.8" />
        </svg>
    }
}

/// The classes of a scene; nothing where it has none.
pub fn legend(theme: Theme, arm: usize, keys: &[Key]) -> Html {
    if keys.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="tones">{ for keys.iter().map(|key| tone(theme, arm, key)) }</ul>
    }
}
