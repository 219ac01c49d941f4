// Keeps a whole build for days without a network. `cargo xtask build` puts in the build's mark and its files; a new
// build is a new mark, fetched beside the old one and taken over whole. Nothing else is ever kept.
const BUILD = "murmuration-__BUILD__";
const FILES = [/*__FILES__*/];

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(BUILD)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" }))))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("murmuration-") && name !== BUILD);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = url.href.startsWith(registration.scope);
  if (request.method !== "GET" || !ours) return;
  event.respondWith(answer(request, url));
});

// The page itself comes from the network where there is one, so that a new build is seen at once; its parts are named
// by their contents and come from here.
async function answer(request, url) {
  const cache = await caches.open(BUILD);
  if (request.mode === "navigate") {
    try {
      return await fetch(request);
    } catch {
      // The pages for crawlers are not kept: the laboratory itself tells more.
      const slug = url.pathname.match(/\/systems\/([a-z0-9-]+)\/$/)?.[1];
      if (slug) return Response.redirect(`${registration.scope}#/${slug}`);
      return (await cache.match("./")) ?? Response.error();
    }
  }
  const kept = await cache.match(request, { ignoreSearch: !url.search });
  return kept ?? fetch(request);
}
