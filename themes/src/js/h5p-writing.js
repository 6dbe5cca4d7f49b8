// Around the frame in which an H5P exercise is written: hears that something was saved, hands in the form when the writer
// is done, and warns before changes are lost. Without this script the form's own buttons do it.

import { $ } from "./lib/dom.js";

const frame = $("[data-h5p-writing]");
const form = $("[data-h5p-finish]");
let changed = false;
let leaving = false;

if (frame && form) {
  addEventListener("message", (event) => {
    // A frame without an origin of its own calls itself "null"; whose it is, the window says.
    const known = event.origin === "null" || event.origin === frame.dataset.origin;
    const { context, type, content } = event.data ?? {};
    if (event.source !== frame.contentWindow || !known) return;
    if (context !== "h5p-authoring" || content !== frame.dataset.h5pWriting) return;
    if (type === "changed") changed = true;
    if (type === "saved" || type === "finished") changed = false;
    if (type === "finished" && !leaving) form.requestSubmit($("[name=finish]", form));
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (changed && !leaving) event.preventDefault();
  });
}
