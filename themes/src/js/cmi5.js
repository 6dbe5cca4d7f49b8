// cmi5 content: on a lesson's page it opens in a frame of the page where it may, and the page between goes on by itself.
// Without this file every launch opens a window, and the page between has a button.

import { $, $$ } from "./lib/dom.js";

for (const form of $$("form[data-frame]")) {
  form.addEventListener("submit", () => {
    const frame = $(`iframe[name="${form.dataset.frame}"]`);
    if (!frame) return;
    frame.hidden = false;
    form.target = form.dataset.frame;
    frame.scrollIntoView({ block: "nearest" });
  });
}

const go = $("#cmi5-go");
// A launch is good for one use: coming back to this page must not use it again.
const [entry] = performance.getEntriesByType("navigation");
if (go && (!entry || entry.type !== "back_forward")) window.location.replace(go.href);
