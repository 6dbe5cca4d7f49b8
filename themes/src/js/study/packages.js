// SCORM packages in a lesson: opens an attempt, hands what was kept to the frame on the content host, and sees that what the
// content says reaches the server: each session is one row on the device (IndexedDB) with everything it said since its
// opening, under a number that grows. A row goes when the server has taken that number.

import { postJson } from "../lib/http.js";
import { Patience, permanent } from "./patience.js";

const CONTEXT = "rongtong-scorm";
const NAME = "rt-packages";
const STORE = "commits";
// What is only a value set may wait; a commit, a beginning and an end go at once.
const SEND_AFTER_MS = 10000;
const FIRST_WAIT_MS = 4000;
const LONGEST_WAIT_MS = 120000;
const MOST_CHARACTERS = 1024 * 1024;
const MOST_A_MINUTE = 1200;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Rows {person, session, url, body}; where the device keeps nothing, this page still knows. */
class Rows {
  constructor() {
    this.memory = new Map();
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["person", "session"] });
    this.opened = asked(request).catch(() => null);
  }

  async on(mode, act) {
    const database = await this.opened;
    if (!database) return null;
    return asked(act(database.transaction(STORE, mode).objectStore(STORE)));
  }

  async put(row) {
    this.memory.set(row.session, row);
    await this.on("readwrite", (store) => store.put(row)).catch(() => null);
  }

  async of(person) {
    const range = IDBKeyRange.bound([person], [person, []]);
    const kept = (await this.on("readonly", (store) => store.getAll(range)).catch(() => null)) || [];
    const all = new Map(kept.map((row) => [row.session, row]));
    for (const [session, row] of this.memory) all.set(session, row);
    // Sessions are numbered by time (UUIDv7): the older one first.
    return [...all.values()].sort((a, b) => (a.session < b.session ? -1 : 1));
  }

  /** Takes a row out if nothing was added to it meanwhile. */
  async drop(person, session, seq) {
    const known = this.memory.get(session);
    if (known && known.body.seq > seq) return;
    this.memory.delete(session);
    await this.on("readwrite", (store) => store.delete([person, session])).catch(() => null);
  }
}

export class Packages {
  /** onAnswer(data): a commit is through; onActivity(): the learner did something in a content. */
  constructor(person, { onAnswer, onActivity }) {
    this.person = person;
    this.onAnswer = onAnswer;
    this.onActivity = onActivity;
    this.rows = new Rows();
    this.patience = new Patience(FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.timer = 0;
    this.due = Infinity;
    this.running = null;
    this.again = false;
    this.says = () => {};
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? this.flush() : null));
  }

  /** Sends what waits, of this person alone; true when nothing is left. */
  flush() {
    if (this.running) {
      // What came while others were under way is not among them.
      this.again = true;
      return this.running;
    }
    this.running = this.send().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        this.flush();
      }
    });
    return this.running;
  }

  async send() {
    clearTimeout(this.timer);
    this.due = Infinity;
    if (this.patience.asked) {
      this.later(this.patience.until - performance.now());
      return false;
    }
    for (const row of await this.rows.of(this.person)) {
      const text = JSON.stringify(row.body);
      const keepalive = document.visibilityState === "hidden" && text.length < 60000;
      const answer = await postJson(row.url, row.body, { keepalive });
      if (!answer.ok && !permanent(answer)) {
        this.later(this.patience.after(answer));
        return false;
      }
      this.patience.over();
      await this.rows.drop(this.person, row.session, row.body.seq);
      if (answer.ok) this.onAnswer(answer.data, row);
      else this.says((answer.data && answer.data.message) || "");
    }
    return true;
  }

  later(wait) {
    const due = Date.now() + wait;
    if (due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), wait);
  }

  /** Runs the content of a box (learning/_block.html). */
  async mount(box) {
    const iframe = box.querySelector("iframe");
    const status = box.querySelector("[data-status]");
    if (!iframe) return;
    const say = (text) => {
      status.textContent = text;
    };
    this.says = say;
    // What another session left here goes first: the server's word on where the learner is must hold it.
    await this.flush();
    const answer = await postJson(box.dataset.openUrl, {});
    if (!answer.ok) {
      say(answer.status === 0 ? box.dataset.offline : (answer.data && answer.data.message) || "");
      if (answer.status === 0) window.addEventListener("online", () => this.mount(box), { once: true });
      return;
    }
    say("");
    this.play(iframe, box.dataset.commitUrl, answer.data);
  }

  play(iframe, url, given) {
    const origin = new URL(iframe.dataset.src, location.href).origin;
    const body = { session: given.session, seq: 0, items: {}, shared: "", current: "" };
    let minute = 0;
    let said = 0;
    const tooMany = () => {
      const now = Math.floor(Date.now() / 60000);
      if (now !== minute) said = 0;
      minute = now;
      said += 1;
      return said > MOST_A_MINUTE;
    };
    const take = ({ item, event, cmi, shared, current, root }) => {
      if (typeof item !== "string" || !isObject(cmi)) return;
      const before = body.items[item] || {};
      const next = {
        ...body,
        seq: body.seq + 1,
        items: { ...body.items, [item]: { cmi, terminated: before.terminated === true || event === "terminate" } },
      };
      if (typeof shared === "string" && shared) next.shared = shared;
      if (typeof current === "string") next.current = current;
      if (isObject(root)) next.root = root;
      // The server says what is wrong with one that is too large; a content in a loop is not kept for that.
      if (JSON.stringify(next).length > 4 * MOST_CHARACTERS) return;
      Object.assign(body, next);
      const put = this.rows.put({ person: this.person, session: given.session, url, body: { ...body } });
      if (event === "set") this.later(SEND_AFTER_MS);
      else put.then(() => this.flush());
    };
    window.addEventListener("message", (event) => {
      if (event.source !== iframe.contentWindow || event.origin !== origin) return;
      const heard = event.data;
      if (!isObject(heard) || heard.context !== CONTEXT || tooMany()) return;
      if (heard.type === "ready") {
        const { items, shared, current } = given;
        iframe.contentWindow.postMessage({ context: CONTEXT, type: "start", items, shared, current }, origin);
      } else if (heard.type === "commit") {
        take(heard);
      } else if (heard.type === "activity") {
        this.onActivity();
      } else if (heard.type === "failed") {
        this.says(String(heard.message).slice(0, 300));
      }
    });
    iframe.src = iframe.dataset.src;
  }
}
