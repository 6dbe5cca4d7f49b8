// A check that is handed in: what this device kept of its form until the server had it can go.

import { $ } from "./lib/dom.js";

try {
  localStorage.removeItem(`rt-check-${$("#check-state").dataset.check}`);
} catch {
  // No storage here: nothing was kept either.
}
