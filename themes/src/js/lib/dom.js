// Small help with the document. Behaviour is bound by delegation, so that markup added later works too.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Calls fn(event, element) when an event of that type happens at or inside a matching element. */
export function on(type, selector, fn, options) {
  document.addEventListener(
    type,
    (event) => {
      const found = event.target instanceof Element ? event.target.closest(selector) : null;
      if (found) fn(event, found);
    },
    options,
  );
}

/** el("p", {class: "muted", data: {id: 3}}, "text", child) — text is never parsed as markup. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

let region = null;

/** Says a text to screen readers without moving the focus. */
export function announce(text) {
  if (!region) {
    region = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = "";
  // A text set in the same turn as the region was emptied is not announced.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

/** What a json_script element of that id holds, or null. */
export function data(id) {
  const node = document.getElementById(id);
  return node ? JSON.parse(node.textContent) : null;
}
