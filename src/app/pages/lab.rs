//! A system: dials, stage, transport, curves, claims. In the order of reading; the style sheet sets the columns.

use crate::panels::{
    about, caption, claims, curves, data, dials, intro, mind, stage, strips, sweep, transport,
};
use crate::parts::later::region;
use crate::parts::seen::{Seen, hash};
use crate::parts::still::still;
use crate::state::rest::STORY;
use crate::state::{Lab, Model, Msg};
use yew::prelude::*;

pub fn view(model: &Model, lab: &Lab, send: &Callback<Msg>) -> Html {
    let seen = Seen::new(model, lab, send);
    let read = lab.view.read;
    html! {
        <div class={classes!("lab", read.then_some("read"))}>
            <div class="left">
                { still("intro", hash(&seen.key), || intro::view(&seen)) }
                if !read { { still("dials", dials::version(&seen), || dials::view(&seen)) } }
            </div>
            <main id="main" tabindex="-1" class="middle">
                { mind::strip(&seen) }
                { data::strip(&seen) }
                { strips::notices(&seen) }
                { stage::view(&seen) }
                { caption::view(&seen) }
                { transport::view(&seen) }
                { curves::view(&seen) }
                if !read { { still("sweep", sweep::version(&seen), || sweep::view(&seen)) } }
            </main>
            <div class="right">
                { region(&seen, (0, "claims", "Claims of the paper"), claims::version(&seen), |rest| rest.claims) }
                { region(&seen, (STORY, "about", "About"), about::version(&seen), |rest| rest.about) }
            </div>
        </div>
    }
}
