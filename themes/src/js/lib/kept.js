// What was typed and the server does not have yet, kept on the device under a key: field → value.

export function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) || "{}");
  } catch {
    return {};
  }
}

export function store(key, fields) {
  try {
    if (Object.keys(fields).length) localStorage.setItem(key, JSON.stringify(fields));
    else localStorage.removeItem(key);
  } catch {
    // No storage here: the form still holds everything.
  }
}
