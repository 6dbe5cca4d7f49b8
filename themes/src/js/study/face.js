// What the page shows of study time: only figures that the server has acknowledged, and why it is not counting.

import { $ } from "../lib/dom.js";
import { minutes, seconds } from "../lib/time.js";

const SVG = "http://www.w3.org/2000/svg";

export class Face {
  constructor(config) {
    this.config = config;
    this.texts = $("#study-texts").dataset;
    this.line = "line";
    this.today = 0;
    this.base = 0;
  }

  opened(answer) {
    this.today = answer.today_ms;
    this.base = answer.counted_ms;
    this.show(answer);
  }

  counted(answer) {
    this.show(answer);
  }

  show({ counted_ms: counted, percent, met }) {
    const today = $("#study-today");
    // Without a line nobody knows what else was counted today.
    if (today && this.today !== null) {
      const ms = this.today + counted - this.base;
      // "0 minutes" after half a minute of reading looks as if nothing counted.
      const [text, n] = ms < 60_000 ? [this.texts.todaySeconds, seconds(ms)] : [this.texts.today, minutes(ms)];
      today.textContent = text.replace("%n", String(n));
    }
    this.stream(percent);
    this.here(met);
  }

  /** In the contents list, whether this lesson is met; by then its share is not told any more. */
  here(met) {
    const row = $("#study-here");
    if (!row || met === null || met === undefined) return;
    $("[data-met]", row).hidden = !met;
    $("[data-percent]", row).hidden = met;
  }

  /** Moves the drawn progress: the window of the filled line is as wide as the share. */
  stream(percent) {
    if (percent === null || percent === undefined) return;
    const listed = $("#study-here [data-percent]");
    if (listed) listed.textContent = `${percent}%`;
    const svg = $("#study-stream svg");
    if (!svg) return;
    let fill = $("svg", svg);
    if (!fill && percent > 0) {
      fill = document.createElementNS(SVG, "svg");
      for (const [name, value] of [["x", -1], ["y", -4], ["height", 24]]) fill.setAttribute(name, value);
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("class", "stream-fill");
      line.setAttribute("transform", "translate(1 4)");
      line.setAttribute("d", $("path", svg).getAttribute("d"));
      fill.append(line);
      svg.append(fill);
    }
    if (fill) fill.setAttribute("width", percent + 1 + (percent === 100 ? 1 : 0));
    $("#study-stream").dataset.percent = percent;
  }

  /** state: active, idle, paused, hidden, elsewhere, or of the line: line, offline, expired, busy, failed. */
  state(name, detail, actions) {
    if (["line", "offline", "taken", "expired", "busy", "failed"].includes(name)) {
      this.line = name;
      if (name === "offline") this.notice(this.texts.offline);
      else if (name === "taken") this.notice(this.texts.taken);
      else if (name === "expired") this.notice(this.texts.expired, { link: this.loginUrl(), text: this.texts.login });
      else if (name === "failed") this.notice(detail || this.texts.failed);
      else if (this.noticed === "line") this.notice("");
      if (name !== "line") this.noticed = "line";
      return;
    }
    if (name === "elsewhere" && detail) {
      const text = this.texts.elsewhere.replace("%lesson", detail.lesson).replace("%device", detail.device);
      if (this.noticed !== "elsewhere") this.notice(text, { button: actions.takeOver, text: this.texts.takeover });
      this.noticed = "elsewhere";
    } else if (this.noticed === "elsewhere") {
      this.notice("");
    }
    const words = { active: "counting", idle: "idle", paused: "ready", hidden: "hidden", elsewhere: "ready", unanswered: "unanswered" };
    const node = $("#study-state");
    if (!node) return;
    const text = name === "elsewhere" ? "" : this.texts[words[name]] || "";
    if (node.textContent !== text) node.textContent = text;
    node.dataset.state = name === "active" ? "counting" : "off";
  }

  /** What was studied without a line and came in: `pending_ms` of it waits for its quiz. */
  offline(name, answer) {
    if (name === "refused") this.notice((answer.data && answer.data.message) || this.texts.failed);
    else if (name === "sent" && answer.data.pending_ms) {
      this.notice(this.texts.pending.replace("%n", String(minutes(answer.data.pending_ms))));
    }
  }

  refused(items) {
    const seconds = items.reduce((sum, item) => sum + item.ms, 0) / 1000;
    // Said elsewhere on the page, and all the time.
    const named = items.filter((item) => !["overlap", "unanswered"].includes(item.reason));
    if (named.length) this.notice(this.texts.refused.replace("%n", String(Math.floor(seconds))) + named[0].text);
  }

  notice(text, { button = null, link = "", text: label = "" } = {}) {
    const box = $("#study-notice");
    if (!box) return;
    box.hidden = !text;
    if (!text) this.noticed = "";
    $("#study-notice-text").textContent = text;
    const action = $("#study-notice-action");
    action.hidden = !button;
    action.textContent = button ? label : "";
    action.onclick = button;
    const anchor = $("#study-notice-link");
    anchor.hidden = !link;
    anchor.textContent = link ? label : "";
    if (link) anchor.href = link;
  }

  loginUrl() {
    return `${this.config.login}?next=${encodeURIComponent(window.location.pathname)}`;
  }
}
