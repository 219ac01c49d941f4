//! A page for each system that needs no script to be read: what a search engine, a chat's preview and a reader without
//! JavaScript get, and a frame with the run for everyone else. With the site's own address (`SITE=https://host/path/`)
//! also what needs it: absolute addresses of pictures, oEmbed, a sitemap.

use crate::command::{command, output};
use crate::site::Fnv;
use crate::steps::Stop;
use crate::{claims, files, tools};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

/// Below the site; no page of ours asks for it, so the service worker does not keep it.
pub const FOLDER: &str = "systems";
/// What previews of chats and networks are made for.
const SIZE: [u32; 2] = [1200, 630];
/// Of an embed, in CSS pixels.
const FRAME: [u32; 2] = [720, 420];
/// Pictures painted once for each mark of what they show.
const KEPT: &str = "target/xtask/previews";
const PAINTER: &str = "src/xtask/previews.mjs";

/// What `murmur list` tells of a system.
#[derive(Debug, Default, PartialEq)]
struct System {
    slug: String,
    title: String,
    family: String,
    says: String,
    paper: String,
    /// Name and sentence.
    claims: Vec<(String, String)>,
}

/// Writes all pages; the sentence says what was left out, and why.
pub fn write(dist: &str) -> Result<String, Stop> {
    let list = output(&mut command(claims::program(), "list"))
        .ok_or_else(|| "`murmur list` fails".to_string())?;
    let systems = read(&list);
    let site = std::env::var("SITE").ok().filter(|site| !site.is_empty());
    if let Some(site) = &site
        && !((site.starts_with("https://") || site.starts_with("http://")) && site.ends_with('/'))
    {
        return Err(Stop::Failed(format!(
            "SITE is “{site}”: it is a whole address with a slash at its end, like https://host/path/"
        )));
    }
    let index = files::read(format!("{dist}/index.html"))?;
    let painted = paint(dist, &systems);
    for system in &systems {
        let folder = Path::new(dist).join(FOLDER).join(&system.slug);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let story = files::read(format!("{dist}/stories/{}.html", system.slug.replace('-', "_")))?;
        let record = fs::read_to_string(format!("{}/{}.txt", claims::RECORDED, system.slug));
        let picture = painted.as_ref().ok().map(|kept| kept.join(format!("{}.png", system.slug)));
        if let Some(picture) = &picture {
            files::copy(picture, folder.join("picture.png"))?;
        }
        let made = Made {
            system,
            site: site.as_deref(),
            styles: &styles(&index),
            story: &story,
            record: &record.unwrap_or_default(),
            picture: picture.is_some(),
        };
        files::write(folder.join("index.html"), &made.page())?;
        if let Some(site) = &site {
            files::write(folder.join("oembed.json"), &oembed(system, site))?;
        }
    }
    files::write(Path::new(dist).join(FOLDER).join("given.js"), GIVEN)?;
    if let Some(site) = &site {
        files::write(Path::new(dist).join("sitemap.xml"), &sitemap(&systems, site))?;
    }
    let mut says = format!("{} system pages", systems.len());
    if let Err(Stop::Failed(why) | Stop::Skipped(why) | Stop::Tests(_, why)) = painted {
        let _ = write!(says, ", without their pictures ({why})");
    }
    if site.is_none() {
        says +=
            ", without sitemap and oEmbed (SITE=https://host/path/ names the address they need)";
    }
    Ok(says)
}

