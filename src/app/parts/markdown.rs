//! A story as elements: no markup of its own passes through, formulas become MathML.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Storage, push_mathml};
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub text: AttrValue,
}

/// Built anew only when the text changes.
#[component]
pub fn Markdown(props: &Props) -> Html {
    html! { <div class="prose">{ elements(&props.text) }</div> }
}

struct Open {
    tag: Option<Tag<'static>>,
    children: Vec<Html>,
}

fn elements(text: &str) -> Html {
    let options = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
    let mut stack = vec![Open { tag: None, children: Vec::new() }];
    for event in Parser::new_ext(text, options) {
        let node = match event {
            Event::Start(tag) => {
                stack.push(Open { tag: Some(tag.into_static()), children: Vec::new() });
                continue;
            }
            Event::End(end) => {
                let Some(open) = stack.pop() else { continue };
                close(open, end)
            }
            Event::Text(text) => html! { { text.to_string() } },
            Event::Code(code) => html! { <code>{ code.to_string() }</code> },
            Event::InlineMath(tex) => math(&tex, DisplayMode::Inline),
            Event::DisplayMath(tex) => math(&tex, DisplayMode::Block),
            Event::SoftBreak => html! { { " " } },
            Event::HardBreak => html! { <br /> },
            Event::Rule => html! { <hr /> },
            // Markup inside a story is shown as the text it is.
            Event::Html(raw) | Event::InlineHtml(raw) => html! { { raw.to_string() } },
            Event::FootnoteReference(name) => html! { <sup>{ name.to_string() }</sup> },
            Event::TaskListMarker(_) => continue,
        };
        if let Some(open) = stack.last_mut() {
            open.children.push(node);
        }
    }
    stack.into_iter().next().map(|open| open.children.into_iter().collect()).unwrap_or_default()
}

fn close(open: Open, end: TagEnd) -> Html {
    let inner: Html = open.children.into_iter().collect();
    match (end, open.tag) {
        (TagEnd::Paragraph, _) => html! { <p>{ inner }</p> },
        // The page has its own first and second headings.
        (TagEnd::Heading(HeadingLevel::H1 | HeadingLevel::H2), _) => html! { <h3>{ inner }</h3> },
        (TagEnd::Heading(_), _) => html! { <h4>{ inner }</h4> },
        (TagEnd::BlockQuote(_), _) => html! { <blockquote>{ inner }</blockquote> },
        (TagEnd::CodeBlock, Some(Tag::CodeBlock(kind))) => {
            let label = match kind {
                CodeBlockKind::Fenced(name) if !name.is_empty() => name.to_string(),
                _ => "code".to_string(),
            };
            html! { <pre tabindex="0" role="region" aria-label={label}><code>{ inner }</code></pre> }
        }
        (TagEnd::List(true), _) => html! { <ol>{ inner }</ol> },
        (TagEnd::List(false), _) => html! { <ul>{ inner }</ul> },
        (TagEnd::Item, _) => html! { <li>{ inner }</li> },
        (TagEnd::Emphasis, _) => html! { <em>{ inner }</em> },
        (TagEnd::Strong, _) => html! { <strong>{ inner }</strong> },
        (TagEnd::Strikethrough, _) => html! { <s>{ inner }</s> },
        (TagEnd::Table, _) => html! { <div class="wide"><table>{ inner }</table></div> },
        (TagEnd::TableHead, _) => html! { <thead><tr>{ inner }</tr></thead> },
        (TagEnd::TableRow, _) => html! { <tr>{ inner }</tr> },
        (TagEnd::TableCell, _) => html! { <td>{ inner }</td> },
        (TagEnd::Link, Some(Tag::Link { dest_url, .. })) => link(&dest_url, inner),
        _ => inner,
    }
}

/// Only addresses that a story needs; anything else stays text.
fn link(href: &str, inner: Html) -> Html {
    if href.starts_with("#/") {
        return html! { <a href={href.to_string()}>{ inner }</a> };
    }
    if href.starts_with("https://") || href.starts_with("http://") {
        return html! { <a href={href.to_string()} target="_blank" rel="noopener">{ inner }</a> };
    }
    inner
}

/// The renderer escapes what it writes; a formula that it cannot read is shown as it was written.
fn math(tex: &str, display_mode: DisplayMode) -> Html {
    let storage = Storage::new();
    let parser = pulldown_latex::Parser::new(tex, &storage);
    let readable = pulldown_latex::Parser::new(tex, &storage).all(|event| event.is_ok());
    let mut mathml = String::new();
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    if !readable || push_mathml(&mut mathml, parser, config).is_err() {
        return html! { <code>{ tex.to_string() }</code> };
    }
    let math = Html::from_html_unchecked(AttrValue::from(mathml));
    match display_mode {
        DisplayMode::Inline => math,
        DisplayMode::Block => {
            html! { <div class="formula" tabindex="0" role="group" aria-label="Formula">{ math }</div> }
        }
    }
}
