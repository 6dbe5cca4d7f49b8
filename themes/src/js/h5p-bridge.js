// Loaded by h5p-standalone in the player page after H5P's core and the libraries, before the content starts (classic
// script, no imports). Turns H5P's two ways out, xAPI events and user data, into messages to the page around the frame.

(() => {
  const SOON_MS = 100;
  const H5P = window.H5P;
  const config = window.rongtongH5P.config;
  const post = window.rongtongH5P.post;
  const content = window.H5PIntegration.contents[`cid-${config.id}`];

  // h5p-standalone drops a minor version of 0 from the name.
  content.library = config.library;

  H5P.externalDispatcher.on("xAPI", (event) => {
    const statement = event.data && event.data.statement;
    // As JSON and back: a statement may hold what postMessage can't copy.
    if (statement) post("statement", { statement: JSON.parse(JSON.stringify(statement)) });
  });

  const keep = (subContentId, dataId, text) => {
    const all = (content.contentUserData = content.contentUserData || {});
    const own = (all[subContentId] = all[subContentId] || {});
    if (own[dataId] === text) return;
    if (text === null) delete own[dataId];
    else own[dataId] = text;
    const state = {};
    Object.keys(all).forEach((sub) => {
      const kinds = Object.keys(all[sub]);
      if (kinds.length) state[sub] = all[sub];
    });
    post("state", { state });
  };

  H5P.setUserData = (contentId, dataId, data, extras) => {
    let text;
    try {
      text = JSON.stringify(data);
    } catch (error) {
      if (extras && extras.errorCallback) extras.errorCallback(error);
      return;
    }
    if (text !== undefined) keep((extras && extras.subContentId) || 0, dataId, text);
  };
  H5P.deleteUserData = (contentId, dataId, subContentId) => keep(subContentId || 0, dataId, null);

  const keepAll = () =>
    H5P.instances.forEach((instance) => {
      if (typeof instance.getCurrentState !== "function") return;
      const state = instance.getCurrentState();
      if (state !== undefined) H5P.setUserData(instance.contentId, "state", state);
    });

  // H5P looks for changes every few seconds. Who goes to the next question and leaves is quicker than that, and a frame that
  // is going is heard no more: the page around has to know each step soon after it.
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keepAll, SOON_MS);
  };
  ["click", "keyup", "change"].forEach((name) => document.addEventListener(name, soon, true));

  // The last words before the frame goes: whoever leaves the page hides it first.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keepAll();
  });
})();
