// Which file a film is played from: a size of its ladder, its sound alone, or the original. One element, one timeline:
// whatever plays, a second of the film is the same second, so that study time knows nothing of it.
//
// Where the chosen one does not come (no line, an old browser), the next is tried: the small film, the original, the sound.
// What was taken along is among them and answered for by the service worker.

import { $, data } from "../lib/dom.js";

const CHOICE = "rt-film-size";
const HLS_TYPE = "application/vnd.apple.mpegurl";
const SETTINGS = {
  autoStartLoad: false,
  enableWorker: false,
  maxBufferLength: 20,
  maxMaxBufferLength: 40,
  backBufferLength: 30,
  capLevelToPlayerSize: true,
};

const remembered = () => {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
};

const remember = (choice) => {
  try {
    localStorage.setItem(CHOICE, choice);
  } catch {
    // A device that keeps nothing is asked again.
  }
};

/** A line that is dear or slow, as far as the browser says. */
const sparing = () => {
  const line = navigator.connection;
  return Boolean(line && (line.saveData || /2g|3g/.test(line.effectiveType || "")));
};

export class Sources {
  /** media: the element. jump(there): told before its place moves by itself (false) and when it is there (true); nothing was met in
   * between. */
  constructor(figure, media, jump) {
    this.figure = figure;
    this.media = media;
    this.jump = jump;
    this.moving = false;
    this.hls = null;
    // Where it goes on (seconds): after another file has come, and when loading starts.
    this.kept = 0;
    this.from = 0;
    this.tried = new Set();
    const block = figure.closest(".lesson-block").dataset.block;
    this.offer = data(`film-${block}`);
    this.select = $(".film-quality", figure);
    media.addEventListener("error", () => this.next());
    window.addEventListener("online", () => {
      if (!media.error && !this.lost) return;
      this.lost = false;
      this.tried.clear();
      this.take(this.choice);
    });
    if (this.offer && this.select) this.offered();
    // Sound alone: the file at one loudness, and the original where it does not come.
    else if (media.dataset.audio) this.swap(media.dataset.audio);
  }

  offered() {
    const known = [...this.select.options].map((option) => option.value);
    const before = remembered();
    this.choice = known.includes(before) ? before : sparing() ? "low" : "auto";
    this.select.value = this.choice;
    this.select.addEventListener("change", () => {
      this.choice = this.select.value;
      remember(this.choice);
      this.lost = false;
      this.tried.clear();
      this.take(this.choice);
    });
    this.media.addEventListener("play", () => this.begin());
    // Without a line only what was taken along can come.
    if (navigator.onLine === false) this.next();
    else this.take(this.choice);
  }

  /** Starts loading, from a place in seconds where one is known; a page that is only read loads no film. */
  begin(at = this.from) {
    if (!this.hls || this.started) return;
    // Asked before its list is there, hls.js would begin at nought.
    this.from = at;
    this.wanted = true;
    if (!this.listed) return;
    this.started = true;
    this.hls.startLoad(at > 0 ? at : -1);
  }

  /** To a place in seconds, whatever is loaded so far. */
  go(seconds) {
    this.from = this.kept = seconds;
    this.begin(seconds);
    this.media.currentTime = seconds;
  }

  async take(choice) {
    const size = this.offer && this.offer.sizes.find(({ code }) => code === choice);
    if (choice === "audio" || !this.offer) return this.swap(this.media.dataset.audio);
    if (this.hls) return this.level(size);
    this.asked = choice;
    const Hls = await import(this.figure.dataset.hls).then((module) => module.default, () => null);
    // Somebody chose another one while it was on its way.
    if (this.asked !== choice || this.hls) return null;
    if (Hls && Hls.isSupported()) return this.attach(Hls, size);
    if (this.media.canPlayType(HLS_TYPE)) return this.swap(size ? size.src : this.offer.master);
    return choice === "high" ? this.swap(this.media.dataset.original) : this.next();
  }

  attach(Hls, size) {
    const { media } = this;
    const at = media.currentTime || this.kept;
    const going = !media.paused;
    this.mark(at > 0);
    this.from = at;
    const hls = new Hls(SETTINGS);
    this.hls = hls;
    this.started = this.listed = false;
    this.wanted = going || at > 0;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.listed = true;
      this.level(size);
      if (this.wanted) this.begin();
    });
    hls.on(Hls.Events.ERROR, (event, error) => {
      if (!error.fatal || this.hls !== hls) return;
      if (error.type === Hls.ErrorTypes.MEDIA_ERROR && !this.recovered) {
        this.recovered = true;
        hls.recoverMediaError();
        return;
      }
      this.next();
    });
    hls.loadSource(this.offer.master);
    hls.attachMedia(media);
    if (going) media.play().catch(() => {});
  }

  /** One size of the ladder from now on; none: by the line. */
  level(size) {
    const { hls } = this;
    if (!hls.levels || !hls.levels.length) return;
    const name = size && size.src.split("/").pop().split("?")[0];
    const index = size ? hls.levels.findIndex((level) => level.uri.split("?")[0].endsWith(`/${name}`)) : -1;
    // It goes back a little by itself to where the new size begins.
    this.jump(false);
    // A chosen size is played as chosen, however small the window.
    hls.autoLevelCapping = -1;
    hls.currentLevel = index;
  }

  /** What comes when the present one does not. */
  next() {
    const { small, original, audio } = this.media.dataset;
    const url = [small, original, audio].find((each) => each && !this.tried.has(each));
    if (url) this.swap(url);
    else this.lost = true;
  }

  /** Another file for the same film: the place, the speed and whether it plays stay. */
  swap(url) {
    if (!url) return;
    const { media } = this;
    const at = media.currentTime || this.kept;
    const going = !media.paused;
    const speed = media.playbackRate;
    this.tried.add(url);
    this.asked = url;
    this.mark(at > 0);
    this.kept = at;
    if (this.hls) {
      this.hls.destroy();
      this.hls = null;
    }
    media.src = url;
    media.defaultPlaybackRate = speed;
    media.load();
    const arrive = () => {
      if (media.getAttribute("src") !== url) return;
      media.playbackRate = speed;
      if (this.kept > 0) media.currentTime = this.kept;
      this.kept = 0;
    };
    media.addEventListener("loadedmetadata", arrive, { once: true });
    if (going) media.play().catch(() => {});
  }

  /** Until the place is there again, what the element says of it is not where the learner is. */
  mark(moves) {
    this.jump(false);
    if (!moves) return;
    this.moving = true;
    // Playing without having got there, as from a server that knows no ranges, is where it is, too.
    const settle = () => {
      if (this.media.seeking) return;
      this.moving = false;
      this.jump(true);
      for (const name of ["seeked", "playing"]) this.media.removeEventListener(name, settle);
    };
    for (const name of ["seeked", "playing"]) this.media.addEventListener(name, settle);
  }
}
