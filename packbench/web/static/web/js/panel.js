// The panel beside the grid, and rows renewed in place after something was done to them.

import { chosenIds, rows, show, standOn } from "./selection.js";

const panel = () => document.getElementById("panel");
let acted = new Set(); // orders that something was asked of and whose rows may be old

export function openPanel(row) {
  const link = row?.querySelector("a.number");
  if (!link) return;
  acted.add(row.id);
  htmx.ajax("GET", link.getAttribute("href"), { target: "#panel", swap: "innerHTML" });
}

/** Close the panel. Answers whether it was open. */
export function closePanel() {
  const wasOpen = panel().childElementCount > 0;
  panel().replaceChildren();
  return wasOpen;
}

function renew() {
  const ids = [...acted].filter((id) => document.getElementById(id));
  if (!ids.length) return;
  const checked = new Set(chosenIds());
  const values = { order: ids, shown: document.getElementById("grid").dataset.shown.split("?")[1] || "" };
  htmx.ajax("POST", "/orders/rows", { values, swap: "none", source: "#panel" }).then(() => {
    for (const row of rows()) {
      if (checked.has(row.id)) row.querySelector("input[name=order]").checked = true;
    }
    show();
  });
}

export function setUpPanel() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-panel]")) closePanel();
    const link = event.target.closest("#rows a.number");
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button);
    if (link && isPlain) {
      event.preventDefault();
      standOn(link.closest(".order-row"), { scroll: false });
      openPanel(link.closest(".order-row"));
    }
  });
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "post" && event.target.closest("#selection, #weigh, #hold")) {
      acted = new Set([...acted, ...chosenIds()]);
    }
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    if (event.target.closest("#weigh")) document.getElementById("weigh").close();
    if (event.target.matches?.("[data-create], [data-create-by]")) renew();
  });
  document.body.addEventListener("orders-changed", renew);
}
