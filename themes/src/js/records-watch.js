// What content sends, drawn anew every few seconds while somebody looks; without this script, by reloading the page.

const EVERY_MS = 3000;
const place = document.querySelector("[data-watch]");
const address = new URL(location.href);
address.searchParams.set("part", "1");
let drawn = "";

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const text = answer.ok ? await answer.text() : drawn;
      if (text !== drawn && !answer.redirected) draw(text);
    } catch {
      // No line at the moment: the next look may have one.
    }
  }
  setTimeout(look, EVERY_MS);
}

/** What was opened stays open. */
function draw(text) {
  const open = [...place.querySelectorAll("details[open]")].map((item) => item.id);
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  for (const item of fresh.querySelectorAll("details")) item.open = open.includes(item.id);
  place.replaceChildren(...fresh.childNodes);
  drawn = text;
}

if (place) setTimeout(look, EVERY_MS);
