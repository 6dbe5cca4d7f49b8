// The service worker of lessons taken along: answers for what a lesson's download put into this device's cache, when
// there is no line; everything else goes its way untouched. Registered by the lesson page (study/offline.js), served as
// /learn/offline-worker.js, so that it watches over lessons and nothing more.

const PREFIX = "rt-lesson-";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  // The page itself is asked for first where there is a line: it knows more than its copy. Its parts never change.
  if (request.mode === "navigate") {
    try {
      return await fetch(request);
    } catch (error) {
      const kept = await find(request);
      if (kept) return kept;
      throw error;
    }
  }
  const kept = await find(request);
  if (!kept) return fetch(request);
  const range = request.headers.get("range");
  return range ? part(kept, range) : kept;
}

async function find(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const kept = await (await caches.open(name)).match(request.url, { ignoreVary: true });
    if (kept) return kept;
  }
  return null;
}

/** The bytes a video asks for, out of the whole file. */
async function part(kept, range) {
  const found = /^bytes=(\d*)-(\d*)$/.exec(range);
  // Several ranges at once, or another unit: the whole is a valid answer to any of them.
  if (!found || (!found[1] && !found[2])) return kept;
  const whole = await kept.blob();
  const start = found[1] ? Number(found[1]) : Math.max(whole.size - Number(found[2]), 0);
  const end = found[1] && found[2] ? Math.min(Number(found[2]), whole.size - 1) : whole.size - 1;
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  return new Response(whole.slice(start, end + 1), {
    status: 206,
    headers: {
      "Content-Type": kept.headers.get("content-type") || "application/octet-stream",
      "Content-Length": String(end - start + 1),
      "Content-Range": `bytes ${start}-${end}/${whole.size}`,
    },
  });
}
