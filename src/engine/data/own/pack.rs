//! A file as text of a link (deflate, then base64url), its name (SHA-256), and what a person is shown of it.

use super::{Samples, fits, idx, place, table};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use lexicon::fault::shown;
use lexicon::own::{Carried, Format, INLINE_CHARS_MAX, Look, Own};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use sha2::{Digest, Sha256};

/// A file in a link unpacks to this at most, in bytes.
const UNPACKED_MAX: usize = 1_000_000;
/// Our choice: the best packing; a file that may go into a link is small.
const LEVEL: u8 = 9;

/// The file as it travels in a link; none when it is too large for that.
pub fn pack(bytes: &[u8]) -> Option<String> {
    if bytes.len() > UNPACKED_MAX {
        return None;
    }
    let packed = BASE64URL_NOPAD.encode(&compress_to_vec(bytes, LEVEL));
    (packed.len() <= INLINE_CHARS_MAX).then_some(packed)
}

/// The file that a link carries. Bounded, whatever the text promises.
pub fn unpack(packed: &str) -> Result<Vec<u8>, String> {
    if packed.len() > INLINE_CHARS_MAX {
        return Err("The file in the link is too long.".into());
    }
    let deflated = BASE64URL_NOPAD.decode(packed.as_bytes()).map_err(|error| {
        format!("The file in the link was cut or changed at place {}.", error.position + 1)
    })?;
    decompress_to_vec_with_limit(&deflated, UNPACKED_MAX).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => format!(
            "The file in the link unpacks to more than {} MB: it is refused.",
            UNPACKED_MAX / 1_000_000
        ),
        _ => "The file in the link cannot be unpacked: it was cut or changed.".to_string(),
    })
}

/// The name of a file: 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Looks at a file; label and client are guessed where no table is given. The error is a sentence about a file that
/// cannot be read whatever is chosen; what another choice may mend is the look's `trouble`.
pub fn look(bytes: &[u8], chosen: Option<Format>) -> Result<Look, String> {
    fits(bytes)?;
    let of_pictures = idx::is_idx(bytes);
    let format = match chosen {
        _ if of_pictures => Format::Idx,
        Some(format @ Format::Csv { .. }) => format,
        _ => {
            let (label, client) = table::guess(bytes)?;
            Format::Csv { label: label as u32 + 1, client: client.map(|c| c as u32 + 1) }
        }
    };
    let mut head = Vec::new();
    let (columns, samples) = match format {
        Format::Idx => (Vec::new(), Ok(Samples::read(bytes, format)?)),
        Format::Csv { label, client } => {
            let opened = table::open(bytes)?;
            let columns = opened.names.iter().map(|name| shown(name, 60)).collect();
            let (label, client) = (place(label)?, client.map(place).transpose()?);
            let read =
                table::read_samples(opened, label, client, |row| table::head(&mut head, row));
            (columns, read.and_then(Samples::checked))
        }
    };
    let sha256 = sha256(bytes);
    let file = pack(bytes).map_or_else(|| Carried::Sha256(sha256.clone()), Carried::Inline);
    let mut look = Look {
        own: Own { format, file },
        sha256,
        bytes: bytes.len() as u32,
        columns,
        rows: 0,
        features: 0,
        side: None,
        classes: Vec::new(),
        clients: Vec::new(),
        counts: Vec::new(),
        head,
        trouble: None,
    };
    match samples {
        Err(says) => look.trouble = Some(says),
        Ok(samples) => {
            let names = |all: &[String]| all.iter().map(|name| shown(name, 60)).collect();
            look.rows = samples.rows() as u32;
            look.features = samples.width as u32;
            look.side = samples.side().map(|side| side as u32);
            look.classes = names(&samples.classes);
            look.clients = names(&samples.clients);
            look.counts = samples.counts();
        }
    }
    Ok(look)
}
