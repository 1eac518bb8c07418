// The morning board: its keys.

import { onKey } from "./js/keys.js";

onKey("p", () => (document.querySelector("[data-run]") || document.querySelector("[data-print-unprinted]"))?.click());
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "run-body") document.querySelector("[data-run-now]")?.focus();
});
