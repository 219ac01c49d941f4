// What the benches stand on: a server of a few folders, one browser without a screen, contestants as processes and as
// workers in a page, and the numbers of a column of turns.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { CHROME, QUIET, send } from "../tests/e2e/site.mjs";

export const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
/** The most one question may take before its contestant is given up. */
const ANSWER_MS = 180_000;
/** How the complaint about that begins. */
export const LATE = "no answer within";

/** Serves folders by the first part of the path: `{ peers: "benches/peers" }` answers /peers/…; "" is the rest. */
export async function serve(folders) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://here").pathname)).slice(1);
    const first = path.split("/")[0];
    const [folder, rest] = first in folders ? [folders[first], path.slice(first.length + 1)] : [folders[""], path];
    const file = folder && join(folder, rest || "index.html");
    if (path === "blank.html") return response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>");
    if (!file || path.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) {
      return response.writeHead(404).end("not found");
    }
    send(response, file);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => (server.close(), server.closeAllConnections?.());
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

export const launch = () => chromium.launch({ executablePath: CHROME, args: [...QUIET, "--enable-precise-memory-info"] });

const late = (ms, says) => new Promise((_, failed) => setTimeout(() => failed(new Error(says)), ms).unref());

/** A contestant that is a program: a line in, a line out. `cores`: the ones it may use. */
export function program({ command, words = [], folder = ROOT, cores }) {
  const all = cores ? ["taskset", "-c", cores, command, ...words] : [command, ...words];
  const child = spawn(all[0], all.slice(1), { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text) => (complaint = (complaint + text).slice(-400)));
  const waiting = [];
  // Why nobody answers any more: it never started, or it ended.
  let over;
  const gone = (why) => {
    over ??= why;
    waiting.splice(0).forEach(({ failed }) => failed(new Error(why)));
  };
  child.on("error", (error) => gone(error.message));
  // Whoever has ended is told by its exit, not by a line that it cannot read.
  child.stdin.on("error", () => undefined);
  child.on("exit", (code) => gone(`it ended with ${code}: ${complaint.trim().split("\n").at(-1)}`));
  // Only lines of ours count: a peer may print what it likes.
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{")) waiting.shift()?.done(JSON.parse(line));
  });
  const ask = (line) => {
    if (over) return Promise.reject(new Error(over));
    const answer = new Promise((done, failed) => waiting.push({ done, failed }));
    child.stdin.write(`${line}\n`);
    return Promise.race([answer, late(ANSWER_MS, `${LATE} ${ANSWER_MS / 1e3} s`)]);
  };
  return { ask, close: () => child.kill() };
}

/** A contestant that is a worker of `page`. */
export async function worker(page, { name, script, module }) {
  await page.evaluate(
    ({ name, script, module }) => {
      const it = new Worker(script, module ? { type: "module" } : {});
      window.contestants ??= {};
      window.contestants[name] = {
        it,
        next: () =>
          new Promise((done, failed) => {
            it.onmessage = ({ data }) => done(data);
            it.onerror = (event) => failed(new Error(event.message ?? "the worker does not start"));
          }),
      };
      return window.contestants[name].next();
    },
    { name, script, module },
  );
  const ask = async (line) => {
    const talk = page.evaluate(
      ({ name, line }) => {
        const { it, next } = window.contestants[name];
        const answer = next();
        it.postMessage(line);
        return answer;
      },
      { name, line },
    );
    return JSON.parse(await Promise.race([talk, late(ANSWER_MS, `${LATE} ${ANSWER_MS / 1e3} s`)]));
  };
  // The page may be gone with all its workers.
  const close = () => page.evaluate((name) => window.contestants[name].it.terminate(), name).catch(() => undefined);
  return { ask, close };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
