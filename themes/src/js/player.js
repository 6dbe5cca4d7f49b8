// The lesson player: videos with free seeking and at most the permitted speed, texts, exercises in their frames, and
// the study session that measures all of it. Without this script the lesson is readable and its quizzes work as forms.

import { Sources } from "./film/sources.js";
import { bindWords } from "./film/words.js";
import { mountH5P } from "./h5p-host.js";
import { $, $$, data } from "./lib/dom.js";
import { postJson } from "./lib/http.js";
import { uuid7 } from "./lib/time.js";
import { Face } from "./study/face.js";
import { bind } from "./study/offline.js";
import { Outbox } from "./study/outbox.js";
import { Packages } from "./study/packages.js";
import { PresenceBar } from "./study/presence.js";
import { StudySession } from "./study/session.js";

const FASTEST = 2;
// Between two looks at a playing video at most this much can have passed, per unit of speed; more is a jump.
const LOOK_S = 1.5;

const config = data("study-config");
const face = new Face(config);
// Films, and recordings of sound alone.
const videos = $$(".lesson-block[data-kind=video], .lesson-block[data-kind=audio]").map((box) => ({
  box,
  video: $("video, audio", box),
  last: null,
}));
const texts = $$(".lesson-block[data-kind=text]").filter((box) => Number(box.dataset.ms) > 0);
let position = null;

const plays = (video) => !video.paused && !video.ended && video.readyState > 2;

/** The share of each text that is on the screen, top first. */
function onScreen() {
  const header = $(".player-bar");
  const top = header ? header.getBoundingClientRect().bottom : 0;
  const bottom = window.innerHeight;
  const found = [];
  for (const box of texts) {
    const { top: start, height } = box.getBoundingClientRect();
    const from = Math.max(top - start, 0);
    const to = Math.min(bottom - start, height);
    if (height > 0 && to > from) found.push({ block: box.dataset.block, from: from / height, to: to / height });
  }
  return found;
}

const bar = new PresenceBar(() => session.confirm());
const session = new StudySession(
  config,
  () => ({
    visible: document.visibilityState === "visible",
    playing: videos.some(({ video }) => plays(video)),
    paused: videos.some(({ video }) => video.currentTime > 0 && video.paused && !video.ended),
    texts: onScreen(),
    position,
  }),
  {
    opened: (answer) => {
      face.opened(answer);
      resume(answer.position);
    },
    counted: (answer) => face.counted(answer),
    state: (name, detail) => face.state(name, detail, { takeOver: () => session.takeOver() }),
    refused: (items) => face.refused(items),
    asked: (prompt, now) => bar.show(prompt, now),
    offline: (name, answer) => face.offline(name, answer),
  },
);

// --- videos ---------------------------------------------------------------------------------------------

function look(entry) {
  const { box, video, sources } = entry;
  // Another file is being put in the place of this one: where the element stands is not where the learner is.
  if (sources && sources.moving) return;
  const now = video.currentTime;
  const before = entry.last;
  entry.last = now;
  position = { block: box.dataset.block, ms: Math.max(0, Math.floor(now * 1000)) };
  if (before === null || !session.meter || document.visibilityState !== "visible") return;
  const step = now - before;
  if (step > 0 && step <= LOOK_S * Math.max(video.playbackRate, 1)) {
    session.meter.cover(box.dataset.block, before * 1000, now * 1000);
  }
}

for (const entry of videos) {
  const { box, video } = entry;
  const choice = $(".film-speed", box);
  $(".film-tools", box).hidden = false;
  choice.addEventListener("change", () => {
    video.playbackRate = Number(choice.value);
  });
  video.addEventListener("ratechange", () => {
    if (video.playbackRate > FASTEST) video.playbackRate = FASTEST;
    choice.value = String(video.playbackRate);
  });
  video.addEventListener("timeupdate", () => (video.seeking ? null : look(entry)));
  video.addEventListener("seeking", () => {
    entry.last = null;
  });
  video.addEventListener("seeked", () => {
    entry.last = entry.sources.moving ? null : video.currentTime;
  });
  video.addEventListener("play", () => {
    entry.last = entry.sources.moving ? null : video.currentTime;
    session.tick();
  });
  video.addEventListener("pause", () => {
    if (!video.seeking) look(entry);
    session.tick();
  });
  video.addEventListener("ended", () => {
    // The last moments between the last look and the end.
    if (entry.last !== null && session.meter) session.meter.cover(box.dataset.block, entry.last * 1000, Number(box.dataset.ms));
    entry.last = null;
    if (session.meter) session.report("here");
  });
  const figure = $(".film", box);
  // Up to where the place moves by itself everything was met, and again from where it is there.
  const leave = () => {
    if (entry.last !== null) look(entry);
    entry.last = null;
  };
  entry.sources = new Sources(figure, video, (there) => {
    if (there) entry.last = video.currentTime;
    else leave();
  });
  bindWords(figure, video, (seconds) => {
    leave();
    entry.sources.go(seconds);
  });
}

function resume(at) {
  if (!at || position) return;
  const found = videos.find(({ box }) => box.dataset.block === at.block);
  if (!found || found.video.currentTime > 0) return;
  const go = () => {
    if (at.ms < (found.video.duration - 5) * 1000) found.video.currentTime = at.ms / 1000;
  };
  if (at.ms < Number(found.box.dataset.ms) - 5000) found.sources.begin(at.ms / 1000);
  if (found.video.readyState > 0) go();
  else found.video.addEventListener("loadedmetadata", go, { once: true });
}

// --- exercises ------------------------------------------------------------------------------------------

const told = new Outbox(`xapi-${config.person}`, {
  onAnswer: (entry, answer) => {
    if (answer.ok && answer.data && answer.data.granted && entry.lesson === config.lesson) {
      face.stream(answer.data.percent);
      // What the exercise granted counts by time already spent: ask what stands now.
      if (session.meter) session.report("here");
    }
  },
});

for (const box of $$(".h5p-box")) {
  const frame = $("iframe", box);
  mountH5P(frame, {
    contentUrl: frame.dataset.src,
    state: data(`h5p-state-${frame.dataset.h5p}`),
    onActivity: () => {
      if (session.meter) session.meter.use();
    },
    onStatement: (statement) => {
      const id = uuid7();
      told.put({ id, url: box.dataset.statementsUrl, lesson: config.lesson, body: { id, statement } });
      told.flush();
    },
    onState: (state, { last }) => {
      keepState(box.dataset.stateUrl, state, last);
    },
    onFail: (message) => face.state("failed", message),
  });
}

// One after the other, the newest only: on a thin line, or before two web processes, an older one could be written last.
const keeping = new Map();

async function keepState(url, state, last) {
  const one = keeping.get(url) || { busy: false, next: null };
  keeping.set(url, one);
  // Who goes cannot wait.
  if (one.busy && !last) {
    one.next = state;
    return;
  }
  one.busy = true;
  one.next = null;
  await postJson(url, { state }, { keepalive: last && JSON.stringify(state).length < 60000 });
  one.busy = false;
  if (one.next) keepState(url, one.next, false);
}

const packages = new Packages(config.person, {
  onAnswer: (answer, row) => {
    if (!answer.granted || !row.url.includes(config.lesson)) return;
    face.stream(answer.percent);
    if (session.meter) session.report("here");
  },
  onActivity: () => {
    if (session.meter) session.meter.use();
  },
});
const boxes = $$(".scorm-box");
if (boxes.length) boxes.forEach((box) => packages.mount(box));
else packages.flush();

told.flush();
session.start();
bind(session.offline);
