// Suggestions under a search box: an ARIA combobox over /search/suggest?q=… , which answers
// {"suggestions": [{"text": "…", "url": "…"?, "note": "…"?}]} (plain strings are accepted too). While the box is empty it
// offers what was looked for on this device (recent.js), where the form says what to call it. The form needs none of this.

import { $, announce, el } from "./dom.js";
import { getJson } from "./http.js";
import { forget, recent, remember } from "./recent.js";

const WAIT_MS = 140;
let count = 0;

export function bindSuggestions(form) {
  const input = $("input[type=search]", form);
  const url = form.dataset.suggest;
  if (!input || !url || input.getAttribute("role") === "combobox") return;
  count += 1;
  const id = `suggestions-${count}`;
  const list = el("ul", { class: "suggestions", id, role: "listbox", hidden: true, "aria-label": form.dataset.textList });
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-expanded", "false");

  let items = [];
  let chosen = -1;
  let timer = 0;
  let pending = null;
  let asked = "";

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    chosen = index;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === index)));
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    const row = list.children[index];
    input.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  }

  function take(item) {
    close();
    if (item.forget) {
      forget();
      announce(form.dataset.textForgotten || "");
      return;
    }
    if (item.url) {
      // What was taken was looked for, too.
      if (form.dataset.textRecent) remember(item.text);
      window.location.assign(item.url);
      return;
    }
    input.value = item.text;
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  }

  function show(found) {
    items = found.map((item) => (typeof item === "string" ? { text: item } : item)).filter((item) => item.text);
    if (!items.length) {
      close();
      return;
    }
    list.replaceChildren(
      ...items.map((item, i) =>
        el(
          "li",
          { id: `${id}-${i}`, role: "option", "aria-selected": "false", class: item.forget ? "suggestion-forget" : null },
          el("span", { class: item.recent ? "suggestion-recent" : null, title: item.recent ? item.text : null }, item.text),
          item.note ? el("span", { class: "suggestion-note" }, item.note) : null,
        ),
      ),
    );
    list.hidden = false;
    chosen = -1;
    input.setAttribute("aria-expanded", "true");
    announce((form.dataset.textCount || "").replace("%n", String(items.length)));
  }

  function showRecent() {
    const kept = form.dataset.textRecent ? recent() : [];
    if (!kept.length) {
      close();
      return;
    }
    const rows = kept.map((text) => ({ text, note: form.dataset.textRecent, recent: true }));
    show([...rows, { text: form.dataset.textForget, forget: true }]);
  }

  async function ask() {
    const q = input.value.trim();
    if (q === asked && !list.hidden) return;
    asked = q;
    if (pending) pending.abort();
    if (!q) {
      showRecent();
      return;
    }
    pending = new AbortController();
    const answer = await getJson(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(q)}`, { signal: pending.signal });
    if (answer.aborted || q !== input.value.trim()) return;
    const found = answer.ok ? answer.data && (answer.data.suggestions || answer.data) : [];
    if (document.activeElement === input) show(Array.isArray(found) ? found.slice(0, 8) : []);
  }

  input.addEventListener("input", (event) => {
    if (event.isComposing) return; // half a pinyin is no word
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" && list.hidden) {
      asked = "";
      ask();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = items.length + 1; // one place is the box itself
      mark(((chosen + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(items[chosen]);
    }
  });
  // mousedown comes before the box loses its focus.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (row) take(items[[...list.children].indexOf(row)]);
  });
  input.addEventListener("focus", () => {
    if (!input.value.trim()) showRecent();
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", () => {
    if (form.dataset.textRecent) remember(input.value);
  });
}
