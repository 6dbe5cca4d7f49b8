// Uploads on a form of the staff's: files are dropped or chosen, sent one after another, and the form hands in the ids of
// those that are complete (hidden inputs named "uploads"). Without this script the form's own file field does it.

import { $, $$, data, el } from "./lib/dom.js";
import { Face } from "./upload/face.js";
import { fingerprint } from "./upload/fingerprint.js";
import { Transfer } from "./upload/transfer.js";

class Uploads {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.texts = root.dataset;
    this.given = data("upload-data");
    this.items = new Map();
    this.count = 0;
    this.list = $("[data-list]", root);
    this.input = $("[data-input]", root);
    this.place = this.form.elements.namedItem("organisation");
    this.wanted = null;
    for (const known of this.given.known) this.add(new Transfer(known, (one) => this.changed(one)));
    this.bind();
    this.show();
    // The form's own field gives way; what it may hold from before a reload is not sent as well.
    const plain = this.form.querySelector('input[type="file"][name="file"]');
    plain.value = "";
    plain.disabled = true;
    plain.closest("[data-plain-field]").hidden = true;
    root.hidden = false;
  }

  bind() {
    const { root } = this;
    $("[data-choose]", root).addEventListener("click", () => this.choose(null));
    this.input.addEventListener("change", () => {
      const files = [...this.input.files];
      this.input.value = "";
      this.take(files);
    });
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) this.act(button.dataset.act, this.items.get(button.closest("[data-number]").dataset.number).transfer);
    });
    this.place.addEventListener("change", () => this.show());
    this.form.addEventListener("submit", (event) => this.hand(event));
    window.addEventListener("offline", () => this.each(["sending", "retrying"], (one) => one.halt("offline")));
    window.addEventListener("online", () => this.each(["offline"], (one) => one.become("waiting")));
    this.bindDrop($("[data-drop]", root));
  }

  bindDrop(zone) {
    const files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    // A file that misses the zone would take the place of the page.
    for (const type of ["dragover", "drop"]) {
      document.addEventListener(type, (event) => files(event) && event.preventDefault());
    }
    zone.addEventListener("dragover", () => zone.classList.add("is-over"));
    zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
      zone.classList.remove("is-over");
      if (files(event)) this.take([...event.dataTransfer.files]);
    });
  }

  /** wanted: the upload that waits for its file, or null for new ones. */
  choose(wanted) {
    this.wanted = wanted;
    this.input.multiple = !wanted;
    this.input.click();
  }

  organisation() {
    return this.given.organisations[this.place.value] || "";
  }

  async take(files) {
    const { wanted } = this;
    this.wanted = null;
    for (const file of files) {
      let mark;
      try {
        mark = await fingerprint(file);
      } catch {
        this.say(this.texts.unreadable.replace("{name}", file.name), "grave");
        continue;
      }
      if (wanted && wanted.mark !== mark) {
        this.say(this.texts.other.replace("{name}", wanted.name), "grave");
        continue;
      }
      this.receive(file, mark);
    }
    this.next();
  }

  receive(file, mark) {
    const organisation = this.organisation();
    const same = [...this.items.values()].find(
      ({ transfer }) => transfer.mark === mark && transfer.organisation === organisation,
    );
    if (same && same.transfer.file === null && !same.transfer.over) same.transfer.give(file);
    else if (same) this.say(this.texts.twice.replace("{name}", file.name));
    else if (file.size > this.given.limit) this.say(this.texts.large.replace("{name}", file.name), "grave");
    else {
      const { name, size } = file;
      this.add(new Transfer({ file, name, size, mark, organisation }, (one) => this.changed(one)));
    }
    this.show();
  }

  add(transfer) {
    this.count += 1;
    const number = String(this.count);
    const face = new Face(transfer, this.texts, number);
    transfer.number = number;
    this.items.set(number, { transfer, face });
    this.list.append(face.node);
  }

  act(name, transfer) {
    if (name === "choose") this.choose(transfer);
    if (name === "pause") transfer.halt("paused");
    if (name === "resume") transfer.become(transfer.file ? "waiting" : "idle");
    if (name === "remove") this.remove(transfer);
  }

  async remove(transfer) {
    const { face } = this.items.get(transfer.number);
    this.items.delete(transfer.number);
    face.node.remove();
    $("[data-choose]", this.root).focus();
    this.say(this.texts.removed.replace("{name}", transfer.name), "aloud");
    this.show();
    await transfer.remove();
    this.next();
  }

  each(states, act) {
    for (const { transfer } of this.items.values()) if (states.includes(transfer.state)) act(transfer);
  }

  changed(transfer) {
    const item = this.items.get(transfer.number);
    if (!item) return;
    const before = item.state;
    item.state = transfer.state;
    item.face.show(transfer);
    if (before === transfer.state) return;
    // Only turns of events are spoken, not each percent.
    if (["offline", "retrying", "failed", "done", "paused"].includes(transfer.state)) {
      const text = transfer.message || this.texts[`say${transfer.state[0].toUpperCase()}${transfer.state.slice(1)}`];
      this.say(`${transfer.name}: ${text}`, "aloud");
    }
    this.show();
    this.next();
  }

  /** One at a time: on a thin line each file is there sooner, and what is left can be said. */
  next() {
    const all = [...this.items.values()].map((item) => item.transfer);
    if (all.some((one) => one.state === "sending" || one.state === "retrying")) return;
    const first = all.find((one) => one.state === "waiting");
    if (first) first.start(this.given.endpoint);
    this.stayAwake(Boolean(first));
  }

  /** A phone that falls asleep stops sending. */
  async stayAwake(on) {
    try {
      if (on && navigator.wakeLock && !this.awake) this.awake = await navigator.wakeLock.request("screen");
      else if (!on && this.awake) {
        await this.awake.release();
        this.awake = null;
      }
    } catch {
      this.awake = null;
    }
  }

  shown() {
    const organisation = this.organisation();
    return [...this.items.values()].filter(({ transfer }) => transfer.organisation === organisation);
  }

  show() {
    const shown = new Set(this.shown());
    for (const item of this.items.values()) item.face.node.hidden = !shown.has(item);
    this.list.hidden = shown.size === 0;
  }

  hand(event) {
    const shown = this.shown().map((item) => item.transfer);
    const open = shown.filter((one) => one.state !== "done");
    if (!shown.length || open.length) {
      event.preventDefault();
      this.say(shown.length ? this.texts.wait : this.texts.none, "grave");
      return;
    }
    for (const old of $$('input[name="uploads"]', this.form)) old.remove();
    for (const one of shown) this.form.append(el("input", { type: "hidden", name: "uploads", value: one.id }));
  }

  /** how: "aloud" is for screen readers alone, whose eyes see it in the list; "grave" stands out. */
  say(text, how = "") {
    const region = $("[data-say]", this.root);
    region.textContent = text;
    region.classList.toggle("w-sr-only", how === "aloud");
    region.classList.toggle("is-grave", how === "grave");
  }
}

const root = $("[data-uploads]");
if (root) new Uploads(root);
