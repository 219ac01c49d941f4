//! Taking it along: the link, the frame for one's own page, the files.

use super::charts;
use crate::export;
use crate::parts::seen::Seen;
use crate::parts::{browser, swatch};
use crate::state::{Lab, Model, Msg};
use gloo::timers::callback::Timeout;
use lexicon::own;
use yew::prelude::*;

pub fn share(lab: &Lab) -> Html {
    let link = |moment: bool| format!("{}{}", browser::base(), lab.shared_link(moment));
    html! {
        <div class="share">
            <ShareLink whole={link(false)} moment={link(true)} round={lab.transport.playhead} />
            <p class="facts">
                { "The link holds the whole scenario: system, dials, arms, seeds, rounds, view. It says nothing of you, and \
                   nothing is sent to a server. A sweep is in it as its plan. Not in it: verdicts of claims, zoom and \
                   hidden lines; who opens it computes the same numbers anew." }
            </p>
            if let Some(own) = &lab.scenario.data {
                <p class="notice" data-test="share-data">{ match own.wanted() {
                    Some(sha256) => format!("Your file is too large for a link. Who opens this one is asked for the file \
                        with the SHA-256 {} …, and no other is taken.", own::short(sha256)),
                    None => "Your data is in the link: who gets the link gets the data.".to_string(),
                } }</p>
            }
            if let Some(name) = &lab.mind {
                <p class="notice">
                    { format!("What you see was answered by your model {name}. The link opens with surrogate minds: it \
                        holds neither the model nor its replies.") }
                </p>
            }
            if lab.replayable() && lab.mind.is_none() {
                <p class="facts">{ "Digest of this run: " }<code>{ lab.digest() }</code>
                    { ". A replay gives the same one." }</p>
            }
            <p class="facts">{ lab.computed.says.as_deref().unwrap_or("Computed on CPU.") }</p>
        </div>
    }
}

#[derive(Clone, Properties)]
struct LinkProps {
    whole: String,
    moment: String,
    round: u32,
}

impl PartialEq for LinkProps {
    fn eq(&self, other: &Self) -> bool {
        self.whole == other.whole && self.moment == other.moment
    }
}

#[component]
fn ShareLink(props: &LinkProps) -> Html {
    let moment = use_state(|| false);
    let link = if *moment { props.moment.clone() } else { props.whole.clone() };
    let onchange = {
        let moment = moment.clone();
        Callback::from(move |e: Event| {
            moment.set(e.target_unchecked_into::<web_sys::HtmlInputElement>().checked())
        })
    };
    html! {
        <>
            <div class="copy-row">
                <input class="field" readonly=true value={link.clone()} aria-label="Link" data-test="share-link"
                    onfocus={Callback::from(|e: FocusEvent| e.target_unchecked_into::<web_sys::HtmlInputElement>().select())} />
                <Copy test="share-copy" text={link} class="primary" />
            </div>
            <label class="flag">
                <input type="checkbox" checked={*moment} {onchange} data-test="share-moment" />
                <span>{ format!("Open paused at round {}", props.round) }</span>
            </label>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct CopyProps {
    pub text: String,
    pub test: String,
    pub class: &'static str,
    #[prop_or("Copy")]
    pub label: &'static str,
}

/// Answers on itself: a dialog would cover any other place.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let answer = use_state(|| None::<bool>);
    let onclick = {
        let (answer, text) = (answer.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let answer = answer.clone();
            browser::copy(text.clone(), move |copied| {
                answer.set(Some(copied));
                Timeout::new(4_000, move || answer.set(None)).forget();
            });
        })
    };
    let label = match *answer {
        None => props.label,
        Some(true) => "Copied",
        // The text is there, to be copied by hand.
        Some(false) => "Not allowed here",
    };
    html! {
        <button type="button" class={classes!("button", props.class)} data-test={props.test.clone()} {onclick}>
            <span aria-live="polite">{ label }</span>
        </button>
    }
}

/// A piece of text to copy.
pub fn snippet(label: &str, test: &str, text: String) -> Html {
    html! {
        <div class="snippet" data-test={test.to_string()}>
            <div class="snippet-head">
                <h3>{ label }</h3><Copy test={format!("{test}-copy")} text={text.clone()} class="small" />
            </div>
            <pre tabindex="0" role="region" aria-label={label.to_string()}><code>{ text }</code></pre>
        </div>
    }
}

