//! Pictures and labels in the layout of MNIST: the images' file (magic 0x00000803: count, rows, columns, pixels) and
//! behind it the labels' file (magic 0x00000801: count, labels). Each says its own length.

use super::{Names, Samples};
use lexicon::own::COLUMNS_MAX;

const IMAGES: [u8; 4] = [0, 0, 8, 3];
const LABELS: [u8; 4] = [0, 0, 8, 1];

/// Whether a file begins like one of the pair. Any kind of numbers: those that are not bytes are refused with a reason.
pub fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 8..=14, 1..=4, ..])
}

/// Two files as one, the images before the labels, whichever came first.
pub fn join(one: Vec<u8>, other: Vec<u8>) -> Vec<u8> {
    let (mut images, labels) = if one.starts_with(&LABELS) { (other, one) } else { (one, other) };
    images.extend(labels);
    images
}

pub fn read(bytes: &[u8]) -> Result<Samples, String> {
    let images = Part::read(bytes, IMAGES, "images")?;
    if images.rest.is_empty() {
        return Err(
            "The labels are missing: bring the images' and the labels' file together.".into()
        );
    }
    let labels = Part::read(images.rest, LABELS, "labels")?;
    if !labels.rest.is_empty() {
        return Err(format!("{} bytes follow behind the labels.", labels.rest.len()));
    }
    if images.count != labels.count {
        return Err(format!(
            "There are {} images and {} labels: the files do not belong together.",
            images.count, labels.count
        ));
    }
    if images.count == 0 {
        return Err("The files hold no image.".into());
    }
    let mut names = Names::default();
    let numbers: Vec<u16> =
        labels.body.iter().filter_map(|l| names.number(&l.to_string(), 256)).collect();
    let (classes, places) = names.ordered();
    Ok(Samples {
        features: images.body.iter().map(|&pixel| f32::from(pixel)).collect(),
        width: images.width,
        labels: numbers.iter().map(|&number| places[usize::from(number)] as u8).collect(),
        classes,
        clients: Vec::new(),
        holders: Vec::new(),
        pixels: true,
    })
}

/// One of the two files.
struct Part<'a> {
    count: usize,
    /// Numbers each.
    width: usize,
    body: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Part<'a> {
    fn read(bytes: &'a [u8], magic: [u8; 4], what: &str) -> Result<Self, String> {
        let (head, mut rest) = bytes.split_first_chunk::<4>().ok_or_else(|| cut(what))?;
        if *head != magic {
            return Err(wrong(*head, magic, what));
        }
        let mut size = || -> Result<u64, String> {
            let (size, behind) = rest.split_first_chunk::<4>().ok_or_else(|| cut(what))?;
            rest = behind;
            Ok(u32::from_be_bytes(*size).into())
        };
        let count = size()?;
        let sides = if magic == IMAGES { [size()?, size()?] } else { [1, 1] };
        let width = sides[0] * sides[1];
        if !(1..=COLUMNS_MAX as u64).contains(&width) {
            return Err(format!(
                "The images have {} x {} pixels; 1 to {COLUMNS_MAX} are read.",
                sides[0], sides[1]
            ));
        }
        let wanted = count.saturating_mul(width);
        if wanted > rest.len() as u64 {
            return Err(format!(
                "The {what} are cut short: the head speaks of {count}, which are {wanted} bytes; {} follow.",
                rest.len()
            ));
        }
        let (body, rest) = rest.split_at(wanted as usize);
        Ok(Self { count: count as usize, width: width as usize, body, rest })
    }
}

fn cut(what: &str) -> String {
    format!("The file of the {what} is cut short in its head.")
}

fn wrong(head: [u8; 4], magic: [u8; 4], what: &str) -> String {
    let hex = |bytes: [u8; 4]| format!("0x{:08x}", u32::from_be_bytes(bytes));
    let also = match head {
        LABELS => " These are labels: bring the images with them.",
        IMAGES => " These are images: bring their labels with them.",
        [0, 0, 9..=14, _] => " Only bytes (type 0x08) are read.",
        _ => "",
    };
    format!("The file of the {what} begins with {} and not with {}.{also}", hex(head), hex(magic))
}
