//! The protocol of OpenAI-compatible servers (chat completions): the request, and a strict, bounded reading of what
//! comes back. Ollama, llama.cpp's server, vLLM and most hosts speak it.

use super::{Connection, Key};
use lexicon::mind::tokens_of;
use lexicon::{Answer, Prompt, fault, number};
use serde_json::{Value, json};

/// More of a body than this is not read.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Of a reply, what is kept.
const TEXT_CHARS_MAX: usize = 16_000;
/// Some temperature: nodes of one model differ only by it and by their numbers.
pub const TEMPERATURE: f64 = 0.7;

/// What came of a call, as the browser saw it.
#[derive(Clone, Debug, PartialEq)]
pub enum Landed {
    /// A body within the bound, of whatever status.
    Body { status: u16, text: String, retry_after_s: Option<f64> },
    /// A reply that came whole without a protocol (the built-in model).
    Text(String),
    /// Nothing came in the time allowed.
    Late,
    /// The body went past the bound and was cut off.
    TooLong,
    /// It broke off in the middle.
    Cut,
    /// Not reachable at all, or refused by the browser; says which.
    Unreachable(String),
    /// The built-in model failed.
    Failed(String),
}

/// Why there is no reply, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// It may go better in a moment.
    Again { says: String, after_s: Option<f64> },
    /// This one reply is lost.
    Lost(String),
    /// No other call would go better.
    Final(String),
}

/// The whole address of the calls from what was typed.
pub fn endpoint(typed: &str) -> Result<String, String> {
    let typed = typed.trim().trim_end_matches('/');
    let Some((scheme, rest)) = typed.split_once("://") else {
        return Err(
            "The address begins with https:// (or http://localhost for a server of your own)."
                .into(),
        );
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if typed.chars().count() > 2_000 || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("The address holds a space or is too long.".into());
    }
    if host.is_empty() || rest.contains(['?', '#']) {
        return Err("The address is a host and a path, like https://api.example.com/v1.".into());
    }
    if host.contains('@') {
        return Err(
            "The address holds a name or password: leave it out, the key has its own field.".into(),
        );
    }
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) { name } else { host }
    });
    let here = matches!(name, "localhost" | "127.0.0.1");
    match scheme.to_ascii_lowercase().as_str() {
        "https" => {}
        "http" if here => {}
        "http" => {
            return Err("Plain http:// would send the key for everybody to read: only localhost and 127.0.0.1 may use it.".into());
        }
        _ => return Err("The address begins with https:// or http://localhost.".into()),
    }
    let path = "/chat/completions";
    Ok(if typed.ends_with(path) { typed.to_string() } else { format!("{typed}{path}") })
}

/// The body of a call.
pub fn body(model: &str, prompt: &Prompt) -> String {
    let body = json!({
        "model": model,
        "messages": [
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": prompt.user },
        ],
        "max_tokens": prompt.tokens_max,
        "temperature": TEMPERATURE,
        "seed": prompt.sample,
        "stream": false,
    });
    number::json(&body, None)
}

/// Makes an answer of what came, or says in a sentence why not.
pub fn read(landed: Landed, prompt: &Prompt, connection: &Connection) -> Result<Answer, Trouble> {
    let seconds = connection.limits.seconds;
    match landed {
        Landed::Body { status: 200..=299, text, .. } => reply(&text, prompt),
        Landed::Body { status, text, retry_after_s } => {
            Err(refusal(status, &text, retry_after_s, &connection.key))
        }
        Landed::Text(text) => Ok(answer(&text, None, prompt)),
        Landed::Late => Err(again(format!("No reply came within {seconds} s."))),
        Landed::TooLong => Err(Trouble::Lost(format!(
            "The reply was longer than {} kB and was not read.",
            BODY_BYTES_MAX / 1024
        ))),
        Landed::Cut => Err(again("The reply broke off in the middle.".into())),
        Landed::Unreachable(says) => Err(again(says)),
        Landed::Failed(says) => Err(Trouble::Lost(format!(
            "The browser's own model failed: {}",
            fault::shown(&says, 200)
        ))),
    }
}

fn again(says: String) -> Trouble {
    Trouble::Again { says, after_s: None }
}

fn refusal(status: u16, text: &str, after_s: Option<f64>, key: &Key) -> Trouble {
    let why = server_says(text, key);
    match status {
        // The server may repeat part of the key here: its words stay out.
        401 | 403 => Trouble::Final(format!(
            "The server refused the key ({status}): check the key and what it may use."
        )),
        404 => Trouble::Final(format!(
            "The server knows no such address or model (404): check the address (it mostly ends in /v1) and the model's name.{why}"
        )),
        408 | 425 | 429 => Trouble::Again {
            says: format!("The server is asked too often or took too long ({status}).{why}"),
            after_s,
        },
        500..=599 => {
            Trouble::Again { says: format!("The server failed ({status}).{why}"), after_s }
        }
        _ => Trouble::Final(format!("The server did not take the request ({status}).{why}")),
    }
}

