//! A region that changes seldom: made and compared anew only when its version is another one, not on every frame.

use super::seen::kept;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Clone, Properties)]
struct Props {
    version: u64,
    content: Rc<Html>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

#[component]
fn Still(props: &Props) -> Html {
    (*props.content).clone()
}

/// `version` must stand for everything that `make` looks at.
pub fn still(place: &str, version: u64, make: impl FnOnce() -> Html) -> Html {
    let content = kept(place, version, make);
    html! { <Still {version} {content} /> }
}
