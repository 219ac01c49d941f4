//! A table as text: one header line, then rows of numbers with a label each and, where wanted, a client.

use super::{Names, Samples, class_limit, client_limit};
use csv::{ReaderBuilder, StringRecord};
use lexicon::fault::shown;
use lexicon::own::{CLASSES_MAX, CLIENTS_MAX, COLUMNS_MAX};
use std::collections::BTreeSet;

/// Rows that a guess at label and client looks at, and rows that a person is shown.
const GUESS_ROWS: usize = 1_000;
const HEAD_ROWS: usize = 5;
/// Characters of a name or a value that are shown.
const SHOWN: usize = 40;
/// What a column of labels, or of clients, is often called.
const LABELS: [&str; 10] = [
    "label",
    "labels",
    "class",
    "target",
    "y",
    "species",
    "category",
    "outcome",
    "diagnosis",
    "digit",
];
const CLIENTS: [&str; 10] = [
    "client",
    "client_id",
    "site",
    "hospital",
    "user",
    "user_id",
    "device",
    "center",
    "node",
    "writer",
];

/// A table whose header has been read.
pub struct Opened<'a> {
    pub names: Vec<String>,
    text: &'a str,
    rows: csv::Reader<&'a [u8]>,
}

pub fn open(bytes: &[u8]) -> Result<Opened<'_>, String> {
    let text = text(bytes)?;
    let comma = comma(text);
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(comma)
        .from_reader(text.as_bytes());
    let mut header = StringRecord::new();
    if !next(&mut rows, &mut header)? {
        return Err("The file is empty.".into());
    }
    if header.len() > COLUMNS_MAX {
        return Err(format!(
            "The file has {} columns; at most {COLUMNS_MAX} are read.",
            header.len()
        ));
    }
    if header.len() < 2 {
        return Err("The file has one column; a label and at least one number are wanted. Columns are parted by \
                    commas, semicolons or tabs."
            .into());
    }
    if header.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
        return Err("Line 1 holds numbers where the names of the columns are wanted: put a line of names before \
                    it."
            .into());
    }
    let names: Vec<String> = header
        .iter()
        .enumerate()
        .map(|(at, name)| match name.trim() {
            "" => format!("column {}", at + 1),
            name => name.to_string(),
        })
        .collect();
    let mut sorted: Vec<(&str, usize)> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at + 1)).collect();
    sorted.sort_unstable();
    if let Some([(name, first), (_, second)]) =
        sorted.array_windows().find(|[(a, _), (b, _)]| a == b)
    {
        let name = shown(name, SHOWN);
        return Err(format!("Columns {first} and {second} are both called “{name}”."));
    }
    Ok(Opened { names, text, rows })
}

fn next(rows: &mut csv::Reader<&[u8]>, into: &mut StringRecord) -> Result<bool, String> {
    rows.read_record(into).map_err(|error| format!("The table cannot be read: {error}."))
}

/// The text of a file, or why it is none.
fn text(bytes: &[u8]) -> Result<&str, String> {
    let utf16 = "The file is UTF-16 (“Unicode”): save it as UTF-8.";
    let bytes = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(utf16.into()),
        [0x1f, 0x8b, ..] => return Err("The file is packed (gzip): unpack it first.".into()),
        [b'P', b'K', 3, 4, ..] => {
            return Err("The file is a ZIP or a spreadsheet (XLSX): save it as CSV first.".into());
        }
        _ => bytes,
    };
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        // Every second byte of plain text in UTF-16 is 0.
        let near = &bytes[..bytes.len().min(64)];
        let zeros = near.iter().filter(|b| **b == 0).count();
        let printable = near.iter().all(|b| *b == 0 || (9..127).contains(b));
        if printable && zeros * 3 >= near.len() && zeros * 3 <= near.len() * 2 {
            return Err(utf16.into());
        }
        let (line, column) = place(bytes, at);
        return Err(format!(
            "The file is binary and not text: a zero byte in line {line}, at byte {column}."
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place(bytes, error.valid_up_to());
        format!(
            "Line {line}, byte {column}: 0x{:02x} is not UTF-8. The file may be Latin-1 or Windows-1252: save it as \
             UTF-8.",
            bytes[error.valid_up_to()]
        )
    })
}

/// Line and byte in the line, from 1.
fn place(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    (line, at - start + 1)
}

