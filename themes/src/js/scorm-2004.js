// The page around the SCOs of a SCORM 2004 package: window.API_1484_11, where they look for it; and, where the package has
// sequencing, its tree, the next activity by its rules, and the buttons to ask for it.

import { Scorm2004API } from "scorm-again/scorm2004/min";
import { config, frame, listen, plain, post, say, show, whenStarted } from "./scorm/page.js";

whenStarted((start) => {
  const states = { ...start.items };
  const tree = config.tree;
  let current = tree ? "" : config.part;
  let begun = false;
  let api = null;

  const render = () => plain(api.renderCMIToJSONObject().cmi);
  const shared = () => (tree ? api.serializeSequencingState() : "");
  const root = () => {
    if (!tree) return undefined;
    const told = api.getActivityTrackingData(tree.id);
    if (!told) return undefined;
    const found = { completion_status: told.completionStatus, success_status: told.successStatus };
    if (typeof told.score === "number") found.score = { scaled: String(told.score) };
    return found;
  };
  const tell = (event) => {
    begun ||= event === "initialize";
    if (!begun || !current) return;
    const item = current;
    const cmi = render();
    states[item] = cmi;
    post("commit", { item, event, cmi, shared: shared(), current: item, root: root() });
    // What follows from an end (rollup, the next activity) is known only after it.
    if (tree && event === "terminate") {
      setTimeout(() => post("commit", { item, event: "after", cmi, shared: shared(), current, root: root() }), 0);
    }
  };

  const launch = (id) => {
    current = id;
    begun = false;
    setTimeout(() => {
      if (tree) api.reset();
      const kept = states[id] || {};
      api.loadFromJSON(kept);
      show(config.items[id].href);
      if (tree) draw();
    }, 0);
  };

  const sequencing = tree && {
    activityTree: tree,
    eventListeners: {
      onActivityDelivery: (activity) => {
        if (config.items[activity.id]) launch(activity.id);
      },
      onSequencingSessionEnd: () => {
        current = "";
        frame.removeAttribute("src");
        say(config.texts.over);
        post("over");
      },
    },
  };
  api = new Scorm2004API({ logLevel: 5, autocommit: false, ...(sequencing ? { sequencing } : {}) });
  listen(api, { initialize: "Initialize", set: "SetValue" }, tell);
  window.API_1484_11 = api;

  // --- navigation -----------------------------------------------------------------------------------------

  const bar = document.getElementById("scorm-bar");
  const menu = document.getElementById("scorm-menu");

  /** Ends what is shown (its own last words first), then asks for what comes next. */
  function ask(request, target) {
    const go = () => {
      if (api.isInitialized() && !api.isTerminated()) api.Terminate("");
      api.processNavigationRequest(request, target);
      setTimeout(draw, 0);
    };
    if (!current) {
      go();
      return;
    }
    frame.addEventListener("load", go, { once: true });
    frame.src = "about:blank";
  }

  function draw() {
    bar.hidden = false;
    const hidden = (find(tree, current) || {}).hideLmsUi || [];
    for (const button of bar.querySelectorAll("button")) button.hidden = hidden.includes(button.dataset.request);
    for (const button of menu.querySelectorAll("button")) {
      if (button.dataset.id === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  function find(node, id) {
    if (node.id === id) return node;
    for (const child of node.children || []) {
      const found = find(child, id);
      if (found) return found;
    }
    return null;
  }

  function list(nodes) {
    const box = document.createElement("ul");
    for (const node of nodes) {
      if (node.isVisible === false) continue;
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = node.title;
      button.dataset.id = node.id;
      button.addEventListener("click", () => ask("choice", node.id));
      row.append(button);
      if (node.children) row.append(list(node.children));
      box.append(row);
    }
    return box;
  }

  if (!tree) {
    launch(config.part);
    if (config.items[config.part].type === "asset") {
      const only = () => post("commit", { item: config.part, event: "terminate", cmi: render() });
      frame.addEventListener("load", only, { once: true });
    }
    return;
  }
  const controls = tree.sequencingControls || {};
  if (controls.choice !== false) menu.append(list(tree.children || []));
  else menu.closest("details").hidden = true;
  for (const button of bar.querySelectorAll("button")) {
    button.addEventListener("click", () => ask(button.dataset.request));
  }
  let going = false;
  if (start.shared && api.deserializeSequencingState(start.shared)) {
    going = api.processNavigationRequest("resumeAll");
    if (!going && start.current) {
      // Left without an end: what was shown is shown again.
      going = true;
      launch(start.current);
    }
  }
  if (!going && !api.processNavigationRequest("start")) {
    // A package without flow begins where its learner chooses.
    menu.closest("details").open = true;
  }
  draw();
});
