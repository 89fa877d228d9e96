/** Keeps the client itself, so that its page opens without a connection. Messages and answers are not its affair.
 *
 * The build puts the files in, by names that change with their content; with any of them this file changes, too.
 */
const FILES = [/* files */];
const PATIENCE = 5_000; // milliseconds
const CACHE = `parlour-${FILES.join().split("").reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) | 0, 7)}`;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(["/", "/icon.svg", ...FILES])).then(() => self.skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || /^\/(api|files|hooks)\//.test(pathname)) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (pathname.startsWith("/assets/")) event.respondWith(kept(pathname).then((found) => found ?? fetch(request)));
  else if (pathname === "/icon.svg") event.respondWith(fetch(request).catch(() => kept(pathname)));
});

/** Returns the page, also if the node is away, by itself or behind a proxy that says so, or takes too long. */
async function page(request) {
  const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  return answer && answer.status < 502 ? answer : (await kept("/")) ?? answer ?? Response.error();
}

function kept(path) {
  return caches.match(path, { ignoreVary: true });
}
