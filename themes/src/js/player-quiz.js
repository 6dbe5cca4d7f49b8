// A quiz under way: every answer is saved at once, and kept on the device until the server has it. The form itself
// works without this; with it, a lost line or an expired sign-in loses nothing.

import { $, $$, announce, data } from "./lib/dom.js";
import { postJson } from "./lib/http.js";
import { store, stored } from "./lib/kept.js";
import { Face } from "./study/face.js";
import { orders } from "./study/order.js";
import { StudySession } from "./study/session.js";

const RETRY_MS = 5000;

const form = $("#quiz-form");
const said = $("#quiz-saved");
const notice = $("#quiz-notice");
const texts = $("#study-texts").dataset;
const config = data("study-config");
const key = `rt-quiz-${form.dataset.attempt}`;

// Answered place by place: blanks are typed, the option of a prompt or a place is chosen from its list.
const PLACES = { fill: "input[type=text]", numeric: "input[type=text]", matching: "select", ordering: "select" };
const places = (box) => $$(PLACES[box.dataset.kind], box);

function answerOf(box) {
  if (box.dataset.kind in PLACES) return places(box).map((input) => input.value.trim());
  return $$("input:checked", box).map((input) => input.value);
}

function put(box, answer) {
  if (box.dataset.kind in PLACES) {
    places(box).forEach((input, place) => {
      input.value = answer[place] || "";
    });
  } else {
    for (const input of $$("input[type=radio], input[type=checkbox]", box)) input.checked = answer.includes(input.value);
  }
}

let waiting = stored(key);
let busy = false;
let timer = 0;

// What an earlier page could not hand over is newer than what the server shows.
for (const box of $$(".quiz-question", form)) {
  if (waiting[box.dataset.question]) put(box, waiting[box.dataset.question]);
}

function tell(text, link = "") {
  notice.hidden = !text;
  $("#quiz-notice-text").textContent = text;
  const anchor = $("#quiz-notice-link");
  anchor.hidden = !link;
  if (link) anchor.href = link;
}

async function save() {
  if (busy || !Object.keys(waiting).length) return;
  busy = true;
  clearTimeout(timer);
  const sent = { ...waiting };
  said.textContent = texts.saving;
  const answer = await postJson(form.dataset.save, { answers: sent });
  busy = false;
  if (answer.ok) {
    for (const [question, value] of Object.entries(sent)) {
      if (JSON.stringify(waiting[question]) === JSON.stringify(value)) delete waiting[question];
    }
    store(key, waiting);
    said.textContent = texts.saved;
    tell("");
    if (Object.keys(waiting).length) save();
  } else if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
    said.textContent = texts.unsaved;
    tell(texts.offline);
    timer = setTimeout(save, RETRY_MS);
  } else if (answer.status === 401 || (answer.status === 403 && !answer.data)) {
    // Signed out, or signed in again elsewhere and this page's token is stale: coming back brings the answers along.
    said.textContent = texts.unsaved;
    tell(answer.status === 401 ? texts.expired : texts.unsaved, `${config.login}?next=${encodeURIComponent(window.location.pathname)}`);
  } else {
    said.textContent = "";
    tell((answer.data && answer.data.message) || texts.failed);
    announce((answer.data && answer.data.message) || texts.failed);
  }
}

orders(form);
form.addEventListener("change", (event) => {
  const box = event.target.closest(".quiz-question");
  if (!box) return;
  waiting[box.dataset.question] = answerOf(box);
  store(key, waiting);
  save();
});
form.addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    // A page that can't be fetched would stand in the place of this one, with nothing of the quiz on it.
    event.preventDefault();
    tell(texts.offlineHandIn);
    notice.scrollIntoView({ block: "center" });
    announce(texts.offlineHandIn);
    return;
  }
  clearTimeout(timer);
  // The form carries every answer itself; what is kept here is taken out by the result page (quiz-done.js).
});
window.addEventListener("online", save);
save();

const face = new Face(config);
const session = new StudySession(
  config,
  () => ({ visible: document.visibilityState === "visible", playing: false, paused: false, texts: [], position: null }),
  {
    opened: (answer) => face.opened(answer),
    counted: (answer) => face.counted(answer),
    state: (name, detail) => face.state(name, detail, { takeOver: () => session.takeOver() }),
    refused: (items) => face.refused(items),
  },
);
session.start();
