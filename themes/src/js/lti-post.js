// The page that sends somebody on to an outside tool or platform: its form goes by itself, once. Without this file the
// button does the same.

import { $ } from "./lib/dom.js";

const form = $("#lti-post");
// Coming back with the browser's own button must not send the one-time form again.
const [entry] = performance.getEntriesByType("navigation");
if (form && (!entry || entry.type !== "back_forward")) form.submit();
