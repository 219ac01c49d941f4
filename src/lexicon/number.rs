//! Numbers and values as text, both ways, without the 20 KB of tables that the usual readers and writers bring: they
//! would be a fifteenth of what a person waits for.

use serde_json::Value;
use std::fmt::Write;

/// A finite number: digits, at most one point, perhaps an exponent.
pub fn read(text: &str) -> Option<f64> {
    let mut exponent = text.split(['e', 'E']);
    let digits = exponent.next()?.trim_start_matches(['+', '-']);
    let power = exponent.next().map(|p| p.strip_prefix(['+', '-']).unwrap_or(p));
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = text.len() - digits.len() <= 1 + power.map_or(0, |_| text.len())
        && whole(&digits.replacen('.', "", 1))
        && power.is_none_or(whole)
        && exponent.next().is_none();
    fits.then(|| parse(text)).filter(|v| v.is_finite())
}

#[cfg(not(all(feature = "web", target_arch = "wasm32")))]
fn parse(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(all(feature = "web", target_arch = "wasm32"))]
use crate::wire::js::parse;

/// A value as JSON; `indent`: over several lines, from that depth on.
pub fn json(value: &Value, indent: Option<usize>) -> String {
    let mut text = String::new();
    write(&mut text, value, indent);
    text
}

fn write(text: &mut String, value: &Value, indent: Option<usize>) {
    let inner = indent.map(|depth| depth + 1);
    let line = |text: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            text.push('\n');
            text.extend(std::iter::repeat_n("  ", depth));
        }
    };
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(on) => text.push_str(if *on { "true" } else { "false" }),
        Value::Number(n) => {
            let _ = match (n.as_i64(), n.as_u64(), n.as_f64()) {
                (Some(n), _, _) => write!(text, "{n}"),
                (_, Some(n), _) => write!(text, "{n}"),
                (_, _, n) => write!(text, "{:?}", n.unwrap_or_default()),
            };
        }
        Value::String(word) => quoted(text, word),
        Value::Array(all) if all.is_empty() => text.push_str("[]"),
        Value::Array(all) => {
            for (at, value) in all.iter().enumerate() {
                text.push(if at == 0 { '[' } else { ',' });
                line(text, inner);
                write(text, value, inner);
            }
            line(text, indent);
            text.push(']');
        }
        Value::Object(all) if all.is_empty() => text.push_str("{}"),
        Value::Object(all) => {
            for (at, (key, value)) in all.iter().enumerate() {
                text.push(if at == 0 { '{' } else { ',' });
                line(text, inner);
                quoted(text, key);
                text.push_str(if indent.is_some() { ": " } else { ":" });
                write(text, value, inner);
            }
            line(text, indent);
            text.push('}');
        }
    }
}

fn quoted(text: &mut String, word: &str) {
    text.push('"');
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            c if c < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_rust_reads_it_and_nothing_else_is_one() {
        for text in [
            "0",
            "-0",
            "+1",
            "1.",
            ".5",
            "-2.5e-3",
            "1E9",
            "1e+2",
            "4.9e-324",
            "0.1000000000000001",
        ] {
            let rust: f64 = text.parse().unwrap();
            assert_eq!(read(text).map(f64::to_bits), Some(rust.to_bits()), "{text}");
        }
        for text in [
            "", "+", "-", ".", "e5", "1e", "1e1e1", "1.2.3", "--1", "+-1", "1 2", "0x10", "inf",
            "NaN", "1e999", "1e--2", "e", "1_0", "½",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn json_is_read_again_as_what_was_written() {
        let text = r#"{"a":[1,-2,18446744073709551615,0.1,1e300,5.0,-1e-7],"b":{},"c":[],"d":null,"e":true,
                       "f":"\"\\\u0001\n\t/é🐦","g":[[{"h":[]}]]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        for indent in [None, Some(0)] {
            let written = json(&value, indent);
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value, "{written}");
        }
        // serde_json writes a tab and a large exponent in another, equal way.
        let alike = |text: String| text.replace("\\t", "\\u0009").replace("e+", "e");
        assert_eq!(json(&value, None), alike(serde_json::to_string(&value).unwrap()));
        assert_eq!(json(&value, Some(0)), alike(serde_json::to_string_pretty(&value).unwrap()));
    }
}