pub fn embed(lab: &Lab) -> Html {
    let link = lab.shared_link(false);
    let src = format!("{}{link}&embed=1", browser::base());
    let title = format!("{}, a system of Murmuration", lab.sheet.card.title);
    let frame = format!(
        "<iframe src=\"{src}\" title=\"{title}\" sandbox=\"allow-scripts\" loading=\"lazy\" width=\"100%\" height=\"420\" \
         style=\"border:0\"></iframe>"
    );
    let jsx = format!(
        "<iframe src=\"{src}\" title=\"{title}\" sandbox=\"allow-scripts\" loading=\"lazy\" width=\"100%\" height=\"420\" \
         style={{{{ border: 0 }}}} />"
    );
    let myst = format!("```{{raw}} html\n{frame}\n```");
    let jupyter = format!("from IPython.display import HTML\n\nHTML('''{frame}''')");
    let base = browser::base();
    let element = format!(
        "<script type=\"module\" src=\"{base}murmuration-embed.js\"></script>\n\
         <murmuration-run link=\"{link}\"><a href=\"{base}{link}\">{title}</a></murmuration-run>"
    );
    let library = format!(
        "import {{ run }} from \"{base}murmuration.js\";\n\nconst {{ runs }} = await run(\"{link}\");"
    );
    html! {
        <div class="embeds">
            <p class="facts">
                { "Works in the strictest sandbox; loads nothing until it is scrolled to. Add " }
                <code>{ "&theme=dark" }</code>{ " or " }<code>{ "&theme=light" }</code>{ " to follow your page, " }
                <code>{ "allow-downloads" }</code>{ " to let readers export." }
            </p>
            { snippet("HTML", "embed-html", frame.clone()) }
            { snippet("mdBook, MkDocs, Hugo: as HTML in the Markdown", "embed-markdown", frame) }
            { snippet("MDX (Docusaurus)", "embed-mdx", jsx) }
            { snippet("Sphinx with MyST", "embed-myst", myst) }
            { snippet("Jupyter", "embed-jupyter", jupyter) }
            { snippet("An element: follows your page's theme, is as high as it needs", "embed-element", element) }
            { snippet("JavaScript: only the numbers", "embed-library", library) }
        </div>
    }
}

/// One file: what it is called, what is in it.
struct File {
    label: &'static str,
    says: &'static str,
    test: &'static str,
    name: String,
    mime: &'static str,
    text: String,
}

pub fn export(model: &Model, lab: &Lab, send: &Callback<Msg>) -> Html {
    let slug = &lab.scenario.system;
    let mut files = vec![
        File {
            label: "Readings",
            says: "CSV, one value a line: system, arm, seed, round, metric, value",
            test: "export-csv",
            name: format!("{slug}.csv"),
            mime: "text/csv",
            text: export::csv(lab),
        },
        File {
            label: "Scenario",
            says: "JSON: link, every dial's value, seeds, engine version, digest",
            test: "export-json",
            name: format!("{slug}.json"),
            mime: "application/json",
            text: export::json(lab),
        },
        File {
            label: "Citation",
            says: "BibTeX of the paper",
            test: "export-bibtex",
            name: format!("{slug}.bib"),
            mime: "application/x-bibtex",
            text: export::bibtex(&lab.sheet),
        },
    ];
    if let Some(sweep) = &lab.sweep {
        files.push(File {
            label: "Sweep",
            says: "CSV, one cell a line",
            test: "export-sweep",
            name: format!("{slug}-sweep.csv"),
            mime: "text/csv",
            text: sweep.plan.csv(&lab.sheet, &sweep.base, &lab.results),
        });
    }
    let seen = Seen::new(model, lab, send);
    html! {
        <div class="exports">
            if !lab.finished() {
                <p class="notice">
                    { format!("The run goes on. The files hold what was there when this opened: {} rounds of the stage.",
                        lab.available()) }
                </p>
            }
            { for files.into_iter().map(|file| row(file, send)) }
            <h3>{ "Pictures" }</h3>
            { for pictures(&seen).into_iter().map(|picture| picture_row(picture, send)) }
            <p class="facts">{ export::provenance(lab) }</p>
        </div>
    }
}

