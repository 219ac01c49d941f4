// What specs and benches share: a browser without a screen, and how a file is sent.
import { createReadStream, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

export const CHROME = process.env.CHROME ?? "/usr/bin/chromium";

/** A browser that asks nobody for anything. */
export const QUIET = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Answers with a file that is there, by its kind. */
export function send(response, file, headers = {}) {
  response.writeHead(200, { ...headers, "Content-Type": KINDS[extname(file)] ?? "text/plain; charset=utf-8" });
  createReadStream(file).pipe(response);
}

/** What a visitor may have to download, as brotli 11: everything before the first run, and the worker. */
export const BUDGETS = { before: 300_000, worker: 1_500_000 };

export function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return bytes.length ? brotliCompressSync(bytes, { params }).length : 0;
}

/**
 * The site's files by when a visitor of a system downloads them: before the first run (with the longest description of
 * a system), after it, and as the worker. `rest.spec.mjs` holds in a browser that no others come before the first run.
 */
export function downloads(dist) {
  const top = readdirSync(dist).filter((name) => statSync(join(dist, name)).isFile());
  const worker = top.filter((name) => /^engine(_bg\.wasm|\.js)$/.test(name));
  const later = top.filter((name) => /^rest-.*\.wasm$/.test(name));
  const other = (name) => worker.includes(name) || later.includes(name) || /^(sw|murmuration.*)\.js$/.test(name);
  const before = top.filter((name) => /\.(html|js|css|wasm|webmanifest|svg)$/.test(name) && !other(name));
  const size = (name) => statSync(join(dist, name)).size;
  const sheets = readdirSync(join(dist, "sheets")).filter((name) => name !== "index.json");
  const longest = sheets.map((name) => join("sheets", name)).reduce((a, b) => (size(b) > size(a) ? b : a));
  return { before: [...before, join("sheets", "index.json"), longest], later, worker };
}
