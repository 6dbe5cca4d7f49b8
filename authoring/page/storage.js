// The first script of H5P's own editor, in its page and in the frame it builds. Browsers that block what other sites keep
// (a private window; a setting of many) refuse a framed page its storage, and merely asking throws, which ends the
// editor's start. What it puts there then lives as long as the page does.
(() => {
  const memory = () => {
    const kept = new Map();
    const storage = Object.create({
      getItem: (key) => (kept.has(String(key)) ? kept.get(String(key)) : null),
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] ?? null,
    });
    return Object.defineProperty(storage, "length", { get: () => kept.size });
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      void window[name];
    } catch {
      Object.defineProperty(window, name, { configurable: true, value: memory() });
    }
  }
})();
