"use strict";
// What the form and H5P's editor share: the two buttons, what is said beside them, and telling the page around the frame.
(function () {
  const model = JSON.parse(document.getElementById("model").textContent);
  const said = document.getElementById("said");
  const buttons = [document.getElementById("save"), document.getElementById("finish")];
  let changed = false;
  let busy = false;

  function say(text, bad) {
    said.textContent = text;
    said.className = bad ? "bad" : "";
  }

  function tell(type) {
    (window.Site || window.parent).postMessage({ context: "h5p-authoring", type, content: model.content }, model.site);
  }

  // collect() → a promise of {params, metadata}, or of null where something is not right yet and was marked.
  async function save(collect, done) {
    if (busy) return;
    busy = true;
    buttons.forEach((button) => (button.disabled = true));
    try {
      const collected = await collect();
      if (!collected) return say(model.words.mend, true);
      say(model.words.saving);
      const response = await fetch(model.save, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ library: model.library, ...collected }),
      }).catch(() => null);
      if (!response) return say(model.words.offline, true);
      const answer = await response.json().catch(() => ({}));
      if (response.status === 401) return say(model.words.expired, true);
      if (!response.ok) return say(model.words.failed + (answer.message || response.status), true);
      changed = false;
      say(done ? model.words.done : model.words.saved);
      tell(done ? "finished" : "saved");
    } catch (error) {
      say(model.words.failed + error, true);
    } finally {
      busy = false;
      buttons.forEach((button) => (button.disabled = false));
    }
  }

  window.Authoring = {
    model,
    start(collect) {
      buttons[0].addEventListener("click", () => save(collect, false));
      buttons[1].addEventListener("click", () => save(collect, true));
      tell("ready");
    },
    touched() {
      if (!changed) tell("changed");
      changed = true;
      say("");
    },
  };
})();