/// What parts the columns: whichever the first line has most of.
fn comma(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| line.bytes().filter(|b| *b == sign).count();
    // The last of equals wins: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// Reads the whole table with these columns (from 0) as label and client; all others are numbers.
pub fn read_samples(
    opened: Opened,
    label: usize,
    client: Option<usize>,
    mut see: impl FnMut(&StringRecord),
) -> Result<Samples, String> {
    let Opened { names, text, mut rows } = opened;
    let last = names.len();
    if let Some(wrong) = [Some(label), client].into_iter().flatten().find(|at| *at >= last) {
        return Err(format!("There is no column {}: the table has {last}.", wrong + 1));
    }
    if client == Some(label) {
        return Err("Label and client are the same column.".into());
    }
    let width = last - 1 - usize::from(client.is_some());
    if width == 0 {
        return Err("Besides label and client there is no column of numbers to learn from.".into());
    }
    let (mut features, mut labels, mut holders) = (Vec::new(), Vec::new(), Vec::new());
    let (mut classes, mut clients) = (Names::default(), Names::default());
    let mut record = StringRecord::new();
    while next(&mut rows, &mut record)? {
        let line = || line(text, &record);
        if record.len() != last {
            return Err(format!(
                "Line {} has {} values; the header has {last} columns.",
                line(),
                record.len()
            ));
        }
        see(&record);
        let column = |at: usize| format!("column {} (“{}”)", at + 1, shown(&names[at], SHOWN));
        let named = |text: &str, at: usize| match text.trim() {
            "" => Err(format!("Line {}, {}: there is no value.", line(), column(at))),
            text => Ok(text.to_string()),
        };
        for (at, text) in record.iter().enumerate() {
            if at == label {
                let name = named(text, at)?;
                let number = classes.number(&name, CLASSES_MAX);
                labels.push(number.ok_or_else(|| class_limit(&capital(&column(at))))?);
            } else if client == Some(at) {
                let name = named(text, at)?;
                let number = clients.number(&name, CLIENTS_MAX);
                holders.push(number.ok_or_else(|| client_limit(&capital(&column(at))))?);
            } else {
                let number = number(text)
                    .map_err(|says| format!("Line {}, {}: {says}", line(), column(at)))?;
                features.push(number);
            }
        }
    }
    if labels.is_empty() {
        return Err("The file has a header and no rows.".into());
    }
    let (classes, places) = classes.ordered();
    let labels = labels.into_iter().map(|number| places[usize::from(number)] as u8).collect();
    let (clients, places) = clients.ordered();
    let holders = holders.into_iter().map(|number| places[usize::from(number)]).collect();
    Ok(Samples { features, width, labels, classes, clients, holders, pixels: false })
}

/// The line of a record. The reader's own is that of the blank lines before it.
fn line(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let rest = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n');
    position.line() + blank.count() as u64
}

pub fn read(bytes: &[u8], label: usize, client: Option<usize>) -> Result<Samples, String> {
    read_samples(open(bytes)?, label, client, |_| ())
}

fn capital(text: &str) -> String {
    text.replacen('c', "C", 1)
}

fn number(text: &str) -> Result<f32, String> {
    let text = text.trim();
    let missing = ["", "na", "n/a", "null", "none", "?", "-"];
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(format!("“{}” is not a finite number.", shown(text, SHOWN))),
        Err(_) if missing.contains(&text.to_lowercase().as_str()) => {
            Err("a value is missing: fill it in, or leave the row out.".into())
        }
        Err(_) => {
            let point = if text.contains(',') { " Decimals take a point." } else { "" };
            Err(format!(
                "“{}” is not a number.{point} Only the label and the client may be words.",
                shown(text, SHOWN)
            ))
        }
    }
}

/// Label and client, from 0, by their names and by what the first rows hold.
pub fn guess(bytes: &[u8]) -> Result<(usize, Option<usize>), String> {
    let Opened { names, mut rows, .. } = open(bytes)?;
    let mut words = vec![false; names.len()];
    let mut values = vec![BTreeSet::new(); names.len()];
    let mut record = StringRecord::new();
    for _ in 0..GUESS_ROWS {
        if !next(&mut rows, &mut record)? {
            break;
        }
        for (at, text) in record.iter().enumerate().take(names.len()) {
            let text = text.trim();
            words[at] |= !text.is_empty() && text.parse::<f32>().is_err();
            if values[at].len() <= CLASSES_MAX {
                values[at].insert(text.to_string());
            }
        }
    }
    let called =
        |at: usize, known: &[&str]| known.iter().any(|name| names[at].eq_ignore_ascii_case(name));
    let all = || (0..names.len()).rev();
    let few = |at: &usize| values[*at].len() <= CLASSES_MAX;
    let client = all().find(|at| called(*at, &CLIENTS));
    let free = |at: &usize| client != Some(*at);
    // A column of words can be nothing but the label, so words go before a name.
    let word = |at: &usize| free(at) && few(at) && words[*at];
    let label = all()
        .find(|at| word(at) && called(*at, &LABELS))
        .or_else(|| all().find(word))
        .or_else(|| all().find(|at| free(at) && called(*at, &LABELS)))
        .or_else(|| all().find(free));
    let label = label.unwrap_or(names.len() - 1);
    Ok((label, client.filter(|at| *at != label)))
}

/// The first rows as a person is shown them. A list is cut, since it goes over the wire.
pub fn head(rows: &mut Vec<Vec<String>>, record: &StringRecord) {
    const CELLS_MAX: usize = 64;
    if rows.len() < HEAD_ROWS {
        rows.push(record.iter().take(CELLS_MAX).map(|cell| shown(cell, SHOWN)).collect());
    }
}
