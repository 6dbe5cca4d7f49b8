// One file on its way to the server, over tus: in parts as large as the line carries in some seconds, tried again after a
// lost connection, from where the server stands. Says what happens by `changed(transfer)`; draws nothing.

import { Upload } from "tus-js-client";
import { csrfToken } from "../lib/http.js";

const MB = 1024 * 1024;
const PART = { first: MB, least: MB / 4, most: 16 * MB };
// A part that takes less is followed by one twice as large, one that takes more by half of it.
const QUICK_MS = 3000;
const SLOW_MS = 12000;
// What a dead line is tried again for, by itself: about ten minutes. Coming online again starts it anew, and so does a tap.
const DELAYS = [0, 1000, 2000, 4000, 8000, 15000, 30000, 30000, 60000, 60000, 60000, 60000, 120000, 120000];
const SPEED_WINDOW_MS = 15000;

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

function headers() {
  return { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken(), Accept: "application/json" };
}

/** The sentence of a refusal, "" where there is none. */
function sentence(body) {
  try {
    return JSON.parse(body).message || "";
  } catch {
    return "";
  }
}

export class Transfer {
  /** state: "idle" (no file chosen yet), "waiting", "sending", "paused", "offline", "retrying", "failed", "done". */
  constructor({ file = null, name, size, mark, organisation, id = "", url = "", offset = 0, done = false }, changed) {
    Object.assign(this, { file, name, size, mark, organisation, id, url, changed });
    this.sent = offset;
    this.message = "";
    this.samples = [];
    this.tus = null;
    this.state = done ? "done" : file ? "waiting" : "idle";
  }

  get over() {
    return this.state === "done" || this.state === "removed";
  }

  /** Takes the file that was chosen again. */
  give(file) {
    this.file = file;
    this.become("waiting");
  }

  become(state, message = "") {
    this.state = state;
    this.message = message;
    this.changed(this);
  }

  async start(endpoint) {
    this.endpoint = endpoint;
    this.samples = [];
    this.become("sending");
    if (!this.url && !(await this.create())) return;
    if (this.state !== "sending") return;
    if (this.size === 0) {
      this.become("done");
      return;
    }
    this.send();
  }

  /** Asks for a place. Our own request and not the library's, which takes a new place whenever the old one cannot be asked
      for: after a hiccup of the server it would begin from nothing. */
  async create() {
    const metadata = { filename: this.name, organisation: this.organisation, fingerprint: this.mark };
    const encoded = Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`);
    let answer;
    try {
      answer = await fetch(this.endpoint, {
        method: "POST",
        credentials: "same-origin",
        headers: { ...headers(), "Upload-Length": String(this.size), "Upload-Metadata": encoded.join(",") },
      });
    } catch {
      this.become(navigator.onLine ? "failed" : "offline");
      return false;
    }
    if (!answer.ok) {
      this.become("failed", sentence(await answer.text()));
      return false;
    }
    this.url = answer.headers.get("Location");
    this.id = this.url.slice(-36);
    if (this.state === "removed") this.forget();
    return true;
  }

  send() {
    let began = Date.now();
    this.tus = new Upload(this.file, {
      uploadUrl: this.url,
      uploadSize: this.size,
      chunkSize: PART.first,
      retryDelays: DELAYS,
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
      onBeforeRequest: () => {
        began = Date.now();
      },
      onProgress: (sent) => this.progress(sent),
      onChunkComplete: () => {
        const took = Date.now() - began;
        const { options } = this.tus;
        if (took < QUICK_MS) options.chunkSize = Math.min(options.chunkSize * 2, PART.most);
        else if (took > SLOW_MS) options.chunkSize = Math.max(options.chunkSize / 2, PART.least);
      },
      onShouldRetry: (error) => this.again(error),
      onSuccess: () => {
        this.sent = this.size;
        this.become("done");
      },
      onError: (error) => this.failed(error),
    });
    this.tus.start();
  }

  progress(sent) {
    this.sent = sent;
    const now = Date.now();
    this.samples.push([now, sent]);
    while (this.samples.length > 2 && now - this.samples[0][0] > SPEED_WINDOW_MS) this.samples.shift();
    if (this.state === "retrying") this.become("sending");
    else this.changed(this);
  }

  /** Bytes a second over the last quarter of a minute; 0 while that cannot be said. */
  get speed() {
    if (this.samples.length < 2) return 0;
    const [[fromMs, from], [toMs, to]] = [this.samples[0], this.samples[this.samples.length - 1]];
    return toMs - fromMs < 500 || to <= from ? 0 : ((to - from) * 1000) / (toMs - fromMs);
  }

  again(error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    this.samples = [];
    if (!navigator.onLine) return false;
    // Lost line, busy server, another place than we thought, a writer of a moment ago. The rest is an answer.
    const passing = status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);
    if (passing) this.become("retrying");
    return passing;
  }

  failed(error) {
    const answer = error.originalResponse;
    const status = answer ? answer.getStatus() : 0;
    this.tus = null;
    if (!navigator.onLine) this.become("offline");
    // What the server does not have any more begins anew at the next try.
    else {
      if (status === 404 || status === 410) Object.assign(this, { url: "", id: "", sent: 0 });
      this.become("failed", answer ? sentence(answer.getBody()) : "");
    }
  }

  halt(state) {
    if (this.tus) this.tus.abort();
    this.tus = null;
    this.become(state);
  }

  /** Gives the upload up. */
  remove() {
    this.halt("removed");
    return this.url ? this.forget() : null;
  }

  /** On the server too; where that cannot be reached, the upload stands in the list again when the page is opened anew. */
  async forget() {
    try {
      await fetch(this.url, { method: "DELETE", credentials: "same-origin", headers: headers() });
    } catch {
      // Nothing is lost by keeping it.
    }
  }
}
