// What is put in order in a quiz: an item stands at one place only. Chosen for another place, it changes places with what
// stood there; buttons move it one place up or down. Without this the lists are filled one by one.

import { $, $$, announce } from "../lib/dom.js";

/** Binds every order inside root. An input is told of as changed wherever its item was changed. */
export function orders(root) {
  for (const box of $$("[data-order]", root)) bind(box);
}

function bind(box) {
  const lists = $$("select", box);
  let stood = lists.map((list) => list.value);

  box.addEventListener("change", (event) => {
    const place = lists.indexOf(event.target);
    if (place < 0) return;
    const other = lists.findIndex((list, at) => at !== place && list.value && list.value === event.target.value);
    if (other >= 0) lists[other].value = stood[place];
    stood = lists.map((list) => list.value);
  });
  box.addEventListener("focusin", () => {
    // Answers of an earlier page may have been put in since.
    stood = lists.map((list) => list.value);
  });
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const place = lists.findIndex((list) => list.parentElement === button.closest(".order-row"));
    const to = place + Number(button.dataset.move);
    const [here, there] = [lists[place], lists[to]];
    if (here.value === there.value) return;
    [here.value, there.value] = [there.value, here.value];
    stood = lists.map((list) => list.value);
    // The item keeps the focus on its way, with the same direction where there is one.
    const buttons = $$("[data-move]", there.parentElement);
    (buttons.find((one) => one.dataset.move === button.dataset.move && !one.disabled) || buttons.find((one) => !one.disabled)).focus();
    const label = $("label", there.parentElement).textContent.trim();
    announce(`${label}: ${there.selectedOptions[0].textContent.trim()}`);
    there.dispatchEvent(new Event("change", { bubbles: true }));
  });
  for (const moves of $$(".order-moves", box)) moves.hidden = false;
}