/// The server's own words, shortened, as text.
fn server_says(text: &str, key: &Key) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let error = &value["error"];
    let says = error["message"].as_str().or(error.as_str()).or(value["message"].as_str());
    says.map_or(String::new(), |says| {
        format!(" It says: “{}”", fault::shown(&key.hide_in(says), 160))
    })
}

fn reply(text: &str, prompt: &Prompt) -> Result<Answer, Trouble> {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        let says = "The reply is not JSON: this address does not speak the protocol of OpenAI-compatible servers.";
        return Err(Trouble::Lost(says.into()));
    };
    let Some(content) = value["choices"][0]["message"]["content"].as_str() else {
        let says = "The reply is JSON of another shape: choices[0].message.content is not there.";
        return Err(Trouble::Lost(says.into()));
    };
    let usage = &value["usage"];
    let sum = usage["prompt_tokens"].as_u64().zip(usage["completion_tokens"].as_u64());
    let total = usage["total_tokens"].as_u64().or(sum.map(|(a, b)| a.saturating_add(b)));
    Ok(answer(content, total, prompt))
}

fn answer(text: &str, tokens: Option<u64>, prompt: &Prompt) -> Answer {
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let estimate = tokens_of(&prompt.system) + tokens_of(&prompt.user) + tokens_of(&text);
    let tokens = tokens.map_or(estimate, |t| u32::try_from(t).unwrap_or(u32::MAX));
    Answer { text, tokens }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Way};
    use super::*;

    fn prompt() -> Prompt {
        Prompt { system: "abcd".into(), user: "efgh".into(), tokens_max: 9, sample: 3 }
    }

    fn read_body(status: u16, text: &str) -> Result<Answer, Trouble> {
        let connection = Connection {
            way: Way::Endpoint("https://a.example".into()),
            model: "m".into(),
            key: Key::new("sk-secret"),
            limits: Limits::DEFAULT,
        };
        read(
            Landed::Body { status, text: text.into(), retry_after_s: None },
            &prompt(),
            &connection,
        )
    }

    #[test]
    fn addresses_are_made_whole_and_unsafe_ones_refused() {
        for (typed, whole) in [
            ("https://api.example.com/v1/", "https://api.example.com/v1/chat/completions"),
            (" http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
            (
                "http://127.0.0.1:8080/v1/chat/completions",
                "http://127.0.0.1:8080/v1/chat/completions",
            ),
        ] {
            assert_eq!(endpoint(typed).as_deref(), Ok(whole));
        }
        for typed in [
            "",
            "api.example.com",
            "http://api.example.com/v1",
            "ftp://localhost",
            "https://",
            "javascript://x",
            "https://me:secret@a.example/v1",
            "https://a.example/v1?key=1",
            "http://localhost.evil.example/v1",
            "http://127.0.0.1:80@evil.example/",
            "https://a b/",
            "data://x",
        ] {
            assert!(endpoint(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_good_reply_is_read_and_its_tokens_counted_or_estimated() {
        let text =
            r#"{"choices":[{"message":{"content":"hi there"}}],"usage":{"total_tokens":17}}"#;
        assert_eq!(read_body(200, text), Ok(Answer { text: "hi there".into(), tokens: 17 }));
        let text = r#"{"choices":[{"message":{"content":"hi there"}}]}"#;
        assert_eq!(read_body(200, text).unwrap().tokens, 4);
        let long = json!({ "choices": [{ "message": { "content": "x".repeat(100_000) } }] });
        assert_eq!(read_body(200, &long.to_string()).unwrap().text.len(), TEXT_CHARS_MAX);
    }

    #[test]
    fn every_failure_is_a_sentence_of_its_own_kind() {
        assert!(matches!(read_body(401, ""), Err(Trouble::Final(s)) if s.contains("key")));
        assert!(matches!(read_body(404, ""), Err(Trouble::Final(s)) if s.contains("model")));
        let words = r#"{"error":{"message":"slow down sk-secret"}}"#;
        match read_body(429, words) {
            Err(Trouble::Again { says, .. }) => {
                assert!(says.contains("slow down (key)"), "{says}");
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(read_body(500, "<html>"), Err(Trouble::Again { .. })));
        assert!(matches!(read_body(400, ""), Err(Trouble::Final(_))));
        assert!(
            matches!(read_body(200, "<html>"), Err(Trouble::Lost(s)) if s.contains("not JSON"))
        );
        for wrong in ["{}", "[]", "null", "7", r#"{"choices":[{"message":{"content":["a"]}}]}"#] {
            assert!(matches!(read_body(200, wrong), Err(Trouble::Lost(s)) if s.contains("shape")));
        }
    }

    #[test]
    fn the_body_names_the_model_and_holds_no_key() {
        let body: Value = serde_json::from_str(&body("m\"", &prompt())).unwrap();
        assert_eq!((&body["model"], &body["seed"]), (&json!("m\""), &json!(3)));
        assert_eq!(body["messages"][1]["content"], json!("efgh"));
    }
}
