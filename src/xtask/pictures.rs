//! The gallery's miniatures: a scene of each system's default run, drawn by `murmur`.

use crate::claims;
use crate::command::{command, output};
use crate::site::Fnv;
use crate::steps::Stop;
use std::fs;
use std::path::Path;

/// Past the start and before the end of most runs; a shorter run is shown at its end.
const ROUND: &str = "--round 40";
const SIZE: &str = "--mini --width 400 --height 240";
/// Drawn once for each `murmur`: the same program draws the same pictures.
const KEPT: &str = "target/xtask/pictures";

/// Puts one picture a system into the site's `pictures/`.
pub fn paint(dist: &str) -> Result<(), Stop> {
    claims::murmur()?;
    let murmur = claims::program();
    let mut mark = Fnv::default();
    mark.add(&fs::read(&murmur).map_err(|e| format!("{murmur}: {e}"))?);
    mark.add(SIZE.as_bytes());
    mark.add(b"light, dark");
    let kept = Path::new(KEPT).join(mark.hex());
    if !kept.is_dir() {
        draw_all(&murmur, &kept)?;
    }
    let to = Path::new(dist).join("pictures");
    fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    for entry in fs::read_dir(&kept).map_err(|e| format!("{}: {e}", kept.display()))?.flatten() {
        let copied = fs::copy(entry.path(), to.join(entry.file_name()));
        copied.map_err(|e| format!("{}: {e}", entry.path().display()))?;
    }
    Ok(())
}

fn draw_all(murmur: &str, kept: &Path) -> Result<(), Stop> {
    // Those of other builds are of no more use.
    let _ = fs::remove_dir_all(KEPT);
    let drawing = kept.with_extension("drawing");
    fs::create_dir_all(&drawing).map_err(|e| format!("{}: {e}", drawing.display()))?;
    let list =
        output(&mut command(murmur, "list")).ok_or_else(|| "`murmur list` fails".to_string())?;
    // What stands at the margin is a system's slug; all else about it is indented.
    let slugs = list
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next());
    for slug in slugs {
        let link = format!("#/{slug}");
        // A dark page has lighter arms and another ground.
        for (theme, ending) in [("", "svg"), ("--dark", "dark.svg")] {
            let draw = |round: &str| {
                output(command(murmur, &format!("draw {round} {SIZE} {theme}")).arg(&link))
            };
            let svg = draw(ROUND)
                .or_else(|| draw(""))
                .ok_or_else(|| format!("`murmur draw {link}` fails"))?;
            let place = drawing.join(format!("{slug}.{ending}"));
            fs::write(&place, svg).map_err(|e| format!("{}: {e}", place.display()))?;
        }
        println!("   drew {slug}");
    }
    fs::rename(&drawing, kept).map_err(|e| Stop::Failed(format!("{}: {e}", kept.display())))
}
