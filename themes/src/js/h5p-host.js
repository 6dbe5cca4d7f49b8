// The page's side of an H5P frame: hands the saved state in, takes statements and states out, keeps the frame as tall
// as its content. Knows no server and no learner; what it hears is foreign and is passed on as data only.
//
//   import { mountH5P } from "./h5p-host.js";
//   const player = mountH5P(iframe, {
//     contentUrl,                          // address of the player page (courses.h5p.api.play_url)
//     state,                               // {"0": {"state": "…"}} as it was saved, or {} / null
//     onStatement: (statement) => {…},     // an xAPI statement worth keeping; its actor means nothing
//     onActivity: () => {…},               // the learner did something: any statement, any change of state
//     onState: (state, {last}) => {…},     // the whole state, at most every saveEvery ms; last: the page is going
//     onStart: () => {…}, onFail: (message) => {…},
//     saveEvery: 2000,
//   });
//   player.flush();                        // send a waiting state now
//   player.destroy();

const CONTEXT = "rongtong-h5p";
const SANDBOX = "allow-scripts allow-forms allow-popups";
const SAVE_EVERY_MS = 2000;
const TALLEST_PX = 20000;
// Also checked by the server; here it keeps a runaway content from filling the line.
const MOST_STATE_CHARACTERS = 256 * 1024;
const MOST_STATEMENT_CHARACTERS = 64 * 1024;
// Far more than anyone clicks in a minute; what a content in a loop says beyond is dropped.
const MOST_A_MINUTE = 600;

// The verbs courses.h5p.xapi keeps; what it would drop need not travel.
const KEPT = /\/(answered|attempted|completed|passed|failed|mastered|progressed)$/;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const look = () => {
  const root = document.documentElement;
  const named = root.dataset.theme;
  const dark = named === "dark" || (named !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  return { theme: dark ? "dark" : "light", fontSize: parseFloat(getComputedStyle(root).fontSize) };
};

/**
 * Start a content in a frame.
 *
 * @param {HTMLIFrameElement} iframe its sandbox is set here, before anything is loaded
 * @param {Object} options see above
 * @returns {{flush: function(): void, destroy: function(): void}}
 */
export function mountH5P(iframe, options) {
  const saveEvery = options.saveEvery || SAVE_EVERY_MS;
  let waiting = null;
  let timer = 0;
  let lastSent = -Infinity;

  const flush = (last = false) => {
    clearTimeout(timer);
    timer = 0;
    if (waiting === null) return;
    const next = waiting;
    waiting = null;
    lastSent = Date.now();
    if (options.onState) options.onState(next, { last });
  };

  const takeState = (next) => {
    if (!isObject(next) || JSON.stringify(next).length > MOST_STATE_CHARACTERS) return;
    if (options.onActivity) options.onActivity();
    waiting = next;
    // The frame says its last state when the page is hidden, and nobody knows whether a timer would still run then.
    if (document.visibilityState === "hidden") flush(true);
    else if (!timer) timer = setTimeout(flush, Math.max(0, lastSent + saveEvery - Date.now()));
  };

  const takeStatement = (statement) => {
    if (!isObject(statement) || JSON.stringify(statement).length > MOST_STATEMENT_CHARACTERS) return;
    if (options.onActivity) options.onActivity();
    const kept = isObject(statement.verb) && KEPT.test(String(statement.verb.id));
    if (kept && options.onStatement) options.onStatement(statement);
  };

  let minute = 0;
  let said = 0;
  const tooMany = () => {
    const now = Math.floor(Date.now() / 60000);
    if (now !== minute) said = 0;
    minute = now;
    said += 1;
    return said > MOST_A_MINUTE;
  };

  const hear = (event) => {
    // The frame's origin is opaque ("null"), as any sandboxed frame's: only the window itself tells who speaks. A window
    // that has an origin is no longer the frame we made.
    if (event.source !== iframe.contentWindow || event.origin !== "null") return;
    if (!isObject(event.data) || event.data.context !== CONTEXT || tooMany()) return;
    const heard = event.data;
    if (heard.type === "ready") {
      const start = { context: CONTEXT, type: "start", state: options.state || {}, ...look() };
      iframe.contentWindow.postMessage(start, "*");
    } else if (heard.type === "size" && Number.isFinite(heard.height) && heard.height > 0) {
      iframe.style.height = `${Math.min(Math.ceil(heard.height), TALLEST_PX)}px`;
    } else if (heard.type === "statement") {
      takeStatement(heard.statement);
    } else if (heard.type === "state") {
      takeState(heard.state);
    } else if (heard.type === "started" && options.onStart) {
      options.onStart();
    } else if (heard.type === "failed" && options.onFail) {
      options.onFail(String(heard.message).slice(0, 500));
    }
  };

  const leave = () => {
    if (document.visibilityState === "hidden") flush(true);
  };
  const go = () => flush(true);

  window.addEventListener("message", hear);
  document.addEventListener("visibilitychange", leave);
  window.addEventListener("pagehide", go);

  iframe.setAttribute("sandbox", SANDBOX);
  iframe.setAttribute("allow", "fullscreen; autoplay");
  iframe.setAttribute("referrerpolicy", "no-referrer");
  iframe.src = options.contentUrl;

  return {
    flush: () => flush(false),
    destroy: () => {
      flush(true);
      window.removeEventListener("message", hear);
      document.removeEventListener("visibilitychange", leave);
      window.removeEventListener("pagehide", go);
      iframe.removeAttribute("src");
    },
  };
}
