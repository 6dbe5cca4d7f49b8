// What one upload looks like: its name, a bar, a line of words, its buttons. The markup is the page's own <template>.

import { $ } from "../lib/dom.js";

const UNITS = ["B", "KB", "MB", "GB"];

/** 1536 → "1.5 KB"; never more than was there. */
export function amount(bytes) {
  let unit = 0;
  let left = bytes;
  while (left >= 1024 && unit < UNITS.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.floor(left) : (Math.floor(left * 10) / 10).toFixed(1)} ${UNITS[unit]}`;
}

const BUTTONS = {
  idle: ["choose", "remove"],
  waiting: ["remove"],
  sending: ["pause", "remove"],
  retrying: ["pause", "remove"],
  offline: ["remove"],
  paused: ["resume", "remove"],
  failed: ["resume", "remove"],
  done: ["remove"],
};

export class Face {
  constructor(transfer, texts, number) {
    this.texts = texts;
    this.node = document.importNode($("#upload-item").content, true).firstElementChild;
    this.node.dataset.number = String(number);
    const name = $("[data-name]", this.node);
    name.textContent = transfer.name;
    name.id = `upload-name-${number}`;
    $("progress", this.node).setAttribute("aria-labelledby", name.id);
    this.node.querySelectorAll("button").forEach((button) => button.setAttribute("aria-describedby", name.id));
    this.show(transfer);
  }

  words(name, values = {}) {
    return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), this.texts[name]);
  }

  show(transfer) {
    const { state, sent, size } = transfer;
    const percent = size ? Math.floor((sent / size) * 100) : 100;
    this.node.dataset.state = state;
    const bar = $("progress", this.node);
    bar.max = size || 1;
    bar.value = size ? sent : 1;
    bar.setAttribute("aria-valuetext", `${percent}%`);
    $("[data-percent]", this.node).textContent = `${percent}%`;
    $("[data-note]", this.node).textContent = this.note(transfer);
    const shown = BUTTONS[state] || [];
    for (const button of this.node.querySelectorAll("[data-act]")) {
      const hide = !shown.includes(button.dataset.act);
      // Whoever has just pressed it with the keyboard goes on at the button that takes its place.
      const focused = hide && document.activeElement === button;
      button.hidden = hide;
      if (focused) this.refocus = true;
    }
    if (this.refocus) {
      const next = $("[data-act]:not([hidden])", this.node);
      if (next) next.focus();
      this.refocus = false;
    }
  }

  note(transfer) {
    const { state, sent, size, speed } = transfer;
    const of = this.words("of", { sent: amount(sent), size: amount(size) });
    if (state === "failed") return `${transfer.message || this.words("failed")} ${of}`;
    if (state === "done") return this.words("done", { size: amount(size) });
    const parts = [of, state === "sending" ? "" : this.words(state)];
    if (state === "sending" && speed) {
      parts.push(this.words("speed", { speed: amount(speed) }), this.remaining((size - sent) / speed));
    }
    return parts.filter(Boolean).join(" · ");
  }

  remaining(seconds) {
    if (seconds < 60) return this.words("seconds", { n: Math.max(1, Math.ceil(seconds)) });
    if (seconds < 5400) return this.words("minutes", { n: Math.ceil(seconds / 60) });
    return this.words("hours", { n: (Math.ceil(seconds / 360) / 10).toFixed(1) });
  }
}
