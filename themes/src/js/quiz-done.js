// The result of a quiz: it is handed in, so what this device kept of the attempt until the server had it can go.

import { $ } from "./lib/dom.js";

try {
  localStorage.removeItem(`rt-quiz-${$("#quiz-result").dataset.attempt}`);
} catch {
  // No storage here: nothing was kept either.
}
