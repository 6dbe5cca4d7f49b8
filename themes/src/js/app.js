// On every page: what shortens the way. Each part stands alone; without this file all of it still works by
// forms, links and <details>.

import { $, $$, on } from "./lib/dom.js";
import { tidy } from "./lib/recent.js";
import { bindSuggestions } from "./lib/suggest.js";
import { forgetLessons } from "./study/kept.js";

const YEAR_S = 365 * 24 * 3600;

// --- display: theme and type size at once, without a page load. The form posts the same to the server.

on("click", "button[data-pref]", (event, button) => {
  event.preventDefault();
  const { pref } = button.dataset;
  const value = button.value;
  document.documentElement.dataset[pref] = value;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `rt_${pref}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  for (const other of $$(`button[data-pref="${pref}"]`)) {
    other.setAttribute("aria-pressed", String(other.value === value));
  }
  document.dispatchEvent(new CustomEvent("rt:display", { detail: { [pref]: value } }));
});

// --- signing out takes the lessons kept on this device along; it happens whether that succeeds or not.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!String(form.action).endsWith("/accounts/logout/") || !("caches" in window) || !("indexedDB" in window)) return;
  event.preventDefault();
  const wait = new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
  Promise.race([forgetLessons().catch(() => {}), wait]).then(() => form.submit());
});

// --- menus close on a click elsewhere and on Escape, and give the focus back.

document.addEventListener("click", (event) => {
  for (const pop of $$("details.pop[open]")) {
    if (!pop.contains(event.target)) pop.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const pop = $("details.pop[open]");
  if (pop) {
    pop.open = false;
    $("summary", pop).focus();
    return;
  }
  const sheet = $(".sheet:target");
  const close = sheet && $("[data-sheet-close]", sheet);
  if (close) close.click();
});

// Whoever closes a sheet goes on where they opened it.
on("click", "[data-sheet-close]", (event, link) => {
  const opener = $(`a[href="#${link.closest(".sheet")?.id}"]`);
  setTimeout(() => opener?.focus(), 0);
});

// --- dialogs. A link that opens one leads to the same question as a page when dialogs are unknown.

on("click", "[data-dialog]", (event, button) => {
  const dialog = document.getElementById(button.dataset.dialog);
  if (!dialog || !dialog.showModal) return;
  event.preventDefault();
  dialog.showModal();
});

on("click", "[data-dialog-close]", (event, button) => {
  const dialog = button.closest("dialog");
  if (!dialog || !dialog.close) return;
  event.preventDefault();
  dialog.close();
});

on("click", "dialog.dialog", (event, dialog) => {
  if (event.target !== dialog) return;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

// --- a form is sent once. The server is safe against twice; this saves the person a surprise.

on("submit", "form[method=post]", (event, form) => {
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  form.dataset.sent = "1";
  // After this turn, when what is sent along has been gathered.
  setTimeout(() => {
    for (const button of $$("button:not([type=button])", form)) {
      button.setAttribute("aria-disabled", "true");
      button.dataset.busyNow = "1";
    }
    const said = event.submitter || $("button:not([type=button])", form);
    if (said && form.dataset.busy) {
      said.dataset.words = said.textContent;
      said.textContent = form.dataset.busy;
    }
  }, 0);
});

// Back from the browser's memory of pages: forms are ready again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of $$("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of $$("button[data-busy-now]", form)) {
      delete button.dataset.busyNow;
      button.removeAttribute("aria-disabled");
      if (button.dataset.words) button.textContent = button.dataset.words;
    }
  }
});

// --- filters apply at once where there is room to see it happen; the focus comes back to the same choice.

const PLACE = "rt-filter-focus";

// Back shows the page as it was left, with the filter ticked that led away from it: what is ticked is what the results were asked for.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of $$("form[data-apply-at-once]")) form.reset();
});

on("change", "form[data-apply-at-once]", (event, form) => {
  if (!window.matchMedia(form.dataset.applyAtOnce || "(min-width: 960px)").matches) return;
  try {
    sessionStorage.setItem(PLACE, event.target.id || "");
  } catch {
    // Storage may be refused; the focus then starts at the top.
  }
  if (form.requestSubmit) form.requestSubmit();
  else form.submit();
});

try {
  const id = sessionStorage.getItem(PLACE);
  if (id) {
    sessionStorage.removeItem(PLACE);
    const field = document.getElementById(id);
    if (field) field.focus({ preventScroll: true });
  }
} catch {
  // As above.
}

// An empty field of a GET form only lengthens the address.
on("submit", "form[method=get]", (event, form) => {
  for (const field of $$("input[name], select[name]", form)) {
    if (!field.value && !field.disabled) {
      field.disabled = true;
      setTimeout(() => {
        field.disabled = false;
      }, 0);
    }
  }
});

// --- what has scripts only shows with scripts.

for (const node of $$("[data-needs-script]")) node.hidden = false;

on("click", "[data-print]", () => window.print());

on("click", "[data-copy]", async (event, button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.textContent;
    button.textContent = button.dataset.textDone || words;
    setTimeout(() => {
      button.textContent = words;
    }, 1600);
  } catch {
    // The text stands beside the button and can be marked by hand.
  }
});

tidy();
for (const form of $$("form[data-suggest]")) bindSuggestions(form);

// --- the first wrong field gets the focus.

const summary = $(".error-summary");
if (summary) summary.focus();
