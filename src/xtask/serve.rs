//! A small server for `dist/`: for a person's own machine, with the header that sandboxed frames need.

use crate::site::{self, DIST};
use crate::steps::{Steps, Stop};
use crate::test;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tiny_http::{Header, Method, Request, Response, Server};

const PORT: u16 = 8080;
/// Ports tried after the first where nobody asked for a certain one.
const PORTS_MORE: u16 = 20;
/// A page, its worker's files and a few frames at once.
const THREADS: usize = 8;

pub fn serve(steps: &mut Steps, options: &[&str]) {
    let (host, port) = match read(options) {
        Ok(read) => read,
        Err(why) => {
            steps.run("options", || Err::<(), _>(Stop::Failed(why)));
            return;
        }
    };
    if !(test::tools_for_the_site(steps) && site::build_step(steps)) {
        return;
    }
    match open(&host, port) {
        Ok((server, port)) => {
            steps.summary();
            println!("\nMurmuration is at http://{host}:{port}/ until Ctrl-C ends it.");
            answer(server);
        }
        Err(why) => {
            steps.run("serve", || Err::<(), _>(Stop::Failed(why)));
        }
    }
}

fn read(options: &[&str]) -> Result<(String, Option<u16>), String> {
    let (mut host, mut port) = ("127.0.0.1".to_string(), None);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match (*option, rest.next()) {
            ("--host", Some(given)) => host = given.to_string(),
            ("--port", Some(given)) => {
                port = Some(given.parse().map_err(|_| format!("“{given}” is no port: 1 to 65535"))?)
            }
            _ => return Err(format!("“{option}” is not understood here: --port N, --host H")),
        }
    }
    Ok((host, port))
}

fn open(host: &str, port: Option<u16>) -> Result<(Server, u16), String> {
    let ports = match port {
        Some(port) => port..=port,
        None => PORT..=PORT + PORTS_MORE,
    };
    for port in ports.clone() {
        if let Ok(server) = Server::http((host, port)) {
            return Ok((server, port));
        }
    }
    Err(format!("no port of {ports:?} on {host} can be had: choose a free one with --port"))
}

fn answer(server: Server) {
    let server = Arc::new(server);
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let server = server.clone();
            std::thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    // A visitor who left in the middle is no concern of ours.
                    let _ = one(request);
                }
            })
        })
        .collect();
    for thread in threads {
        let _ = thread.join();
    }
}

fn one(request: Request) -> io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::from_string("only GET and HEAD").with_status_code(405));
    }
    let found = place(request.url()).and_then(|path| Some((File::open(&path).ok()?, path)));
    let Some((file, path)) = found else {
        let missing = Response::from_string("not found").with_status_code(404);
        return request.respond(missing.with_header(header("Access-Control-Allow-Origin", "*")));
    };
    let response = Response::from_file(file)
        .with_header(header("Content-Type", kind(&path)))
        .with_header(header("Access-Control-Allow-Origin", "*"))
        .with_header(header("Cache-Control", "no-cache"))
        .with_header(header("X-Content-Type-Options", "nosniff"));
    request.respond(response)
}

/// The file that an address names, inside `dist/` and nowhere else.
fn place(address: &str) -> Option<PathBuf> {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let path = Path::new(path);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let path = Path::new(DIST).join(path);
    Some(if path.is_dir() { path.join("index.html") } else { path })
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("header names and values of ours are plain text")
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "md" | "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leaves_the_site() {
        for outside in ["/../Cargo.toml", "/a/../../Cargo.toml", "/./../x", "//etc/passwd/.."] {
            assert!(
                place(outside)
                    .is_none_or(|p| p.starts_with(DIST) && !p.to_string_lossy().contains("..")),
                "{outside}"
            );
        }
        assert_eq!(place("/engine.js?12ab"), Some(PathBuf::from("dist/engine.js")));
    }

    #[test]
    fn options_are_understood_or_named() {
        assert_eq!(read(&["--port", "9000"]), Ok(("127.0.0.1".to_string(), Some(9000))));
        assert!(read(&["--port", "seventy"]).is_err_and(|why| why.contains("seventy")));
        assert!(read(&["--open"]).is_err_and(|why| why.contains("--open")));
    }
}
