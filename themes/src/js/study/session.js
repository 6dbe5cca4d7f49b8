// A study session of one page: opened and signed by the server, fed by the meter, reported every half minute, on
// leaving by a beacon. What could not be sent waits on the device (outbox.js) and is taken later as what it was.

import { postJson } from "../lib/http.js";
import { uuid7 } from "../lib/time.js";
import { Meter } from "./meter.js";
import { Offline, possible } from "./offline.js";
import { forgetOthers } from "./kept.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";

const TICK_MS = 1000;
const FIRST_REPORT_MS = 10000;
const REPORT_MS = 30000;
// A page's own clock may stand still while the device sleeps (Android, Linux, macOS); the server's does not.
const SLEPT_MS = 10000;
// A beacon may carry 64 KB in all.
const BEACON_CHARACTERS = 60000;
// The server takes 2000 stretches of a session; with half of them a new one is begun.
const MANY_STRETCHES = 1000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove", "scroll", "input"];

function remembered(store, name) {
  try {
    let value = store.getItem(name);
    if (!value) {
      value = uuid7();
      store.setItem(name, value);
    }
    return value;
  } catch {
    return uuid7();
  }
}

/** Whether this page was not opened by a hand: a reload, or a step back, shows the page that was there. */
function goesOn() {
  const [entry] = performance.getEntriesByType("navigation");
  // A tab that the browser had given up is loaded anew because somebody came back to it.
  return Boolean(entry) && entry.type !== "navigate" && !document.wasDiscarded;
}

export class StudySession {
  /**
   * config: the page's study-config. page(): {visible, playing, paused, texts, position}, asked every second.
   * on: {opened(answer, meter), counted(answer), state(name, detail), refused(items), asked(prompt, now)}; a page without
   * `asked` cannot show a question, and is asked none.
   */
  constructor(config, page, on) {
    this.config = config;
    this.page = page;
    this.on = on;
    this.meter = null;
    this.seq = 0;
    this.reported = 0;
    this.outbox = new Outbox(`study-${config.person}`, {
      onAnswer: (entry, answer) => this.answered(entry, answer),
      onState: (state) => {
        this.on.state(state === "ok" ? "line" : state);
        // After the pages with a line: what they were counted for is then known.
        if (state === "ok") this.handIn();
      },
    });
    this.offline = new Offline(config, () => remembered(localStorage, "rt-device"), (name, answer) => this.on.offline(name, answer));
    this.taken = null;
    this.presence = new Presence();
    for (const entry of this.outbox.read()) if (entry.kind === "presence") this.presence.given.set(entry.body.prompt, entry);
    this.wasOpened = goesOn();
  }

