// Keys for staff's queues: J and K walk along the rows, Enter opens; on a case A and R go to the buttons, U back.
//
// Owns: where the focus is. Nothing is pressed by a key alone: a decision is always made on the focused button. The
// focus really moves, so what reads a screen aloud says where one is. Quiet while one types, with Ctrl, Alt or Meta,
// and for those who have switched Wagtail's shortcuts off in their account.

import { $, $$ } from "./lib/dom.js";

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=dialog]";
const rows = () => $$("[data-queue] td.title a");
const keyed = (key) => $$(`[data-key=${key}]`);

/** One row down or up from where the focus is; from elsewhere, to the first; at either end nothing. */
function step(by) {
  const links = rows();
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[here < 0 ? 0 : here + by];
  if (next) next.focus();
}

/** The next button of that key after the focused one: a case may be decided in two steps. */
function reach(key) {
  const found = keyed(key);
  const next = found[(found.indexOf(document.activeElement) + 1) % found.length];
  if (next.tagName === "A") next.click();
  else next.focus();
}

function press(event) {
  const { target, key } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (target.closest && target.closest(TYPING)) return;
  const inside = target.closest && target.closest("[data-queue]");
  const name = key.toLowerCase();
  if (name === "j" || (inside && key === "ArrowDown")) step(1);
  else if (name === "k" || (inside && key === "ArrowUp")) step(-1);
  else if (/^[a-z]$/.test(name) && keyed(name).length) reach(name);
  else return;
  event.preventDefault();
}

function enabled() {
  const config = $("#wagtail-config");
  return !config || JSON.parse(config.textContent).KEYBOARD_SHORTCUTS_ENABLED !== false;
}

if (enabled()) {
  document.addEventListener("keydown", press);
  for (const element of $$("[data-key]")) element.setAttribute("aria-keyshortcuts", element.dataset.key.toUpperCase());
  for (const help of $$("[data-keys]")) help.hidden = false;
}
