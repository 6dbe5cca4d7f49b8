// A part of a page that is drawn anew while somebody looks, every `data-watch` milliseconds (3000 where it says nothing); without this script,
// by reloading the page. Nothing is announced of it: whoever reads is not interrupted, and the moment of the figures stands on the page.

const place = document.querySelector("[data-watch]");
const EVERY_MS = Number(place?.dataset.watch) || 3000;
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

/** What was opened stays open; a link that has the focus keeps it. */
function draw(text) {
  const open = [...place.querySelectorAll("details[open]")].map((item) => item.id);
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  for (const item of fresh.querySelectorAll("details")) item.open = open.includes(item.id);
  place.replaceChildren(...fresh.childNodes);
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  drawn = text;
}

if (place) setTimeout(look, EVERY_MS);
