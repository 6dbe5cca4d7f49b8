// Seals a bid in the browser: the file and its price are encrypted here (AES-256-GCM), the key is downloaded and kept in IndexedDB, and only the
// sealed file goes out, through the page's own form. docs/tenders.md has the form of the file. Without this script, or without crypto.subtle, the form
// takes a file that was sealed elsewhere.

const box = document.querySelector("[data-seal]");
const opening = document.querySelector("[data-unseal]");
const FORMAT = "rongtong-bid-key/1";
const MAGIC = new TextEncoder().encode("RTSEALED");
const MOST_FILE_BYTES = 10 * 1024 * 1024;

const base64 = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Yuan as typed → fen, or null for what is no price. */
function fen(typed) {
  const found = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(typed.normalize("NFKC").replace(/[,，\s]/g, ""));
  if (!found) return null;
  const value = Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0"));
  return value > 0 ? value : null;
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sealed(file, amount, about) {
  const text = new TextEncoder();
  const head = text.encode(JSON.stringify({ amount_fen: amount, name: file.name.slice(-120) }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  const content = joined(length, head, new Uint8Array(await file.arrayBuffer()));
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const additionalData = text.encode(["rongtong-bid/1", about.tender, about.part, about.bidder].join("\n"));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData }, key, content);
  // The key is fixed with the file: GCM alone would let one ciphertext open to two bids under two keys.
  const commitment = new Uint8Array(await crypto.subtle.digest("SHA-256", joined(text.encode(`${FORMAT}\n`), raw)));
  const bytes = joined(MAGIC, Uint8Array.of(1), nonce, commitment, new Uint8Array(body));
  const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
  return { bytes, key: { format: FORMAT, ...about, sha256, key: base64(raw) } };
}

// --- the keys of this browser -----------------------------------------------------------------------------------

function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function keys() {
  const request = indexedDB.open("rt-bid-keys", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("keys", { keyPath: "sha256" });
  return ask(request);
}

async function keep(key) {
  try {
    const database = await keys();
    await ask(database.transaction("keys", "readwrite").objectStore("keys").put(key));
  } catch {
    // A private window keeps nothing: the downloaded file is what counts.
  }
}

async function kept(sha256) {
  try {
    const database = await keys();
    return await ask(database.transaction("keys", "readonly").objectStore("keys").get(sha256));
  } catch {
    return null;
  }
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function canGive() {
  try {
    return Boolean(new DataTransfer().items);
  } catch {
    return false;
  }
}

// --- the page -------------------------------------------------------------------------------------------------------

// DataTransfer that can be made anew came last of what is needed here.
if (box && window.crypto && crypto.subtle && Blob.prototype.arrayBuffer && canGive()) {
  const form = document.getElementById(box.dataset.seal);
  const file = box.querySelector("[data-file]");
  const price = box.querySelector("[data-price]");
  const said = box.querySelector("[data-said]");
  const after = box.querySelector("[data-after]");
  const confirmed = box.querySelector("[data-confirmed]");
  const plain = document.querySelector("[data-elsewhere]");
  const send = box.querySelector("[data-send]");
  const about = { tender: box.dataset.tender, part: box.dataset.part, bidder: box.dataset.bidder };
  let made = null;
  box.hidden = false;
  plain.open = false;

  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  const again = () => {
    made = null;
    after.hidden = true;
    confirmed.checked = false;
    send.disabled = true;
  };
  file.addEventListener("change", again);
  price.addEventListener("input", again);
  const save = () => download(`${about.tender}-${about.part}-${made.key.sha256.slice(0, 8)}.key.json`, `${JSON.stringify(made.key, null, 1)}\n`);

  box.querySelector("[data-encrypt]").addEventListener("click", async () => {
    again();
    const chosen = file.files[0];
    const amount = fen(price.value);
    if (!chosen || chosen.size > MOST_FILE_BYTES || !(await chosen.slice(0, 5).text()).startsWith("%PDF-")) {
      say(box.dataset.badFile);
      return;
    }
    if (amount === null) {
      say(box.dataset.badPrice);
      return;
    }
    if (amount > Number(box.dataset.ceiling)) {
      // Once it is sealed nobody can see it before the opening, where it would be void.
      say(box.dataset.above);
      return;
    }
    say("");
    try {
      made = await sealed(chosen, amount, about);
    } catch {
      say(box.dataset.failed);
      return;
    }
    await keep(made.key);
    save();
    box.querySelector("[data-hash]").textContent = made.key.sha256;
    after.hidden = false;
    after.focus();
  });
  box.querySelector("[data-save]").addEventListener("click", () => made && save());
  confirmed.addEventListener("change", () => {
    send.disabled = !(made && confirmed.checked);
  });
  send.addEventListener("click", () => {
    if (!made || !confirmed.checked) return;
    const given = new DataTransfer();
    given.items.add(new File([made.bytes], `${about.tender}-${about.part}.sealed`, { type: "application/octet-stream" }));
    form.elements.sealed.files = given.files;
    form.querySelector("button[value=seal]").click();
  });
}

if (opening) {
  const use = opening.querySelector("[data-use]");
  kept(opening.dataset.sha256).then((key) => {
    if (!key) return;
    use.hidden = false;
    use.addEventListener("click", () => {
      opening.querySelector("[name=key]").value = JSON.stringify(key);
      opening.querySelector("button[value=unseal]").click();
    });
  });
}
