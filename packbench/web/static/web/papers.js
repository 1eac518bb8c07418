// The page of papers: the place on a used sheet is asked for where a sheet has several.

import { onKey } from "./js/keys.js";

const form = document.querySelector("[data-papers]");
const sheet = form.elements.sheet;
const start = form.elements.start;

function places() {
  const count = Number(sheet.value.split("_")[1] || 1);
  form.querySelector("[data-places]").hidden = count < 2;
  for (const option of start.options) option.disabled = Number(option.value) > count;
  if (Number(start.value) > count) start.value = "1";
}

function format() {
  form.elements.format.disabled = form.elements.to.value !== "here";
}

sheet.addEventListener("change", places);
form.elements.to.addEventListener("change", format);
onKey("p", () => form.querySelector("[data-print-papers]").click());
places();
format();
