// What the pages around a SCO share (templates/packages/scorm.html): messages with the lesson's page, the inner frame, and
// the watch for what a learner does in it. Runs on the content host; believes the lesson's page alone, by its origin.
//
// Messages (all {context: "rongtong-scorm", type, …}), this page to the lesson's: ready, commit {item, event, cmi, shared,
// root}, activity, over, failed {message}; the lesson's page to this one: start {items, shared, current}.

const CONTEXT = "rongtong-scorm";
const ASK_EVERY_MS = 250;
const ASK_TIMES = 40;
const TOLD_EVERY_MS = 5000;
const DEEPEST_FRAMES = 4;

export const config = JSON.parse(document.getElementById("scorm-config").textContent);
const status = document.getElementById("scorm-status");
export const frame = document.getElementById("scorm-content");
let site = config.sites[0];

export function post(type, data = {}, target = site) {
  if (window.parent !== window) window.parent.postMessage({ context: CONTEXT, type, ...data }, target);
}

export function say(text) {
  status.textContent = text;
  status.hidden = !text;
}

/** Shows an address of the package, as its manifest names it. */
export function show(href) {
  say("");
  const [bare, rest] = href.split(/(?=[?#])(.*)/s);
  frame.src = config.files + bare.split("/").map(encodeURIComponent).join("/") + (rest || "");
}

/** A copy that a message can carry. */
export const plain = (value) => JSON.parse(JSON.stringify(value));

/** Calls begin(start) once, when the lesson's page has handed over what was kept. */
export function whenStarted(begin) {
  let started = false;
  window.addEventListener("message", (event) => {
    const data = event.data;
    if (event.source !== window.parent || !config.sites.includes(event.origin)) return;
    if (!data || data.context !== CONTEXT || data.type !== "start" || started) return;
    started = true;
    site = event.origin;
    try {
      begin(data);
    } catch (error) {
      say(config.texts.broken);
      post("failed", { message: String((error && error.message) || error) });
    }
  });
  let asked = 0;
  const ask = () => {
    if (started || asked++ >= ASK_TIMES) return;
    // Says nothing, and may be heard by anybody.
    post("ready", {}, "*");
    setTimeout(ask, ASK_EVERY_MS);
  };
  ask();
}

// --- what a learner does ----------------------------------------------------------------------------------

let lastTold = 0;
function did(event) {
  if (event && !event.isTrusted) return;
  if (Date.now() - lastTold < TOLD_EVERY_MS) return;
  lastTold = Date.now();
  post("activity");
}

const seen = new WeakSet();
function watch(inner, depth = 0) {
  let doc;
  try {
    doc = inner.contentDocument;
  } catch {
    return; // of another origin: it can't be watched, and has no API either
  }
  if (!doc || depth > DEEPEST_FRAMES) return;
  if (!seen.has(doc)) {
    seen.add(doc);
    for (const type of ["pointerdown", "keydown", "wheel", "touchstart", "pointermove"]) {
      doc.addEventListener(type, did, { passive: true, capture: true });
    }
  }
  const playing = [...doc.querySelectorAll("video, audio")].some((media) => !media.paused && !media.ended);
  if (playing && document.visibilityState === "visible") did();
  doc.querySelectorAll("iframe, frame").forEach((next) => watch(next, depth + 1));
}
setInterval(() => watch(frame), 2000);
frame.addEventListener("load", () => watch(frame));

/**
 * Tells of everything an API is told: at once of its beginning and end and of commits, soon after of values.
 *
 * @param {Object} api of scorm-again
 * @param {{initialize: string, set: string}} names of its functions
 * @param {function(string): void} tell called with "initialize", "commit", "terminate" or "set"
 */
export function listen(api, names, tell) {
  const SOON_MS = 800;
  let timer = 0;
  const stored = api.storeData.bind(api);
  api.storeData = (terminate, trigger) => {
    const answer = stored(terminate, trigger);
    clearTimeout(timer);
    tell(terminate ? "terminate" : "commit");
    return answer;
  };
  const initialize = api[names.initialize].bind(api);
  api[names.initialize] = (parameter) => {
    const answer = initialize(parameter);
    if (String(answer) === "true") tell("initialize");
    return answer;
  };
  const set = api[names.set].bind(api);
  api[names.set] = (element, value) => {
    const answer = set(element, value);
    clearTimeout(timer);
    timer = setTimeout(() => tell("set"), SOON_MS);
    return answer;
  };
  const now = () => {
    clearTimeout(timer);
    tell("set");
  };
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? now() : null));
  window.addEventListener("pagehide", now);
}
