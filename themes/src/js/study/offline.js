// A lesson taken along: downloads it under a ticket, measures without a line, and hands in what was measured when there
// is one. The server places and counts it (docs/decisions/offline-tickets.md); nothing here decides.

import { $ } from "../lib/dom.js";
import { postJson } from "../lib/http.js";
import { uuid7 } from "../lib/time.js";
import * as kept from "./kept.js";
import { Patience, permanent } from "./patience.js";

const FIRST_WAIT_MS = 4000;
const LONGEST_WAIT_MS = 300000;
const MEGABYTE = 1000000;

export const possible = "serviceWorker" in navigator && "caches" in window && "indexedDB" in window;

export class Offline {
  /** config: the page's study-config. device(): this browser's id. onState(name, answer): "sent", "waiting", "refused". */
  constructor(config, device, onState = () => {}) {
    this.config = config;
    this.device = device;
    this.onState = onState;
    this.patience = new Patience(FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.timer = 0;
    this.sending = null;
    this.key = [config.person, config.lesson];
  }

  async ticket() {
    const row = await kept.get("tickets", this.key);
    return row && Date.now() - row.receivedAt < row.ticket.until_ms - row.ticket.issued_ms ? row : null;
  }

  // --- taking along --------------------------------------------------------------------------------------

  /** Ticket, page and media; {ok, message}. What is too big is said, and nothing is kept. */
  async download(kind = "small") {
    const { enrolment, lesson, person } = this.config;
    const answer = await postJson(this.config.ticket, { enrolment, lesson, device: this.device() });
    if (!answer.ok) return { ok: false, message: answer.data && answer.data.message };
    const ticket = answer.data;
    const name = `rt-lesson-${person}-${lesson}`;
    await navigator.serviceWorker.register(this.config.worker, { scope: "/learn/" });
    await caches.delete(name);
    const cache = await caches.open(name);
    let size = 0;
    try {
      for (const url of addresses(kind)) {
        const response = await fetch(url, { credentials: "same-origin" });
        if (!response.ok) throw new Error(url);
        size += (await response.clone().blob()).size;
        if (size > ticket.media_bytes) {
          await caches.delete(name);
          return { ok: false, tooBig: Math.floor(ticket.media_bytes / MEGABYTE) };
        }
        await cache.put(url, response);
      }
      await kept.put("tickets", { person, lesson, cache: name, ticket, receivedAt: Date.now() });
    } catch {
      await caches.delete(name);
      return { ok: false };
    }
    return { ok: true, size: Math.max(1, Math.round(size / MEGABYTE)) };
  }

  async remove() {
    await caches.delete(`rt-lesson-${this.config.person}-${this.config.lesson}`);
    await kept.drop("tickets", this.key);
  }

  // --- a session without a line --------------------------------------------------------------------------

  /** What opening gives with a line, from the ticket; null without one that still holds. */
  async open() {
    const row = await this.ticket();
    if (!row) return null;
    return {
      ...row.ticket,
      session: row.ticket.ticket,
      id: uuid7(),
      counting: true,
      elsewhere: null,
      today_ms: null,
      since_ms: Math.max(0, Date.now() - row.receivedAt),
    };
  }

  /** Keeps one part; the last known length of its session goes along when it is sent. */
  async keep(opened, body) {
    await kept.put("parts", {
      person: this.config.person,
      session: opened.id,
      seq: body.seq,
      url: this.config.offline,
      body: { ...body, ticket: opened.session, session: opened.id, since_ms: opened.since_ms },
    });
  }

  async flush() {
    if (this.patience.asked) return;
    this.sending ||= this.send().finally(() => {
      this.sending = null;
    });
    await this.sending;
  }

  async send() {
    clearTimeout(this.timer);
    const rows = await kept.all("parts", this.config.person);
    const lasted = {};
    for (const row of rows) lasted[row.session] = Math.max(lasted[row.session] || 0, row.body.elapsed_ms);
    for (const row of rows) {
      const answer = await postJson(row.url, { ...row.body, lasted_ms: lasted[row.session] });
      if (!answer.ok && !permanent(answer)) {
        this.timer = setTimeout(() => this.flush(), this.patience.after(answer));
        this.onState("waiting", answer);
        return;
      }
      await kept.drop("parts", [row.person, row.session, row.seq]);
      this.patience.over();
      this.onState(answer.ok ? "sent" : "refused", answer);
    }
  }
}

/** Everything of our own that this page shows, and the page itself. */
function addresses(kind) {
  const found = new Set([window.location.href.split("#")[0]]);
  for (const node of document.querySelectorAll("link[rel~=stylesheet], link[rel~=icon]")) found.add(node.href);
  for (const node of document.querySelectorAll("script[src], img[src], track[src]")) found.add(node.src);
  // Which of its sizes a picture will want depends on how the device is held.
  for (const node of document.querySelectorAll("picture > source[srcset]")) {
    for (const part of node.srcset.split(", ")) found.add(new URL(part.split(" ")[0], window.location.href).href);
  }
  // Of a film the small one or its sound; the original where nothing was made of it.
  for (const node of document.querySelectorAll("video[data-original], audio[data-original]")) {
    const { small, audio, original } = node.dataset;
    const url = (kind === "small" && small) || ((kind === "audio" || node.tagName === "AUDIO") && audio) || small || original;
    found.add(new URL(url, window.location.href).href);
  }
  for (const node of document.querySelectorAll("video[poster]")) found.add(node.poster);
  return [...found].filter((url) => new URL(url).origin === window.location.origin);
}

/** The button and its words. Hidden where the browser, or the lesson, cannot do it. */
export async function bind(offline) {
  const box = $("#offline-box");
  if (!box || !possible) return;
  const button = $("#offline-button");
  const text = $("#offline-text");
  const kind = $("#offline-kind");
  const say = (words, n = "") => {
    text.textContent = words.replace("%n", String(n));
  };
  const show = async () => {
    const row = await offline.ticket();
    button.textContent = row ? box.dataset.remove : box.dataset.download;
    button.dataset.kept = row ? "yes" : "";
    if (kind) kind.hidden = Boolean(row);
    if (row) say(box.dataset.kept, Math.ceil((row.ticket.until_ms - row.ticket.issued_ms - (Date.now() - row.receivedAt)) / 86400000));
  };
  await show(); // what the button says comes out of the browser's own database: no button without a name
  box.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    if (button.dataset.kept) {
      await offline.remove();
      say(box.dataset.removed);
    } else {
      say(box.dataset.loading);
      const done = await offline.download(kind ? kind.value : "small");
      if (!done.ok) say(done.tooBig ? box.dataset.big : done.message || box.dataset.failed, done.tooBig);
    }
    button.disabled = false;
    await show();
  });
}
