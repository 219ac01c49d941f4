// Starts the engine's compilation and the page side by side. What fails is said in the shell, in words.
const data = document.getElementById("boot").dataset;
const at = (path) => new URL(path, document.baseURI).href;
// The worker's files keep their names, so a build's mark keeps an old cache from mixing two builds.
const mark = data.build ? `?${data.build}` : "";

/** Streams where the server names the type rightly, else takes the bytes. */
const compile = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  if ((response.headers.get("content-type") ?? "").startsWith("application/wasm")) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
};

/** A small file beside the page, or nothing: whoever needs it says what is missing. */
const text = async (path) => {
  try {
    const response = await fetch(at(path));
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
};

/** The whole site for days without a network. A private window or a sandbox has no such thing and needs none. */
function keepOffline() {
  try {
    if (data.build) navigator.serviceWorker?.register(at("./sw.js")).catch(() => {});
  } catch {
    // a sandboxed frame refuses even the question
  }
}

try {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  const module = compile(at(`./engine_bg.wasm${mark}`));
  // The page awaits it when it opens its first seat, and says there what went wrong.
  module.catch(() => {});
  const index = text(`./sheets/index.json${mark}`);
  // The one that the address names is there when the page is; nobody asks for one that is not listed.
  const named = location.hash.match(/^#\/([a-z0-9-]+)/)?.[1];
  const listed = (systems) => named && systems?.includes(`"id":"${named}"`);
  const sheet = index.then((systems) => (listed(systems) ? text(`./sheets/${named}.json${mark}`) : null));
  window.murmurationBoot = { module, script: at(`./engine.js${mark}`), mark, index, sheet };
  const page = await import(at(data.js));
  await page.default({ module_or_path: at(data.wasm) });
  keepOffline();
} catch (error) {
  window.murmurationShell?.say(`The laboratory could not start here: ${error?.message ?? error}. Reloading, or a newer browser, may help.`);
  console.error(error);
}