/// What stands at the margin is a system; its sentence, its paper and its claims are indented.
fn read(list: &str) -> Vec<System> {
    let mut all: Vec<System> = Vec::new();
    let mut nth = 0;
    for line in list.lines() {
        nth += 1;
        let Some(inner) = line.strip_prefix("  ") else {
            let (slug, rest) = line.split_once("  ").unwrap_or((line, ""));
            let (title, family) = rest.rsplit_once(" (").unwrap_or((rest, ""));
            let (slug, title) = (slug.to_string(), title.to_string());
            let family = family.trim_end_matches(')').to_string();
            all.push(System { slug, title, family, ..System::default() });
            nth = 0;
            continue;
        };
        let Some(system) = all.last_mut() else { continue };
        match (nth, inner.strip_prefix("claim ").and_then(|claim| claim.split_once(": "))) {
            (1, _) => system.says = inner.to_string(),
            (2, _) => system.paper = inner.to_string(),
            (_, Some((id, says))) => {
                let says = says.rsplit_once(" [").map_or(says, |(says, _)| says);
                system.claims.push((id.to_string(), says.to_string()));
            }
            _ => {}
        }
    }
    all
}

/// All that one page is made of.
struct Made<'a> {
    system: &'a System,
    site: Option<&'a str>,
    styles: &'a str,
    story: &'a str,
    record: &'a str,
    picture: bool,
}

impl Made<'_> {
    fn page(&self) -> String {
        let System { slug, title, family, says, paper, .. } = self.system;
        let (title, says, paper) = (escaped(title), escaped(says), escaped(paper));
        let [width, height] = FRAME;
        format!(
            r##"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'">
    <title>{title} · Murmuration</title>
    <meta name="color-scheme" content="light dark">
{head}    <link rel="icon" href="../../icon.svg" type="image/svg+xml">
    <script src="../../shell.js"></script>
{styles}    <script type="module" src="../given.js"></script>
    <script type="module" src="../../murmuration-embed.js"></script>
  </head>
  <body class="system-page">
    <header class="shell-head"><a href="../../"><strong>Murmuration</strong></a></header>
    <main class="shell-main">
      <p class="facts">{family}</p>
      <h1>{title}</h1>
      <p>{says}</p>
      <murmuration-run link="#/{slug}" label="{title}, running">
        <a class="open" href="../../#/{slug}"><img src="../../pictures/{slug}.svg" alt="A scene of {title}" width="{width}" height="{height}"></a>
      </murmuration-run>
      <p><a class="open" href="../../#/{slug}">Open it in the laboratory</a>: turn the dials, run the claims, share the exact scenario.</p>
      <p class="facts">{paper}</p>
{claims}      <article class="prose">
{story}      </article>
    </main>
  </body>
</html>
"##,
            head = self.head(),
            styles = self.styles,
            claims = self.claims(),
            story = self.story,
        )
    }

    /// What a crawler reads.
    fn head(&self) -> String {
        let System { slug, title, says, .. } = self.system;
        let (title, says) = (escaped(title), escaped(says));
        let here = self.site.map(|site| format!("{site}{FOLDER}/{slug}/"));
        let mut head = String::new();
        let mut meta = |kind: &str, name: &str, content: &str| {
            let _ = writeln!(head, "    <meta {kind}=\"{name}\" content=\"{content}\">");
        };
        meta("name", "description", &says);
        meta("property", "og:type", "website");
        meta("property", "og:site_name", "Murmuration");
        meta("property", "og:title", &title);
        meta("property", "og:description", &says);
        if self.picture {
            meta("property", "og:image", &format!("{}picture.png", here.as_deref().unwrap_or("")));
            meta("property", "og:image:width", &SIZE[0].to_string());
            meta("property", "og:image:height", &SIZE[1].to_string());
            meta("property", "og:image:alt", &format!("A scene of {title}: {says}"));
            meta("name", "twitter:card", "summary_large_image");
        }
        if let Some(here) = &here {
            meta("property", "og:url", here);
        }
        let canonical = here.as_deref().unwrap_or("./");
        let _ = writeln!(head, "    <link rel=\"canonical\" href=\"{canonical}\">");
        if let Some(here) = &here {
            let _ = writeln!(
                head,
                "    <link rel=\"alternate\" type=\"application/json+oembed\" href=\"{here}oembed.json\" title=\"{title}\">"
            );
        }
        head
    }

    /// What the paper says, with the verdict on record.
    fn claims(&self) -> String {
        let verdict = |id: &str| {
            let line =
                self.record.lines().find_map(|line| line.strip_prefix(&format!("{id}: ")))?;
            line.split([' ', '|']).next()?;
            Some(line.split(" | ").next()?.split(" (").next()?.to_string())
        };
        let mut items = String::new();
        for (id, says) in &self.system.claims {
            let verdict = verdict(id).unwrap_or_else(|| "not judged yet".to_string());
            let _ = writeln!(
                items,
                "        <li>{} <em>{}</em></li>",
                escaped(says),
                escaped(&verdict)
            );
        }
        match items.is_empty() {
            true => items,
            false => format!(
                "      <h2>Claims, run again</h2>\n      <ul class=\"prose\">\n{items}      </ul>\n"
            ),
        }
    }
}

