//! The stories as HTML, made once here: the page then carries neither a Markdown reader nor a formula renderer
//! (a third of its download). No markup inside a story passes through; formulas become MathML.

use crate::steps::Stop;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Storage, push_mathml};
use std::fs;
use std::path::Path;

/// Writes every story of `from` into the site's `stories/`; how many.
pub fn tell(from: &str, dist: &str) -> Result<usize, Stop> {
    let to = Path::new(dist).join("stories");
    fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    let mut count = 0;
    for entry in fs::read_dir(from).map_err(|e| format!("{from}: {e}"))?.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let made = to.join(entry.file_name()).with_extension("html");
        fs::write(&made, story(&text)).map_err(|e| format!("{}: {e}", made.display()))?;
        count += 1;
    }
    Ok(count)
}

fn story(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(text, options).map(tamed));
    // A paper opens beside the laboratory, not in its place. Quotes in the text itself are escaped.
    out.replace("<a href=\"http", "<a target=\"_blank\" rel=\"noopener\" href=\"http")
}

fn tamed(event: Event) -> Event {
    match event {
        // Markup inside a story is shown as the text it is.
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::InlineMath(tex) => Event::InlineHtml(math(&tex, DisplayMode::Inline)),
        Event::DisplayMath(tex) => Event::InlineHtml(CowStr::from(format!(
            "<span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\">{}</span>",
            math(&tex, DisplayMode::Block)
        ))),
        // The page has its own first and second headings.
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lower(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    }
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

/// A formula that cannot be read is shown as it was written.
fn math(tex: &str, display_mode: DisplayMode) -> CowStr<'static> {
    let storage = Storage::new();
    let readable = pulldown_latex::Parser::new(tex, &storage).all(|event| event.is_ok());
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut mathml = String::new();
    let parser = pulldown_latex::Parser::new(tex, &storage);
    if readable && push_mathml(&mut mathml, parser, config).is_ok() {
        return CowStr::from(mathml);
    }
    let mut plain = String::from("<code>");
    html::push_html(&mut plain, std::iter::once(Event::Text(CowStr::from(tex))));
    CowStr::from(plain + "</code>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_story_stays_text() {
        let made = story("A <script>alert(1)</script> and\n\n<div onclick=\"x\">\n\nend");
        assert!(!made.contains("<script") && !made.contains("<div"), "{made}");
        assert!(made.contains("&lt;script&gt;"), "{made}");
    }

    #[test]
    fn formulas_become_mathml() {
        let made = story("With $\\beta = 0$ and\n\n$$w_{t+1} = w_t$$");
        assert_eq!(made.matches("<math").count(), 2, "{made}");
        assert!(made.contains("display=\"block\"") && !made.contains('$'), "{made}");
    }

    #[test]
    fn a_formula_that_cannot_be_read_is_shown_as_written() {
        let made = story("$\\notacommand{<b>}$");
        assert!(made.contains("<code>\\notacommand{&lt;b&gt;}</code>"), "{made}");
    }

    #[test]
    fn headings_stand_below_those_of_the_page() {
        let made = story("# One\n\n## Two\n\n### Three");
        assert!(made.contains("<h3>One</h3>") && made.contains("<h3>Two</h3>"), "{made}");
        assert!(made.contains("<h4>Three</h4>"), "{made}");
    }
}
