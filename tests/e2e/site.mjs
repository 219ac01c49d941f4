// What specs and benches share: a browser without a screen, and how a file is sent.
import { createReadStream } from "node:fs";
import { extname } from "node:path";
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
