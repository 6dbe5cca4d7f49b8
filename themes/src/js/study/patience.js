// When to try again: after a failure twice as long as the last time, and never before the time a busy server named.
//
// Owns: the wait. Refuses: to believe a server that names hours, since what waits must still reach it on the same day.

const LONGEST_ASKED_MS = 600000;
// Devices that failed together shall not all come back in the same moment; and no timer fires before its time is up.
const UPSET_MS = { least: 100, most: 1000 };

/** Whether the server has answered for good. */
export function permanent({ status, data }) {
  // A 403 without JSON is Django's page about a stale token: signed in again elsewhere; the next try brings the new one.
  return status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status) && !(status === 403 && !data);
}

export class Patience {
  /** Milliseconds: the first wait, and the longest that doubling comes to. */
  constructor(first, longest) {
    this.first = first;
    this.longest = longest;
    this.over();
  }

  /** Something went through. */
  over() {
    this.wait = this.first;
    this.until = 0;
  }

  /** Milliseconds to wait after this answer ({status, retryAfter in seconds}). */
  after({ status, retryAfter = 0 }) {
    const asked = status === 429 || status === 503 ? Math.min(retryAfter * 1000, LONGEST_ASKED_MS) : 0;
    this.until = asked > 0 ? performance.now() + asked : 0;
    const wait = Math.max(this.wait, asked) + UPSET_MS.least + Math.random() * (UPSET_MS.most - UPSET_MS.least);
    this.wait = Math.min(this.wait * 2, this.longest);
    return wait;
  }

  /** Whether the time the server named is still to come: whoever has something new to send waits, too. */
  get asked() {
    return performance.now() < this.until;
  }
}
