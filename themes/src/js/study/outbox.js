// What must reach the server, kept on the device until it has: one list in localStorage per purpose and person.
//
// An entry never changes once written (the server knows it by its number), is sent in order, and is taken out when the
// server has answered for good. A lost network, an expired sign-in, a busy server: it waits, as long as the server asks.
// Another person on the same device has another list.

import { postJson } from "../lib/http.js";
import { Patience, permanent } from "./patience.js";

const MOST_ENTRIES = 3000;
const FIRST_WAIT_MS = 4000;
const LONGEST_WAIT_MS = 120000;

export class Outbox {
  /** onAnswer(entry, answer): once per entry that is through. onState("ok" | "offline" | "expired" | "busy"). */
  constructor(name, { onAnswer = () => {}, onState = () => {} } = {}) {
    this.key = `rt-${name}`;
    this.onAnswer = onAnswer;
    this.onState = onState;
    this.memory = null;
    this.sending = false;
    this.patience = new Patience(FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.timer = 0;
    window.addEventListener("online", () => this.flush());
  }

  read() {
    if (this.memory) return this.memory;
    try {
      return JSON.parse(localStorage.getItem(this.key) || "[]");
    } catch {
      return [];
    }
  }

  write(entries) {
    try {
      localStorage.setItem(this.key, JSON.stringify(entries.slice(-MOST_ENTRIES)));
      this.memory = null;
    } catch {
      this.memory = entries; // storage refused or full: this page still knows
    }
  }

  /** entry: {id, url, body}; the same id again replaces nothing. */
  put(entry) {
    const entries = this.read();
    if (!entries.some((known) => known.id === entry.id)) this.write([...entries, entry]);
  }

  drop(id) {
    this.write(this.read().filter((entry) => entry.id !== id));
  }

  get waiting() {
    return this.read().length;
  }

  /** Sends what waits, one after the other. `prepare(entry)` may give the body as it is to be sent now. */
  async flush(prepare = this.prepare) {
    this.prepare = prepare;
    if (this.sending || this.patience.asked) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      for (let entry = this.read()[0]; entry; entry = this.read()[0]) {
        const answer = await postJson(entry.url, prepare ? prepare(entry) : entry.body);
        if (!answer.ok && !permanent(answer)) {
          this.later(answer);
          return;
        }
        this.drop(entry.id);
        this.patience.over();
        this.onAnswer(entry, answer);
      }
      this.onState("ok");
    } finally {
      this.sending = false;
    }
  }

  later(answer) {
    const { status } = answer;
    this.onState(status === 401 || status === 403 ? "expired" : status === 0 ? "offline" : "busy");
    this.timer = setTimeout(() => this.flush(), this.patience.after(answer));
  }
}
