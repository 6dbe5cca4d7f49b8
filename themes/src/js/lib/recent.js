// What was looked for on this device, for the person who looked: kept in the browser alone, never sent. The page says who is
// signed in (data-who on the root; "" for a visitor); whoever comes after them finds nothing of it.

const KEY = "rt.searches";
const MOST = 8;
const KEEP_MS = 30 * 24 * 3600 * 1000;

const who = () => document.documentElement.dataset.who || "";

function read() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(KEY) || "null");
    if (!kept || kept.who !== who() || !Array.isArray(kept.words)) return [];
    const oldest = Date.now() - KEEP_MS;
    return kept.words.filter((one) => one && typeof one.text === "string" && one.at > oldest).slice(0, MOST);
  } catch {
    return [];
  }
}

/** The words looked for, the latest first. */
export const recent = () => read().map((one) => one.text);

/** Keeps words that were just looked for. */
export function remember(text) {
  const words = text.trim();
  if (!words) return;
  const others = read().filter((one) => one.text !== words);
  const kept = { who: who(), words: [{ text: words, at: Date.now() }, ...others].slice(0, MOST) };
  try {
    window.localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A full or forbidden store: nothing is kept.
  }
}

/** Forgets all of it. */
export function forget() {
  try {
    window.localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

/** Forgets what somebody else left behind, or what is too old; called on every page. */
export function tidy() {
  try {
    if (window.localStorage.getItem(KEY) !== null && !read().length) forget();
  } catch {
    // Nothing was kept.
  }
}
