// The page of problems: after a fix the next field is ready; j and k go from field to field.

import { onKey } from "./js/keys.js";

const fields = () => [...document.querySelectorAll("#problems .mend .input:first-of-type")];
let wasTyping = false;

document.body.addEventListener("htmx:beforeRequest", (event) => {
  wasTyping = Boolean(event.target.closest?.(".mend"));
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (!wasTyping) return;
  wasTyping = false;
  const wrong = document.querySelector("#problems .mend [aria-invalid]");
  (wrong || fields()[0])?.focus();
});

function step(by) {
  const all = fields();
  const here = all.indexOf(document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, here + by))]?.focus();
}

onKey("j", () => step(1));
onKey("k", () => step(-1));
