// The page around a SCO of SCORM 1.2: window.API, where the SCO looks for it.

import { Scorm12API } from "scorm-again/scorm12/min";
import { config, frame, listen, plain, post, show, whenStarted } from "./scorm/page.js";

whenStarted((start) => {
  const id = config.part;
  const item = config.items[id];
  const api = new Scorm12API({
    logLevel: 5,
    autocommit: false,
    // The manifest's own mastery score decides, where it names one (RTE 3.4.4, cmi.student_data.mastery_score).
    mastery_override: Boolean(item.mastery),
  });
  api.loadFromJSON(start.items[id]);
  let begun = false;
  const tell = (event) => {
    begun ||= event === "initialize";
    if (begun) post("commit", { item: id, event, cmi: plain(api.renderCMIToJSONObject().cmi) });
  };
  listen(api, { initialize: "LMSInitialize", set: "LMSSetValue" }, tell);
  window.API = api;
  // An asset says nothing by itself.
  if (item.type === "asset") {
    frame.addEventListener(
      "load",
      () => post("commit", { item: id, event: "terminate", cmi: plain(api.renderCMIToJSONObject().cmi) }),
      { once: true },
    );
  }
  show(item.href);
});
