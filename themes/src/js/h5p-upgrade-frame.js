// Runs in the sandboxed upgrade page (templates/h5p/upgrade.html): starts the worker that runs the libraries' upgrade
// scripts, ends it when it takes too long, and tells the page around it what came of it. A classic script, no imports.
//
// Messages to the page around it, {context: "rongtong-h5p-upgrade", type, …}: done {text}, failed {code, library, detail}.

(() => {
  const CONTEXT = "rongtong-h5p-upgrade";
  const job = JSON.parse(document.getElementById("h5p-upgrade").textContent);
  // Opened by its own address there is nobody to tell, and nothing is run.
  if (window.parent === window) return;

  // A worker of a page without an origin comes from a text of that page; the script itself is the server's.
  const text = `importScripts(${JSON.stringify(job.worker)});`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address);
  let timer = 0;
  const tell = (type, data) => {
    clearTimeout(timer);
    worker.terminate();
    URL.revokeObjectURL(address);
    // Only the site's pages may show this one (frame-ancestors); under which of its names is not known here.
    job.sites.forEach((site) => window.parent.postMessage({ context: CONTEXT, type, ...data }, site));
  };
  timer = setTimeout(() => tell("failed", { code: "took-too-long", library: job.to, detail: "" }), job.most_ms);
  worker.onerror = (event) => {
    event.preventDefault();
    tell("failed", { code: "script-failed", library: job.to, detail: String(event.message || "") });
  };
  worker.onmessage = ({ data }) => {
    if (data.done !== undefined) tell("done", { text: data.done });
    else tell("failed", data.failed);
  };
  worker.postMessage(job);
})();
