// The page of orders: keys, selection, panel.

import { onKey } from "./js/keys.js";
import { openDialog } from "./js/opening.js";
import { closePanel, openPanel, setUpPanel } from "./js/panel.js";
import { setUpParts } from "./js/parts.js";
import {
  ensureSome, extend, hereRow, selectAll, selectMatching, selectedRows, rows, setUpSelection, standOn, step, toggle,
} from "./js/selection.js";
import { remember } from "./js/theme.js";

setUpSelection();
setUpPanel();
setUpParts();

function press(selector) {
  const button = document.querySelector(`#selection ${selector}`);
  if (ensureSome() && button && !button.hidden && !button.disabled) button.click();
}

function open() {
  const row = hereRow() || selectedRows()[0];
  if (row) openPanel(row);
}

function moveBy(by) {
  return (event) => {
    if (event.shiftKey) extend(by);
    else step(by);
  };
}

onKey("j", moveBy(1));
onKey("k", moveBy(-1));
onKey("J", moveBy(1));
onKey("K", moveBy(-1));
onKey("ArrowDown", moveBy(1));
onKey("ArrowUp", moveBy(-1));
onKey("x", () => toggle());
onKey("a", () => selectAll(selectedRows().length < rows().length));
onKey("A", () => selectMatching());
onKey("f", () => {
  const menu = document.querySelector(".filter-menu");
  if (!menu) return;
  menu.open = true;
  menu.querySelector("input:not([type=hidden]), select")?.focus();
});
onKey("Enter", (event) => {
  if (event.target.closest("a, button, summary")) return false;
  open();
  return true;
});
onKey("l", () => press("[data-create]"));
for (let digit = 1; digit <= 9; digit += 1) onKey(String(digit), () => press(`[data-preset="${digit}"]`));
onKey("r", () => {
  const button = document.querySelector("#panel [data-compare]");
  if (button) button.click();
  else open();
});
onKey("p", () => press("[data-print]"));
onKey("s", () => press("[data-slips]"));
onKey("b", () => press("[data-new-batch]"));
onKey("m", () => press("[data-combine]"));
onKey("d", () => document.querySelector("#panel [data-split]")?.click());
onKey("h", () => press("[data-hold]"));
onKey("H", () => { if (document.getElementById("hold") && ensureSome()) openDialog("hold"); });
onKey("u", () => press("[data-release]"));
onKey("e", () => { if (document.getElementById("weigh") && ensureSome()) openDialog("weigh"); });
onKey("Escape", () => {
  if (closePanel()) return;
  selectAll(false);
  standOn(null);
});

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.filter;
  if (!name) return;
  const address = new URL(document.getElementById("grid").dataset.shown, location.origin);
  if (event.target.value) address.searchParams.set(name, event.target.value);
  else address.searchParams.delete(name);
  location.assign(address);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggle-density]");
  if (!button) return;
  const root = document.documentElement;
  const isCompact = root.dataset.density !== "compact";
  if (isCompact) root.dataset.density = "compact";
  else delete root.dataset.density;
  remember("density", isCompact ? "compact" : "");
  button.setAttribute("aria-pressed", String(isCompact));
});

// Columns are put in another order; forms beside the grid say what it shows when they are sent.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move-up], [data-move-down]");
  if (!button) return;
  const line = button.closest("li");
  const other = button.matches("[data-move-up]") ? line.previousElementSibling : line.nextElementSibling;
  if (!other || other.querySelector("input:disabled")) return;
  if (button.matches("[data-move-up]")) other.before(line);
  else other.after(line);
  button.focus();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-with-shown]")) form.elements.shown.value = document.getElementById("grid").dataset.shown;
  if (form.matches("[data-sparse]")) {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  }
});
window.addEventListener("pageshow", () => {
  const form = document.getElementById("filters");
  for (const field of form?.elements ?? []) field.disabled = false;
});
