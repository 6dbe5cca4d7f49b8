// Requests to our own server. An answer is {ok, status, data}; no status throws, a lost network is status 0.

/** Django's token: from a form of the page, else from the cookie. */
export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (field) return field.value;
  // Over https its name has the prefix that no other host can set.
  const name = location.protocol === "https:" ? "__Host-csrftoken" : "csrftoken";
  const found = document.cookie.match(new RegExp(`(?:^|;\\s*)${name}=([^;]+)`));
  return found ? decodeURIComponent(found[1]) : "";
}

async function send(url, init) {
  try {
    const response = await fetch(url, { credentials: "same-origin", ...init });
    const kind = response.headers.get("content-type") || "";
    const data = kind.includes("json") ? await response.json() : null;
    // Seconds, from a server that is busy; a date is not used by ours.
    const retryAfter = Number(response.headers.get("retry-after")) || 0;
    return { ok: response.ok, status: response.status, data, retryAfter };
  } catch (error) {
    if (error.name === "AbortError") return { ok: false, status: 0, data: null, aborted: true };
    return { ok: false, status: 0, data: null };
  }
}

export function getJson(url, { signal } = {}) {
  return send(url, { headers: { Accept: "application/json" }, signal });
}

/** keepalive lets the request outlive the page (a last report on leaving). */
export function postJson(url, body, { keepalive = false, signal, method = "POST" } = {}) {
  return send(url, {
    method,
    keepalive,
    signal,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
}
