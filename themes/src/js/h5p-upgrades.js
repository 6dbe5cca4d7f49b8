// Staff page of upgrades (templates/h5p/staff/upgrade.html): takes one content after the other, lets a sandboxed frame run
// the libraries' upgrade scripts, hands what comes back to the server, and says of each what came of it. What the frame
// says is foreign: it is passed on as text, and judged by the server.

import { $, $$ } from "./lib/dom.js";
import { csrfToken } from "./lib/http.js";

const CONTEXT = "rongtong-h5p-upgrade";
// The frame ends its worker before this; a frame that says nothing at all is not waited for longer.
const MOST_MS = 75000;

const root = $("[data-h5p-upgrades]");
const texts = JSON.parse($("#h5p-upgrade-texts").textContent);

/** {text} or {failed}: what the frame made of one content. */
function run(address) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    let timer = 0;
    const end = (result) => {
      clearTimeout(timer);
      window.removeEventListener("message", hear);
      frame.remove();
      resolve(result);
    };
    const hear = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== "null") return;
      const said = event.data;
      if (typeof said !== "object" || said === null || said.context !== CONTEXT) return;
      if (said.type === "done" && typeof said.text === "string") end({ text: said.text });
      else if (said.type === "failed") end({ failed: said });
    };
    window.addEventListener("message", hear);
    timer = setTimeout(() => end({ failed: { code: "took-too-long" } }), MOST_MS);
    frame.title = texts.frame;
    frame.hidden = true;
    frame.setAttribute("sandbox", "allow-scripts");
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.src = address;
    document.body.append(frame);
  });
}

function sentence({ code, library, detail }) {
  const known = texts.failures[code] || texts.failures["script-failed"];
  const rest = [library, detail].filter((text) => typeof text === "string" && text).join(" · ");
  return rest ? `${known} (${rest.slice(0, 300)})` : known;
}

/** "" where it went well, else the sentence. */
async function upgrade(row) {
  const made = await run(row.dataset.frame);
  if (made.failed) return sentence(made.failed);
  try {
    const answer = await fetch(row.dataset.post, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: made.text,
    });
    if (answer.ok) return "";
    const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
    const reasons = (told.details && told.details.reasons) || [told.message || texts.failures["not-saved"]];
    return reasons.join(" ");
  } catch (error) {
    return texts.failures["not-saved"];
  }
}

async function all() {
  const rows = $$("[data-content]", root).filter((row) => $("input", row) && $("input", row).checked);
  if (!rows.length) return;
  const bar = $("progress", root);
  const words = $("[data-progress]", root);
  const button = $("[data-start]", root);
  button.disabled = true;
  bar.hidden = false;
  bar.max = rows.length;
  let failed = 0;
  for (const [index, row] of rows.entries()) {
    const state = $("[data-state]", row);
    state.textContent = texts.running;
    const fault = await upgrade(row);
    const box = $("input", row);
    state.textContent = fault || texts.done;
    state.dataset.state = fault ? "failed" : "done";
    state.classList.toggle("error-message", Boolean(fault));
    box.checked = Boolean(fault);
    if (fault) failed += 1;
    else box.disabled = true;
    bar.value = index + 1;
    words.textContent = texts.progress
      .replace("{done}", index + 1 - failed)
      .replace("{failed}", failed)
      .replace("{all}", rows.length);
  }
  root.dataset.finished = "";
  button.disabled = false;
}

$("[data-start]", root).addEventListener("click", all);
$("[data-all]", root).addEventListener("change", (event) => {
  for (const box of $$("[data-content] input:not(:disabled)", root)) box.checked = event.target.checked;
});
