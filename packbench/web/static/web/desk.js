// Every page of the desk. Pages with more to do load a module of their own.

import { setUpKeys } from "./js/keys.js";
import { setUpOpening, toast } from "./js/opening.js";
import { setUpPrinting } from "./js/printing.js";
import { setUpScale } from "./js/scale.js";
import { setUpTheme } from "./js/theme.js";
import { showTimes } from "./js/times.js";

setUpTheme();
setUpOpening();
setUpKeys();
setUpPrinting();
setUpScale(toast);
showTimes(document);
// On a phone the rail is wider than the screen.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.body.addEventListener("htmx:load", (event) => showTimes(event.detail.elt));
document.body.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));

let running = 0;
const show = () => document.body.classList.toggle("is-loading", running > 0);
document.body.addEventListener("htmx:beforeRequest", () => { running += 1; show(); });
document.body.addEventListener("htmx:afterRequest", () => { running = Math.max(0, running - 1); show(); });
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401 || event.detail.xhr.status === 403) location.reload();
  else toast(document.body.dataset.failed, "error");
});
document.body.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, "error"));
