//! What the download weighs and how fast it runs. Numbers, not tests: a machine's noise fails nobody.

use crate::command::{command, run};
use crate::steps::{Steps, Stop};
use crate::{site, test, tools};

pub fn bench(steps: &mut Steps, name: Option<&str>) {
    let known = ["sizes", "rounds", "page"];
    if let Some(name) = name.filter(|name| !known.contains(name)) {
        let why = format!("“{name}” is no bench: {}", known.join(", "));
        steps.run("bench", || Err::<(), _>(Stop::Failed(why)));
        return;
    }
    let wanted = |bench: &str| name.is_none_or(|name| name == bench);
    if wanted("rounds") {
        // The release profile, so that the dependencies of the tests serve here too.
        steps
            .run("rounds", || run(&mut command("cargo", "bench --profile release --bench rounds")));
    }
    if !(wanted("sizes") || wanted("page")) {
        return;
    }
    if !(test::tools_for_the_site(steps) && site::build_step(steps)) {
        return;
    }
    if wanted("sizes") {
        steps.run("sizes", || run(&mut tools::with_tools("node", "NODE", "benches/sizes.mjs")));
    }
    if wanted("page") && steps.run("tools: chromium", tools::browser) {
        steps.run("page", || run(&mut tools::with_tools("node", "NODE", "benches/page.mjs")));
    }
}