fn row(file: File, send: &Callback<Msg>) -> Html {
    let File { label, says, test, name, mime, text } = file;
    let send = send.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Err(says) = browser::download(&name, mime, &text) {
            send.emit(Msg::Toast(says));
        }
    });
    html! {
        <div class="export-row">
            <span><b>{ label }</b><small>{ says }</small></span>
            <button type="button" class="button small" data-test={test} {onclick}>{ "Save" }</button>
        </div>
    }
}

/// A picture as SVG, from which the browser also makes a PNG.
struct Drawn {
    label: String,
    name: String,
    svg: Callback<(), Option<String>>,
    size: (f64, f64),
}

/// Size of exported pictures in CSS pixels.
const STAGE: (f64, f64) = (720.0, 480.0);
const CURVES: (f64, f64) = (720.0, 420.0);

fn pictures(seen: &Seen) -> Vec<Drawn> {
    let (lab, slug) = (seen.lab, &seen.lab.scenario.system);
    let note = export::provenance(lab);
    let mut all = Vec::new();
    for arm in &lab.scenario.arms {
        let Some((round, scenes)) =
            lab.history.scenes(arm, lab.scenario.seed, lab.transport.playhead)
        else {
            continue;
        };
        let Some(scene) = scenes.get(lab.view.scene as usize).cloned() else { continue };
        if matches!(scene, lexicon::Scene::Transcript(_)) {
            continue;
        }
        let (look, note) =
            (seen.look(swatch::place(&lab.sheet, &lab.scenario.arms, arm)), note.clone());
        all.push(Drawn {
            label: format!("Stage, {}, round {round}", swatch::label(&lab.sheet, arm)),
            name: format!("{slug}-{arm}-round-{round}"),
            svg: Callback::from(move |()| {
                draw::scene_svg(&scene, &look, STAGE.0, STAGE.1)
                    .ok()
                    .map(|svg| export::signed_svg(&note, &svg))
            }),
            size: STAGE,
        });
    }
    for metric in lab.sheet.card.metrics {
        let (_, data) = charts::data(seen, metric);
        let (look, note) = (seen.look(0), note.clone());
        all.push(Drawn {
            label: format!("Curves, {}", metric.label),
            name: format!("{slug}-{}", metric.id),
            svg: Callback::from(move |()| {
                let svg = draw::curves_svg(&data.curves(None, true), &look, CURVES.0, CURVES.1);
                svg.ok().map(|svg| export::signed_svg(&note, &svg))
            }),
            size: CURVES,
        });
    }
    all
}

fn picture_row(picture: Drawn, send: &Callback<Msg>) -> Html {
    let Drawn { label, name, svg, size } = picture;
    let failed = "This picture could not be saved here.";
    let as_svg = {
        let (svg, name, send) = (svg.clone(), name.clone(), send.clone());
        Callback::from(move |_: MouseEvent| {
            let saved = svg.emit(()).ok_or_else(|| failed.to_string());
            let saved = saved
                .and_then(|text| browser::download(&format!("{name}.svg"), "image/svg+xml", &text));
            if let Err(says) = saved {
                send.emit(Msg::Toast(says));
            }
        })
    };
    let as_png = {
        let (svg, name, send) = (svg, name.clone(), send.clone());
        Callback::from(move |_: MouseEvent| match svg.emit(()) {
            Some(text) => {
                let send = send.clone();
                browser::png(format!("{name}.png"), text, size, move || {
                    send.emit(Msg::Toast(failed.into()))
                });
            }
            None => send.emit(Msg::Toast(failed.into())),
        })
    };
    html! {
        <div class="export-row">
            <span>{ label.clone() }</span>
            <button type="button" class="button small" aria-label={format!("{label} as SVG")}
                data-test={format!("svg-{name}")} onclick={as_svg}>{ "SVG" }</button>
            <button type="button" class="button small" aria-label={format!("{label} as PNG")}
                data-test={format!("png-{name}")} onclick={as_png}>{ "PNG" }</button>
        </div>
    }
}
