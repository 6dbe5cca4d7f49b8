// What is said in a film, beside it: captions in the language chosen, the transcript by its lines, chapters. A line is a
// button that leads to its place; one of them can be reached by Tab, the arrows move among them.

import { $, $$, el } from "../lib/dom.js";

const WIDE = "(min-width: 1100px)";

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${text}` : text;
};

const plain = (cue) => cue.getCueAsHTML().textContent.replace(/\s+/g, " ").trim();

/** go(seconds): moves the film there. */
export function bindWords(figure, media, go) {
  chapters(figure, media, go);
  const tracks = $$("track", media);
  const box = $(".film-words", figure);
  if (!tracks.length || !box) return;
  const list = $(".film-lines", box);
  const select = $(".film-captions", figure);
  const shows = media.tagName === "AUDIO" ? "hidden" : "showing";
  let spoken = 0;

  const fill = () => {
    const cues = [...(tracks[spoken].track.cues || [])];
    if (!cues.length) return;
    list.replaceChildren(...cues.map((cue) => row(cue)));
    list.lang = tracks[spoken].srclang;
    const first = $("button", list);
    if (first) first.tabIndex = 0;
    list.hidden = false;
    box.hidden = false;
    $(".film-prose", box).hidden = true;
    const hint = $("[id$=-hint]", box);
    if (hint) hint.hidden = false;
    follow();
  };

  const row = (cue) => {
    const time = el("span", { class: "num muted" }, clock(cue.startTime));
    const button = el("button", { type: "button", class: "film-line", tabindex: "-1" }, time, " ", plain(cue));
    button.addEventListener("click", () => go(cue.startTime));
    return el("li", { data: { from: cue.startTime, to: cue.endTime } }, button);
  };

  const follow = () => {
    const now = media.currentTime;
    const here = [...list.children].filter((item) => Number(item.dataset.from) <= now + 0.05).pop();
    const before = $("[aria-current]", list);
    const button = here && $("button", here);
    if (before === button) return;
    if (before) before.removeAttribute("aria-current");
    if (!button) return;
    button.setAttribute("aria-current", "true");
    // Whoever reads or moves in the list themselves is left where they are.
    if (list.contains(document.activeElement) || list.matches(":hover")) return;
    reach(button);
    list.scrollTop = Math.max(0, here.offsetTop - list.offsetTop - list.clientHeight / 3);
  };

  const reach = (button) => {
    for (const other of $$("button[tabindex='0']", list)) other.tabIndex = -1;
    button.tabIndex = 0;
  };

  const choose = (index) => {
    if (index !== null) spoken = index;
    tracks.forEach((track, place) => {
      // The words of the transcript come from a track that is at least loaded.
      const mode = place === index ? shows : place === spoken ? "hidden" : "disabled";
      if (track.track.mode !== mode) track.track.mode = mode;
    });
    fill();
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = $$("button", list);
    const place = buttons.indexOf(document.activeElement);
    const there = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : step ? place + step : -1;
    if (place < 0 || !buttons[there]) return;
    event.preventDefault();
    reach(buttons[there]);
    buttons[there].focus();
  });
  list.addEventListener("focusin", (event) => reach(event.target));
  media.addEventListener("timeupdate", follow);
  for (const track of tracks) track.addEventListener("load", () => (tracks[spoken] === track ? fill() : null));
  if (select) {
    select.addEventListener("change", () => choose(select.value === "" ? null : Number(select.value)));
    // The browser's own menu of captions.
    media.textTracks.addEventListener("change", () => {
      const index = tracks.findIndex((track) => track.track.mode === "showing");
      if (shows !== "showing" || String(index) === select.value || (index < 0 && select.value === "")) return;
      select.value = index < 0 ? "" : String(index);
      choose(index < 0 ? null : index);
    });
  }
  if (window.matchMedia(WIDE).matches) box.open = true;
  choose(0);
}

function chapters(figure, media, go) {
  const box = $(".film-chapters", figure);
  if (!box) return;
  const buttons = $$("button", box);
  for (const button of buttons) button.addEventListener("click", () => go(Number(button.dataset.ms) / 1000));
  media.addEventListener("timeupdate", () => {
    const here = buttons.filter((button) => Number(button.dataset.ms) <= media.currentTime * 1000 + 50).pop();
    for (const button of buttons) {
      if (button === here) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  });
  box.hidden = false;
}
