// The page of orders: keys, selection, panel.

import { onKey } from "./js/keys.js";
import { openDialog } from "./js/opening.js";
import { closePanel, openPanel, setUpPanel } from "./js/panel.js";
import {
  ensureSome, extend, hereRow, selectAll, selectedRows, rows, setUpSelection, standOn, step, toggle,
} from "./js/selection.js";
import { remember } from "./js/theme.js";

setUpSelection();
setUpPanel();

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
onKey("Enter", (event) => {
  if (event.target.closest("a, button, summary")) return false;
  open();
  return true;
});
onKey("l", () => press("[data-create]"));
onKey("p", () => press("[data-print]"));
onKey("h", () => press("[data-hold]"));
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
