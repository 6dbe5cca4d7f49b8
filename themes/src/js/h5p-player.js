// Runs in the sandboxed player page (templates/h5p/player.html): waits for the page around it to hand over the saved
// state, starts h5p-standalone, and tells the page around it how tall the content is. A classic script, no imports:
// modules would need CORS from the frame's opaque origin.
//
// Messages (all {context: "rongtong-h5p", type, …}), frame to page: ready, started, size {height}, statement
// {statement}, state {state}, failed {message}; page to frame: start {state, theme, fontSize}.

(() => {
  const CONTEXT = "rongtong-h5p";
  // Asked again until an answer comes: the page's script may be slower than we are.
  const ASK_EVERY_MS = 250;
  const ASK_TIMES = 12;
  // How often H5P looks whether its state has changed; only changes are sent.
  const SAVE_FREQUENCY_S = 2;

  // A sandboxed page has no storage and no cookies, and merely asking for them throws, which H5P's core and libraries
  // don't expect. What they put there lives as long as the frame does.
  const memory = () => {
    const kept = new Map();
    const storage = Object.create({
      getItem: (key) => (kept.has(String(key)) ? kept.get(String(key)) : null),
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] || null,
    });
    return Object.defineProperty(storage, "length", { get: () => kept.size });
  };
  const replace = (owner, name, description) => {
    try {
      void owner[name];
    } catch (refused) {
      Object.defineProperty(owner, name, { configurable: true, ...description });
    }
  };
  replace(window, "localStorage", { value: memory() });
  replace(window, "sessionStorage", { value: memory() });
  replace(document, "cookie", { get: () => "", set: () => {} });

  const config = JSON.parse(document.getElementById("h5p-config").textContent);
  const root = document.documentElement;
  let started = false;
  // The page around us, once it has spoken; what a learner did is said to no other.
  let site = config.sites[0];

  const post = (type, data, target = site) => {
    if (window.parent !== window) window.parent.postMessage({ context: CONTEXT, type, ...data }, target);
  };

  const fail = (error) => {
    document.getElementById("h5p-failed").hidden = false;
    post("failed", { message: String((error && error.message) || error) });
  };

  // h5p-standalone asks for h5p.json, content.json and each library's library.json before it loads anything, one after the
  // other; the page has brought them along, and has no other way to hand them over. Undone once the content has started.
  const handOver = () => {
    const real = window.fetch;
    window.fetch = (address, options) =>
      Object.prototype.hasOwnProperty.call(config.documents, address)
        ? Promise.resolve(new Response(JSON.stringify(config.documents[address])))
        : real.call(window, address, options);
    return () => {
      window.fetch = real;
    };
  };

  const watchSize = () => {
    let last = 0;
    const tell = () => {
      const height = Math.ceil(Math.max(document.body.getBoundingClientRect().height, document.body.scrollHeight));
      if (height !== last) {
        last = height;
        post("size", { height });
      }
    };
    if (window.ResizeObserver) new ResizeObserver(tell).observe(document.body);
    else setInterval(tell, 500);
    // H5P itself listens to its own page around it only; a wider or narrower window has to be told to the content.
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      ((window.H5P && window.H5P.instances) || []).forEach((instance) => window.H5P.trigger(instance, "resize"));
    });
    tell();
  };

  const start = (given) => {
    if (started) return;
    started = true;
    if (given.theme === "dark" || given.theme === "light") root.dataset.theme = given.theme;
    if (given.fontSize >= 8 && given.fontSize <= 64) root.style.fontSize = `${given.fontSize}px`;
    if (window.parent !== window) root.dataset.framed = "";
    window.rongtongH5P = { config, post };
    // Even our own pictures are another origin's in here; asked for this way, they may be drawn on a canvas and read.
    window.H5PIntegration = { crossorigin: "anonymous", crossoriginRegex: `^${config.content}/` };
    const options = {
      id: config.id,
      title: config.title,
      h5pJsonPath: config.content,
      librariesPath: config.libraries,
      frameJs: config.frameJs,
      frameCss: config.frameCss,
      // Loaded last, after the libraries and before the content starts.
      customJs: [config.bridge],
      embedType: "div",
      fullScreen: Boolean(config.fullscreen && document.fullscreenEnabled),
      saveFreq: window.parent === window ? false : SAVE_FREQUENCY_S,
      contentUserData: given.state && typeof given.state === "object" ? given.state : undefined,
      xAPIObjectIRI: config.activity,
      metadata: { title: config.title, defaultLanguage: config.language, license: "U" },
      translations: { H5P: config.texts },
    };
    const takeBack = handOver();
    new window.H5PStandalone.H5P(document.getElementById("h5p"), options).then(() => {
      takeBack();
      watchSize();
      post("started", {});
    }, fail);
  };

  window.addEventListener("message", (event) => {
    const data = event.data;
    if (event.source !== window.parent || !config.sites.includes(event.origin)) return;
    if (!data || data.context !== CONTEXT || data.type !== "start") return;
    site = event.origin;
    start(data);
  });
  window.addEventListener("unhandledrejection", (event) => {
    if (started && !(window.H5P && window.H5P.instances && window.H5P.instances.length)) fail(event.reason);
  });

  let asked = 0;
  const ask = () => {
    if (started) return;
    if (window.parent === window || asked++ >= ASK_TIMES) {
      start({});
      return;
    }
    // Says nothing, and may be heard by anybody: under which of its names the site was opened is not known yet.
    post("ready", {}, "*");
    setTimeout(ask, ASK_EVERY_MS);
  };
  ask();
})();