/// A scenario behind `#` of a system's page is what its frame shows and its links open.
const GIVEN: &str = r##"// A scenario behind # is what the frame shows and the links open: systems/fedstale/#/fedstale?beta=0.4
const given = location.hash;
if (given.startsWith("#/")) {
  for (const run of document.querySelectorAll("murmuration-run")) run.setAttribute("link", given);
  for (const link of document.querySelectorAll("a.open")) link.href = `../../${given}`;
}
"##;

/// One fixed answer a system: a static host has no endpoint that could read a scenario.
fn oembed(system: &System, site: &str) -> String {
    let System { slug, title, .. } = system;
    let [width, height] = FRAME;
    let frame = format!(
        "<iframe src=\"{site}#/{slug}?embed=1\" title=\"{}, running\" sandbox=\"allow-scripts\" loading=\"lazy\" width=\"{width}\" height=\"{height}\" style=\"border:0\"></iframe>",
        escaped(title)
    );
    let fields = [
        ("version", quoted("1.0")),
        ("type", quoted("rich")),
        ("title", quoted(title)),
        ("provider_name", quoted("Murmuration")),
        ("provider_url", quoted(site)),
        ("html", quoted(&frame)),
        ("width", width.to_string()),
        ("height", height.to_string()),
        ("thumbnail_url", quoted(&format!("{site}{FOLDER}/{slug}/picture.png"))),
        ("thumbnail_width", SIZE[0].to_string()),
        ("thumbnail_height", SIZE[1].to_string()),
    ];
    let lines: Vec<String> =
        fields.iter().map(|(key, value)| format!("  \"{key}\": {value}")).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn sitemap(systems: &[System], site: &str) -> String {
    let mut pages = vec![site.to_string()];
    pages.extend(systems.iter().map(|system| format!("{site}{FOLDER}/{}/", system.slug)));
    let urls: String =
        pages.iter().map(|page| format!("  <url><loc>{}</loc></url>\n", escaped(page))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    )
}

pub fn is_style(line: &str) -> bool {
    line.trim_start().starts_with("<link rel=\"stylesheet\"")
}

/// The site's own style sheets, as seen from two folders below.
fn styles(index: &str) -> String {
    index
        .lines()
        .map(str::trim)
        .filter(|line| is_style(line))
        .map(|line| format!("    {}\n", line.replace("href=\"./", "href=\"../../")))
        .collect()
}

/// Pictures of all systems, painted by the browser of the tests; where they are.
fn paint(dist: &str, systems: &[System]) -> Result<std::path::PathBuf, Stop> {
    if tools::chrome().is_none() {
        return Err(Stop::Skipped("no Chromium is there to paint them".to_string()));
    }
    let mut mark = Fnv::default();
    let mut jobs = Vec::new();
    mark.add(&fs::read(PAINTER).map_err(|e| format!("{PAINTER}: {e}"))?);
    for system in systems {
        let scene = files::read(format!("{dist}/pictures/{}.svg", system.slug))?;
        let job = [
            ("slug", quoted(&system.slug)),
            ("title", quoted(&system.title)),
            ("family", quoted(&system.family)),
            ("says", quoted(&system.says)),
            ("paper", quoted(&system.paper)),
            ("scene", quoted(&scene)),
        ];
        let fields: Vec<String> =
            job.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        jobs.push(format!("{{{}}}", fields.join(",")));
    }
    let jobs = format!("[{}]", jobs.join(","));
    mark.add(jobs.as_bytes());
    let kept = Path::new(KEPT).join(mark.hex());
    if kept.is_dir() {
        return Ok(kept);
    }
    let _ = fs::remove_dir_all(KEPT);
    let painting = kept.with_extension("painting");
    fs::create_dir_all(&painting).map_err(|e| format!("{}: {e}", painting.display()))?;
    let [width, height] = SIZE;
    let mut painter = tools::with_tools("node", "NODE", &format!("{PAINTER} {width} {height}"))
        .arg(&painting)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("node does not start: {e}"))?;
    if let Some(mut to) = painter.stdin.take() {
        to.write_all(jobs.as_bytes()).map_err(|e| format!("{PAINTER}: {e}"))?;
    }
    let status = painter.wait().map_err(|e| e.to_string())?;
    if !status.success() {
        return Err(Stop::Failed(format!("{PAINTER} ended with {status}")));
    }
    fs::rename(&painting, &kept).map_err(|e| format!("{}: {e}", kept.display()))?;
    Ok(kept)
}

