// The form of a check, filled in on a phone where the network comes and goes: what is typed is kept on the device until the server has
// it, pictures too. The form itself works without this.

import { $, $$, announce, data, el } from "./lib/dom.js";
import { csrfToken, postJson } from "./lib/http.js";
import { store, stored } from "./lib/kept.js";

const RETRY_MS = 5000;
const TYPED_MS = 800;

const form = $("#check-form");
const said = $("#check-saved");
const notice = $("#check-notice");
const texts = $("#check-texts").dataset;
const config = data("check-config");
const key = `rt-check-${config.check}`;

function tell(text, link = "") {
  notice.hidden = !text;
  $("#check-notice-text").textContent = text;
  const anchor = $("#check-notice-link");
  anchor.hidden = !link;
  if (link) anchor.href = link;
}

const login = () => `${texts.login}?next=${encodeURIComponent(window.location.pathname)}`;

// --- what is typed -----------------------------------------------------------------------------------------

// Field name → what stands in it and the server does not have yet.
let waiting = stored(key);
let busy = false;
let timer = 0;
let leaving = false;
window.addEventListener("beforeunload", () => {
  leaving = true;
});
window.addEventListener("pageshow", () => {
  leaving = false;
});

for (const [name, value] of Object.entries(waiting)) {
  const field = form.elements.namedItem(name);
  if (field && "value" in field) field.value = value;
}

function item(box) {
  const typed = $("input[name^=mark_]", box).value.trim();
  const mark = /^\d{1,3}$/.test(typed) && Number(typed) <= 100 ? Number(typed) : null;
  return { mark, remark: $("textarea", box).value };
}

function bodyOf(names) {
  const body = { answers: {} };
  for (const name of names) {
    const part = name.match(/^(?:mark|remark)_(.+)$/);
    if (part) body.answers[part[1]] = item($(`[data-item="${part[1]}"]`, form));
    else if (name === "remark") body.remark = form.elements.remark.value;
    else if (name === "findings") body.findings = form.elements.findings.value.split("\n");
  }
  return body;
}

async function save() {
  clearTimeout(timer);
  if (busy || !Object.keys(waiting).length) return;
  busy = true;
  const sent = { ...waiting };
  said.textContent = texts.saving;
  const answer = await postJson(config.save, bodyOf(Object.keys(sent)));
  busy = false;
  if (answer.ok) {
    // A page that comes may have been made before this was saved: it gets it from here once more.
    if (!leaving) {
      for (const [name, value] of Object.entries(sent)) if (waiting[name] === value) delete waiting[name];
      store(key, waiting);
    }
    said.textContent = texts.saved;
    tell("");
    if (!leaving && Object.keys(waiting).length) save();
    sendPhotos();
  } else if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
    said.textContent = texts.unsaved;
    tell(texts.offline);
    timer = setTimeout(save, RETRY_MS);
  } else if (answer.status === 401 || (answer.status === 403 && !answer.data)) {
    said.textContent = texts.unsaved;
    tell(texts.expired, login());
  } else {
    said.textContent = texts.unsaved;
    tell((answer.data && answer.data.message) || texts.failed);
    announce((answer.data && answer.data.message) || texts.failed);
  }
}

form.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.name || field.type === "file" || field.type === "hidden") return;
  waiting[field.name] = field.value;
  store(key, waiting);
  said.textContent = texts.unsaved;
  clearTimeout(timer);
  timer = setTimeout(save, TYPED_MS);
});
form.addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    // A page that can't be fetched would stand in the place of this one, with nothing of the form on it.
    event.preventDefault();
    tell(texts.offlineHandIn);
    notice.scrollIntoView({ block: "center" });
    announce(texts.offlineHandIn);
    return;
  }
  clearTimeout(timer);
});
// --- pictures ------------------------------------------------------------------------------------------------

// A database of the browser keeps them: they are too large for localStorage.
const STORE = "photos";
let opened = null;

function database() {
  opened ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open("rt-checks", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "token" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opened;
}

async function inStore(mode, act) {
  const base = await database();
  if (!base) return null;
  return new Promise((resolve) => {
    const request = act(base.transaction(STORE, mode).objectStore(STORE));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}

// Token → {token, check, file, row}: not with the server yet.
const pictures = new Map();
let sending = false;

const token = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function show(picture) {
  $("#check-photos-none")?.remove();
  const note = el("span", { class: "list-note" }, texts.waiting);
  const row = el("li", { class: "list-item" }, el("span", { class: "list-title" }, picture.file.name || texts.photo), note);
  $("#check-photos").append(row);
  picture.row = row;
}

async function add(files) {
  for (const file of files) {
    const picture = { token: token(), check: config.check, file };
    pictures.set(picture.token, picture);
    show(picture);
    await inStore("readwrite", (objects) => objects.put({ token: picture.token, check: picture.check, file }));
  }
  sendPhotos();
}

async function sendPhotos() {
  if (sending) return;
  sending = true;
  for (const picture of [...pictures.values()]) {
    const body = new FormData();
    body.append("photo", picture.file, "photo");
    body.append("token", picture.token);
    let response = null;
    try {
      response = await fetch(config.photos, {
        method: "POST",
        credentials: "same-origin",
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        body,
      });
    } catch {
      // No network: it stays.
    }
    if (!response || response.status >= 500 || response.status === 429) {
      tell(texts.offline);
      setTimeout(sendPhotos, RETRY_MS);
      break;
    }
    const kind = response.headers.get("content-type") || "";
    const answer = kind.includes("json") ? await response.json() : null;
    if (response.status === 401 || (response.status === 403 && !answer)) {
      tell(texts.expired, login());
      break;
    }
    pictures.delete(picture.token);
    // As with what is typed: the next page sends it once more, and the server keeps it once.
    if (!leaving) await inStore("readwrite", (objects) => objects.delete(picture.token));
    if (response.ok && answer && $(`#check-photos a[href="${answer.url}"]`)) {
      picture.row.remove();
    } else if (response.ok && answer) {
      picture.row.replaceChildren(
        el("span", { class: "list-title" }, el("a", { href: answer.url }, texts.photo)),
        el("span", { class: "list-note" }, texts.saved),
      );
    } else {
      picture.row.remove();
      tell((answer && answer.message) || texts.failed);
      announce((answer && answer.message) || texts.failed);
    }
  }
  sending = false;
}

for (const input of $$("input[type=file]", form)) {
  input.addEventListener("change", () => {
    const files = [...input.files];
    // From here on they are ours to send; the form must not send them a second time.
    input.value = "";
    add(files);
  });
}

async function restore() {
  const kept = (await inStore("readonly", (objects) => objects.getAll())) || [];
  for (const picture of kept.filter((one) => one.check === config.check)) {
    pictures.set(picture.token, picture);
    show(picture);
  }
  sendPhotos();
}

window.addEventListener("online", () => {
  save();
  sendPhotos();
});
restore();
save();
