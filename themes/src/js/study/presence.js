// "Are you still studying?": what the page knows of an open question, and the bar that shows it.
//
// The question is the server's; it comes with an answer and is told in the session's own time, so that a wrong clock does
// no harm. Owns: which state it is in, the bar, the mark in the title, the line over a video that fills the screen. Refuses:
// to take the focus, to stop or mute anything, to cover a control, to watch anybody.

import { $, $$ } from "../lib/dom.js";

const MINUTE_MS = 60000;
const THANKS_MS = 6000;

/** "": nothing is asked; "soon": announced; "asked"; "missed": nothing counts until it is answered. */
export function stateOf(prompt, now) {
  if (!prompt) return "";
  if (now >= prompt.until_ms) return "missed";
  return now >= prompt.due_ms ? "asked" : "soon";
}

export class Presence {
  constructor() {
    this.prompt = null;
    // Prompt → its answer given here; the server may not have heard of it yet.
    this.given = new Map();
    // Prompt → when this session's page first heard of it.
    this.heard = new Map();
  }

  /** What is open when a session begins: asked of the page before it. */
  begin(prompt) {
    this.heard.clear();
    this.set(prompt, -Infinity);
  }

  /** What the server says is open now. */
  set(prompt, now) {
    if (prompt && !this.heard.has(prompt.id)) this.heard.set(prompt.id, now);
    this.prompt = prompt && !this.given.has(prompt.id) ? this.fair(prompt) : null;
  }

  /** Heard of only after it was asked (the line, or the page itself, was still), it is open for as long from then on. */
  fair(prompt) {
    const heard = Math.ceil(this.heard.get(prompt.id));
    if (heard <= prompt.due_ms) return prompt;
    return { ...prompt, due_ms: heard, until_ms: heard + prompt.until_ms - prompt.due_ms, heard_ms: heard };
  }

  at(now) {
    return stateOf(this.prompt, now);
  }

  /** Answered: `entry` is what the server is told. */
  give(entry) {
    this.given.set(entry.body.prompt, entry);
    this.prompt = null;
  }
}

/** The bar in the player's header. confirm(): somebody tapped. */
export class PresenceBar {
  constructor(confirm) {
    this.box = $("#presence");
    this.title = document.title;
    this.shown = "";
    if (!this.box) return;
    this.words = this.box.dataset;
    this.text = $("#presence-text");
    this.left = $("#presence-left");
    this.button = $("#presence-button");
    this.button.addEventListener("click", () => {
      // The button goes; whoever came with the keyboard stays here.
      if (document.activeElement === this.button) this.text.focus({ preventScroll: true });
      confirm();
      this.thank();
    });
    document.addEventListener("fullscreenchange", () => this.overVideos());
  }

  show(prompt, now) {
    if (!this.box) return;
    const state = stateOf(prompt, now);
    if (state !== this.shown) this.enter(state, prompt, now);
    if (state) this.count(state, prompt, now);
  }

  /** Spoken once for each state; the minutes beside it change in silence. */
  enter(state, prompt, now) {
    clearTimeout(this.timer);
    this.shown = state;
    this.box.dataset.state = state;
    this.button.hidden = !state;
    const since = new Date(Date.now() - Math.max(0, now - (prompt ? prompt.until_ms : now)));
    const clock = [since.getHours(), since.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
    const n = prompt ? Math.max(1, Math.ceil((prompt.due_ms - now) / MINUTE_MS)) : 0;
    this.text.textContent = state ? this.words[state].replace("%t", clock).replace("%n", String(n)) : "";
    this.left.textContent = "";
    document.title = state === "asked" || state === "missed" ? this.words.mark + this.title : this.title;
    this.overVideos();
  }

  count(state, prompt, now) {
    const left = Math.floor((prompt.until_ms - now) / MINUTE_MS);
    let words = "";
    if (state === "asked") words = left >= 1 ? this.words.left.replace("%n", String(left)) : this.words.last;
    if (this.left.textContent !== words) this.left.textContent = words;
  }

  thank() {
    this.enter("", null, 0);
    this.box.dataset.state = "thanks";
    this.text.textContent = this.words.thanks;
    this.timer = setTimeout(() => this.enter("", null, 0), THANKS_MS);
  }

  /** A video that fills the screen hides the bar: the words then stand over it as a caption does, and stop nothing. */
  overVideos() {
    const words = this.shown === "asked" || this.shown === "missed" ? this.words.fullscreen : "";
    for (const video of $$("video")) {
      const fills = document.fullscreenElement === video || video.webkitDisplayingFullscreen;
      const track = video.presenceTrack || (words && fills ? video.addTextTrack("captions", this.title) : null);
      if (!track) continue;
      video.presenceTrack = track;
      for (const cue of [...(track.cues || [])]) track.removeCue(cue);
      if (words && fills) track.addCue(new VTTCue(0, Number.MAX_SAFE_INTEGER, words));
      track.mode = words && fills ? "showing" : "disabled";
    }
  }
}
