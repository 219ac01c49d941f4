//! What has to hold in a page: it mounts, and pictures come out on a canvas.
#![cfg(target_arch = "wasm32")]

use draw::canvas::Canvas;
use draw::{Look, Theme};
use engine::run::{Host, block_on, start};
use js_sys::Promise;
use lexicon::*;
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, Window};

wasm_bindgen_test_configure!(run_in_browser);

/// Frames that a page may take to show itself.
const FRAMES_MAX: u32 = 200;

fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

fn document() -> Document {
    window().document().expect("a window has a document")
}

async fn frame() {
    let next = Promise::new(&mut |done, _| {
        window().request_animation_frame(&done).expect("a window has frames");
    });
    JsFuture::from(next).await.expect("a frame comes");
}

/// Mounted into an element of its own: on `body` it would take the test runner's output away.
fn mounted() -> Element {
    let root = document().create_element("div").expect("a div");
    document().body().expect("a body").append_child(&root).expect("a body takes a div");
    let sheets: Vec<Sheet> = systems::CATALOGUE.iter().map(|entry| (entry.sheet)()).collect();
    let index = sheets.iter().map(|sheet| Brief::of(sheet, None)).collect();
    app::mount(root.clone(), index, sheets, "test", || Box::pin(async { Some(app::rest()) }));
    root
}

async fn shows(root: &Element, words: &str) -> bool {
    for _ in 0..FRAMES_MAX {
        if root.text_content().unwrap_or_default().contains(words) {
            return true;
        }
        frame().await;
    }
    false
}

#[wasm_bindgen_test]
async fn the_page_mounts_names_every_system_and_follows_the_address() {
    let location = window().location();
    location.set_hash("#/").expect("an address can be set");
    let root = mounted();
    for entry in systems::CATALOGUE {
        let title = (entry.sheet)().card.title;
        assert!(shows(&root, title).await, "the gallery has no {title}");
    }
    for entry in systems::CATALOGUE {
        location.set_hash(&format!("#/{}?play=0", entry.id)).expect("an address can be set");
        let sheet = (entry.sheet)();
        let dial = sheet.dials.first().expect("a system has a dial");
        assert!(shows(&root, sheet.card.paper.title).await, "{} is not shown", entry.id);
        let shown = root.query_selector(&format!("[data-test=\"dial-{}\"]", dial.name));
        assert!(shown.expect("a selector").is_some(), "{} has no dial {}", entry.id, dial.name);
    }
    location.set_hash("#/no-such-system").expect("an address can be set");
    assert!(shows(&root, "no-such-system").await, "an unknown system is not answered");
    root.remove();
}

#[wasm_bindgen_test]
fn every_view_of_every_system_leaves_marks_on_a_canvas() {
    for entry in systems::CATALOGUE {
        let sheet = (entry.sheet)();
        let mut scenario = sheet.scenario();
        scenario.rounds = 1;
        let job = Job { arm: scenario.arms[0].clone(), seed: 1 };
        let mut run =
            start(systems::STARTERS, &scenario, &job, Host::default()).expect("defaults start");
        block_on(run.step()).expect("defaults run a round");
        for (view, scene) in sheet.card.views.iter().zip(run.scenes()) {
            for theme in [Theme::Light, Theme::Dark] {
                let seen = painted(&scene, Look { theme, ..Look::default() });
                assert!(seen > 1, "{}: “{view}” is blank", entry.id);
            }
        }
    }
}

/// How many different pixels a picture of the scene has.
fn painted(scene: &Scene, look: Look) -> usize {
    let element: HtmlCanvasElement =
        document().create_element("canvas").expect("a canvas").dyn_into().expect("it is one");
    let mut canvas = Canvas::new(element).expect("a browser has a 2D canvas");
    canvas.resize(480.0, 300.0, 1.0);
    canvas.paint(|area| draw::scene(area, scene, &look)).expect("a scene of ours can be drawn");
    let context =
        canvas.element().get_context("2d").expect("asked for before").expect("it is there");
    let context: CanvasRenderingContext2d = context.dyn_into().expect("a 2D context");
    let image = context.get_image_data(0.0, 0.0, 480.0, 300.0).expect("our own pixels");
    image.data().0.chunks_exact(4).map(<[u8]>::to_vec).collect::<BTreeSet<_>>().len()
}
