// What every spec stands on: a static server of a folder, a browser without screen or GPU, and a page whose
// complaints are collected.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize, resolve } from "node:path";
import { after, test as nodeTest } from "node:test";
import { chromium } from "playwright-core";
import { CHROME, QUIET, send } from "./site.mjs";

export const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
export const DIST = join(ROOT, "dist");
const PICTURES = join(ROOT, "target/e2e");

/** The flag lets software play a GPU. */
const FLAGS = [...QUIET, "--enable-unsafe-webgpu"];

/** The most one test may take, with a busy machine in mind. */
const TEST_MS = 180_000;

/** A test that is ended when it hangs. What it opens with `t` is closed after it, however it ends. */
export function test(name, ...rest) {
  const body = rest.pop();
  nodeTest(name, { timeout: TEST_MS, ...rest[0] }, body);
}

/**
 * Serves `dist` below `prefix`, as a host in a sub-folder does. `shared`: with the header that sandboxed frames need;
 * `more`: with these besides; `folder`: that one in place of `dist`. `change(path, request)` may answer instead: a
 * `{ status, type, body }`, or nothing. `asked` are the paths that were asked for; after `close` nobody answers.
 */
export async function serve(t, { prefix = "/some/folder/", shared = true, more = {}, folder = DIST, change = () => undefined } = {}) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://here").pathname);
    const headers = { ...(shared ? { "Access-Control-Allow-Origin": "*" } : {}), ...more };
    asked.push(path);
    // A host of an embed has no icon, and its browser asks for one.
    if (path === "/favicon.ico") return response.writeHead(204).end();
    const other = change(path, request);
    if (other) {
      response.writeHead(other.status ?? 200, { ...headers, "Content-Type": other.type ?? "text/html" });
      return response.end(other.body ?? "");
    }
    let inside = path.startsWith(prefix) ? normalize(path.slice(prefix.length) || "index.html") : "..";
    if (inside.endsWith("/")) inside += "index.html";
    const file = join(folder, inside);
    if (inside.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, headers);
      return response.end("not found");
    }
    send(response, file, headers);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.close();
    server.closeAllConnections?.();
  };
  t.after(close);
  return { origin, url: `${origin}${prefix}`, asked, close };
}

/** One browser for a whole file: started by the first test that wants it. */
let browser;
after(() => browser?.then((it) => it.close()));
function launch() {
  browser ??= chromium.launch({ executablePath: CHROME, args: FLAGS });
  return browser;
}

/** A page in a fresh profile. `complaints` holds what its console called an error, and what was thrown. */
export async function fresh(t, options = {}) {
  const context = await (await launch()).newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`));
  page.on("crash", () => complaints.push("the page crashed"));
  t.after(() => context.close());
  return { page, context, complaints };
}

export function quiet(complaints) {
  assert.deepEqual(complaints, [], "no error in the console");
}

/** A page of the site with this hash, mounted. */
export async function open(t, hash, options) {
  const site = await serve(t);
  const seen = await fresh(t, options);
  await seen.page.goto(site.url + hash);
  await seen.page.locator("#shell").waitFor({ state: "detached" });
  return { site, ...seen };
}

export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** What a part of the page says of itself; see tests/README.md for the names. */
export const part = (page, name) => page.locator(`[data-test="${name}"]`);

/** A system's page to its last region: claims, story and sweep come after the first round. */
export async function whole(page) {
  await part(page, "stage").locator("canvas").first().waitFor();
  await page.locator('[data-test^="claim-"]').first().waitFor();
  await page.locator(".about .prose").waitFor({ state: "attached" });
  await part(page, "sweep-start").waitFor({ state: "attached" });
}

/** The page's own wasm, both parts, and the index, as text: to see what is in this build. */
function pageText() {
  const names = readdirSync(DIST).filter((file) => /^(page|rest)-.*\.wasm$/.test(file));
  const index = join(DIST, "sheets/index.json");
  const read = (file) => (existsSync(file) ? readFileSync(file, "latin1") : "");
  return names.map((name) => read(join(DIST, name))).join("") + read(index);
}

/** A reason to skip, or `false`: the build lacks these words (a slug, the name of a part). */
export function lacks(...words) {
  const text = pageText();
  const missing = words.filter((word) => !text.includes(word));
  return missing.length > 0 && `this build has no ${missing.join(", no ")} yet`;
}