  start() {
    const use = () => this.meter && this.meter.use();
    for (const sign of SIGNS) document.addEventListener(sign, use, { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
      else this.back();
    });
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.back());
    window.addEventListener("online", () => (!this.meter || this.taken ? this.open() : this.flush()));
    if (possible) forgetOthers(this.config.person).catch(() => {});
    setInterval(() => this.tick(), TICK_MS);
    this.open();
  }

  /** byHand: somebody came back to the page, which shows as much as opening it. */
  async open(byHand = false) {
    if (this.opening) return;
    this.opening = true;
    const answer = await postJson(this.config.open, {
      enrolment: this.config.enrolment,
      lesson: this.config.lesson,
      device: remembered(localStorage, "rt-device"),
      tab: remembered(sessionStorage, "rt-tab"),
      again: this.wasOpened && !byHand,
      asks: Boolean(this.on.asked),
    });
    this.opening = false;
    if (answer.status === 0 && (!this.meter || this.taken) && possible) {
      const taken = await this.offline.open().catch(() => null);
      if (taken) {
        if (this.meter) this.freeze("late");
        this.begin(taken, taken);
        this.on.state("taken");
        return;
      }
    }
    if (!answer.ok) {
      this.on.state(answer.status === 401 ? "expired" : answer.status === 0 ? "offline" : "failed");
      clearTimeout(this.retry);
      // Without a session nothing is measured: what may pass is tried again.
      const passes = answer.status === 0 || answer.status === 429 || answer.status >= 500;
      if (passes && !this.meter) this.retry = setTimeout(() => this.meter || this.open(byHand), REPORT_MS);
      return;
    }
    // The last word of the session before this one, if there is one: it is sent afterwards, as what it was.
    if (this.meter) this.freeze("late");
    const wasTaken = this.taken;
    this.begin(answer.data, null);
    if (wasTaken) this.on.state("line");
    // Pages that were left without a word, and days without a sign-in: what they kept goes now.
    this.flush();
  }

  /** `taken`: the offline session's own opening, where there is no line (offline.js). */
  begin(opened, taken) {
    this.taken = taken;
    this.wasOpened = true;
    const began = performance.now();
    this.openedAt = Date.now();
    this.renewAt = 0;
    this.token = opened.session;
    this.id = opened.id;
    this.rule = opened.rule;
    this.seq = 0;
    this.repeated = false;
    this.counting = opened.counting;
    this.elsewhere = opened.elsewhere;
    this.meter = new Meter(opened.rule, opened.lengths, opened.coverage, () => performance.now() - began);
    this.meter.use();
    this.presence.begin(opened.prompt || null);
    this.reported = FIRST_REPORT_MS - REPORT_MS;
    this.on.opened(opened, this.meter);
    this.tick();
  }

  tick() {
    if (!this.meter) return;
    const before = this.meter.was;
    this.heed();
    const state = this.meter.tick(this.page());
    this.on.state(this.counting || state !== "active" ? state : "elsewhere", this.elsewhere);
    if (state === "hidden") return;
    const now = this.meter.clock();
    // A device that slept was woken by a hand.
    if (this.slept(now)) this.open(true);
    else if (this.isLong(now)) this.open();
    // Back from a rest: say so at once, so that a turn held elsewhere by nobody comes here.
    const returned = before && before !== "active" && state === "active";
    if ((now - this.reported >= REPORT_MS || returned) && this.meter.hasNews) this.report("here");
    if (now > this.rule.session_ms - REPORT_MS) this.renew();
  }

  /** Shows what is asked. Missed, the page stops measuring by itself, and what it told ends where the question did. */
  heed() {
    const now = this.meter.clock();
    const { prompt } = this.presence;
    const missed = this.presence.at(now) === "missed";
    if (missed && !this.meter.shut && this.meter.hasNews) this.report("here", false, prompt.until_ms);
    this.meter.shut = missed;
    if (this.on.asked) this.on.asked(prompt, now);
  }

  /** Somebody is there. Kept on the device until it is through, with the moment at which it was said. */
  confirm() {
    const { prompt } = this.presence;
    // Between two sessions there is nothing to answer with; the next carries the question on.
    if (!prompt || !this.meter) return;
    const entry = {
      id: `presence-${prompt.id}`,
      kind: "presence",
      session: this.id,
      url: this.config.presence,
      // heard_ms: only where it came late.
      body: { session: this.token, prompt: prompt.id, at_ms: Math.floor(this.meter.clock()), heard_ms: prompt.heard_ms },
    };
    this.presence.give(entry);
    this.outbox.put(entry);
    this.meter.use();
    this.tick();
    this.flush();
  }

  /**
   * Whether the device slept and this page's clock stood still. What is studied from now on would lie in the past, in
   * stretches that another device may have used meanwhile: a new session has the right time again. Without a line the
   * old one goes on, since its stretches are better than none; asked again after a while.
   */
  slept(now) {
    if (Date.now() - this.openedAt - now < SLEPT_MS || now < this.renewAt) return false;
    this.renewAt = now + REPORT_MS;
    return true;
  }

  /** Whether the session is in very many pieces. Without a line it goes on, and is asked again after a while. */
  isLong(now) {
    if (this.meter.active.length < MANY_STRETCHES || now < this.renewAt) return false;
    this.renewAt = now + REPORT_MS;
    return true;
  }

  renew() {
    this.report("leaving");
    this.meter = null;
    this.open();
  }

  /** Freezes what is new under the next number; nothing of it changes any more. */
  freeze(state, all = false, until = Infinity) {
    const news = this.meter.take(all, until);
    this.seq += 1;
    this.reported = this.meter.clock();
    const body = { session: this.token, seq: this.seq, ...news, state };
    const position = this.page().position;
    if (position) body.position = position;
    if (this.taken) {
      // Never refused for its state: a part is told afterwards in any case.
      this.keeping = this.offline.keep(this.taken, { ...body, state: "late" }).catch(() => this.on.state("failed"));
      return null;
    }
    const entry = { id: `${this.id}-${this.seq}`, session: this.id, url: this.config.report, body };
    this.outbox.put(entry);
    return entry;
  }

  report(state, all = false, until = Infinity) {
    this.freeze(state, all, until);
    return this.flush();
  }

  async flush() {
    const here = document.visibilityState === "visible";
    if (this.taken) return;
    await this.outbox.flush((entry) => {
      if (entry.kind === "presence") return entry.body;
      // Only this page's newest word says that the page is here; everything else is told afterwards.
      const newest = entry.session === this.id && entry.body.seq === this.seq;
      return { ...entry.body, state: newest ? (here ? entry.body.state : "leaving") : "late" };
    });
  }

  /** What was studied without a line goes, once the last of it is on the device. */
  async handIn() {
    if (!possible) return;
    await this.keeping;
    this.offline.flush().catch(() => {});
  }

  answered(entry, answer) {
    if (entry.kind === "presence") {
      // Refused for good: asked again with the next report.
      if (!answer.ok) this.presence.given.delete(entry.body.prompt);
      else if (entry.session === this.id) this.on.counted(answer.data);
      return;
    }
    if (entry.session !== this.id || !answer.ok) {
      if (!answer.ok && entry.session === this.id) this.on.state("failed", answer.data && answer.data.message);
      return;
    }
    this.counting = answer.data.counting;
    this.elsewhere = answer.data.elsewhere;
    if (this.meter) {
      const { prompt } = answer.data;
      // Answered here, and the server never heard of it: two tabs share one list. Said again, nothing changes.
      const said = prompt && this.presence.given.get(prompt.id);
      if (said) this.outbox.put(said);
      this.presence.set(prompt, this.meter.clock());
      this.heed();
    }
    this.on.counted(answer.data);
    if (answer.data.refused.length) this.on.refused(answer.data.refused);
    // The server knows less than this page, and nothing waits: something was lost on the device. Say all of it again.
    const lost = this.meter && this.outbox.waiting === 0 && entry.body.seq === this.seq && !this.repeated;
    if (lost && answer.data.session_active_ms + 2000 < entry.body.active_ms_total) {
      this.repeated = true;
      this.report("here", true);
    }
  }

  leave() {
    if (!this.meter || this.left) return;
    this.left = true;
    this.meter.tick({ ...this.page(), visible: document.visibilityState === "visible" });
    const entry = this.freeze("leaving");
    if (!entry) return;
    const text = JSON.stringify(entry.body);
    if (navigator.sendBeacon && text.length < BEACON_CHARACTERS) {
      navigator.sendBeacon(this.config.report, text);
    } else {
      this.flush();
    }
    this.meter.tick({ ...this.page(), visible: false });
  }

  back() {
    this.left = false;
    if (!this.meter) {
      this.open();
      return;
    }
    if (this.presence.at(this.meter.clock()) === "missed") {
      // It ran out where nobody could see it, or was not seen; either way somebody is here now.
      this.open(true);
      return;
    }
    this.meter.use();
    this.tick();
    this.report("here");
  }

  async takeOver() {
    if (this.taken) return;
    const answer = await postJson(this.config.takeOver, { session: this.token });
    if (!answer.ok) return;
    this.counting = true;
    this.elsewhere = null;
    if (this.meter) this.presence.set(answer.data.prompt, this.meter.clock());
    this.tick();
  }
}
