// Measures study on one page, on the page's own monotonic clock: when it was in use, and which content was met.
//
// In use: the page is visible and (a video plays, or there was a sign of use within idle_ms). Nothing else is watched:
// no focus, no camera, no other windows. Content met: of a video what was played; of a text the part on the screen, as
// fast as the rule permits, then what was on the screen before and went by too fast. Figures are ranges since the session's opening, never bare differences, so that whatever
// is sent twice counts once.

import { add, firstGap, total } from "./ranges.js";

// Between two looks at the clock; a longer gap means that the device slept, and is not counted.
const SLEPT_MS = 5000;
// Shorter rests are not worth a line in anybody's day.
const REST_MS = 5000;

export class Meter {
  /**
   * @param {{idle_ms: number, speed_hundredths: number}} rule
   * @param {Object<string, number>} lengths block → content ms
   * @param {Object<string, number[][]>} covered what the server knows already
   * @param {function(): number} clock ms since the session was opened
   */
  constructor(rule, lengths, covered, clock) {
    this.rule = rule;
    this.lengths = lengths;
    this.clock = clock;
    this.covered = {};
    for (const block of Object.keys(covered)) this.covered[block] = covered[block].map((pair) => [...pair]);
    this.met = {};
    this.shown = {};
    this.active = [];
    this.resting = [];
    this.used = 0;
    this.last = clock();
    this.rest = null;
    // A question was not answered in time: nothing is measured until it is.
    this.shut = false;
    this.fresh = { active: [], resting: [], met: {} };
  }

  /** A sign of use: a key, a touch, a scroll, an exercise that said something. */
  use() {
    this.used = this.clock();
  }

  /**
   * Looks at the clock. `page` says how things are now:
   * {visible, playing, paused (a video was begun and stands still), texts: [{block, from, to}] shares on the screen}.
   * Returns "active", "hidden", "unanswered", "paused" or "idle".
   */
  tick(page) {
    const now = Math.floor(this.clock());
    const before = this.last;
    this.last = now;
    const inUse = now - this.used <= this.rule.idle_ms;
    const state = !page.visible ? "hidden" : this.shut ? "unanswered" : page.playing || inUse ? "active" : page.paused ? "paused" : "idle";
    const step = now - before;
    if (state === "active" && this.was === "active" && step > 0 && step <= SLEPT_MS) {
      this.active = add(this.active, before, now);
      this.fresh.active = add(this.fresh.active, before, now);
      if (!page.playing) this.dwell(page.texts || [], step);
    }
    this.keepRest(state, before, now);
    this.was = state;
    return state;
  }

  keepRest(state, before, now) {
    if (this.rest && this.rest.state !== state) {
      if (now - this.rest.from >= REST_MS) {
        const item = [this.rest.from, now, this.rest.state];
        this.resting.push(item);
        this.fresh.resting.push(item);
      }
      this.rest = null;
    }
    if (state !== "active" && !this.rest) this.rest = { state, from: this.was === "active" ? before : now };
  }

  /**
   * Time spent before texts: fills what is on the screen and not met yet, from the top. Time that finds nothing left
   * there goes to what was shown and scrolled past: nobody's pace is as even as a clock.
   */
  dwell(texts, step) {
    const here = [];
    for (const { block, from, to } of texts) {
      const length = this.lengths[block];
      if (!length) continue;
      const low = Math.max(0, Math.floor(from * length));
      const high = Math.min(length, Math.ceil(to * length));
      here.push([block, low, high]);
      this.shown[block] = add(this.shown[block] || [], low, high);
    }
    let carry = Math.floor((step * this.rule.speed_hundredths) / 100);
    for (const [block, low, high] of here) carry = this.fill(block, low, high, carry);
    for (const [block, ranges] of Object.entries(this.shown)) {
      for (const [low, high] of ranges) carry = this.fill(block, low, high, carry);
    }
  }

  /** Meets what is still open of [low, high), at most `carry` of it; gives back what is left of `carry`. */
  fill(block, low, high, carry) {
    let left = carry;
    while (left > 0) {
      const gap = firstGap(this.covered[block] || [], low, high);
      if (!gap) break;
      const end = Math.min(gap[1], gap[0] + left);
      this.cover(block, gap[0], end);
      left -= end - gap[0];
    }
    return left;
  }

  /** Content that was met: a stretch of a video, part of a text. */
  cover(block, from, to) {
    if (this.shut) return;
    const start = Math.max(0, Math.floor(from));
    const end = Math.min(this.lengths[block] || 0, Math.ceil(to));
    if (end <= start) return;
    this.covered[block] = add(this.covered[block] || [], start, end);
    this.met[block] = add(this.met[block] || [], start, end);
    this.fresh.met[block] = add(this.fresh.met[block] || [], start, end);
  }

  get activeMs() {
    return total(this.active);
  }

  get hasNews() {
    return this.fresh.active.length > 0 || this.fresh.resting.length > 0 || Object.keys(this.fresh.met).length > 0;
  }

  /**
   * What is new since the last call; `all` gives everything of the session once more. until: the moment it ends at, where
   * that is earlier than now.
   */
  take(all = false, until = Infinity) {
    const news = all
      ? { active: this.active, inactive: this.resting.slice(-400), coverage: this.met }
      : { active: this.fresh.active, inactive: this.fresh.resting, coverage: this.fresh.met };
    this.fresh = { active: [], resting: [], met: {} };
    // Never before what it tells: the server would take nothing of it.
    const told = [...news.active.slice(-1), ...news.inactive.slice(-1)].map((item) => item[1]);
    const end = Math.max(Math.floor(Math.min(this.clock(), until)), ...told);
    return { elapsed_ms: end, active_ms_total: this.activeMs, ...news };
  }
}