/// As text and in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As a string of JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "fedstale  FedStale (Federated)\n  One knob & “more”.\n  FedStale: a paper (2024), A, B\n  arms: a\n  claim c1: It is <faster>. [reproduced]\nother  An (odd) name (Search)\n  Says.\n  Paper\n";

    fn page(site: Option<&str>) -> String {
        let systems = read(LIST);
        Made {
            system: &systems[0],
            site,
            styles: "",
            story: "<p>Story</p>\n",
            record: "fedstale v1, engine 0\nc1: direction only | mean 1\n",
            picture: true,
        }
        .page()
    }

    #[test]
    fn the_list_of_murmur_is_read() {
        let systems = read(LIST);
        assert_eq!(systems.len(), 2);
        assert_eq!(systems[0].says, "One knob & “more”.");
        assert_eq!(systems[0].claims, [("c1".to_string(), "It is <faster>.".to_string())]);
        assert_eq!(
            (systems[1].title.as_str(), systems[1].family.as_str()),
            ("An (odd) name", "Search")
        );
    }

    #[test]
    fn a_page_says_what_crawlers_read_and_escapes_it() {
        let page = page(Some("https://a.example/m/"));
        for part in [
            "<title>FedStale · Murmuration</title>",
            "<meta name=\"description\" content=\"One knob &amp; “more”.\">",
            "<link rel=\"canonical\" href=\"https://a.example/m/systems/fedstale/\">",
            "<meta property=\"og:image\" content=\"https://a.example/m/systems/fedstale/picture.png\">",
            "type=\"application/json+oembed\" href=\"https://a.example/m/systems/fedstale/oembed.json\"",
            "<li>It is &lt;faster&gt;. <em>direction only</em></li>",
            "<p>Story</p>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
    }

    #[test]
    fn without_an_address_nothing_pretends_to_have_one() {
        let page = page(None);
        assert!(page.contains("<link rel=\"canonical\" href=\"./\">"), "{page}");
        assert!(!page.contains("oembed") && !page.contains("og:url"), "{page}");
    }

    #[test]
    fn oembed_and_sitemap_hold_whole_addresses() {
        let systems = read(LIST);
        let json = oembed(&systems[0], "https://a.example/");
        assert!(
            json.contains(r#""type": "rich""#)
                && json.contains(r#"src=\"https://a.example/#/fedstale?embed=1\""#),
            "{json}"
        );
        let map = sitemap(&systems, "https://a.example/");
        assert_eq!(map.matches("<loc>https://a.example/").count(), 3, "{map}");
        assert_eq!(quoted("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
    }
}
