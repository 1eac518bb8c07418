// The list of products: ticks, and the keys of the grid.

import { onKey } from "./keys.js";

const all = document.querySelector("[data-tick-all]");
const boxes = () => [...document.querySelectorAll(`input[name="${all?.dataset.tickAll}"][form]`)];
const rows = () => [...document.querySelectorAll(".products tbody tr")];

function showAll() {
  const ticked = boxes().filter((box) => box.checked).length;
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && !all.checked;
}

all?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
});
document.addEventListener("change", (event) => {
  if (!all || event.target === all || event.target.name !== all.dataset.tickAll) return;
  showAll();
});

const here = () => rows().findIndex((row) => row.classList.contains("is-here"));

function stand(index) {
  const list = rows();
  const row = list[Math.max(0, Math.min(list.length - 1, index))];
  if (!row) return;
  for (const each of list) each.classList.toggle("is-here", each === row);
  row.querySelector("a.code")?.focus();
  row.scrollIntoView({ block: "nearest" });
}

onKey("j", () => stand(here() + 1));
onKey("k", () => stand(here() < 0 ? 0 : here() - 1));
onKey("x", () => {
  const box = rows()[here()]?.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  showAll();
});
onKey("e", () => rows()[here()]?.querySelector("input[name=weight_g]")?.select());
