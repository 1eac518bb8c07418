// What is selected, the row the keyboard stands on, and the bar that acts on the selection.

const weights = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });

let here = null; // id of the row the keyboard stands on
let anchor = null; // where a range begins

const grid = () => document.getElementById("grid");
export const rows = () => [...document.querySelectorAll("#rows > .order-row")];
const box = (row) => row.querySelector("input[name=order]");
export const selectedRows = () => rows().filter((row) => box(row).checked);

/** All that match, loaded or not, are selected: what the server said of how many they are. */
const matching = () => document.querySelector("[data-matching]");
let ofMatching = null;

export function forgetMatching() {
  ofMatching = null;
  const field = matching();
  if (field) field.disabled = true;
}

/** Select all that match: the address of the list goes to the server in the place of the ids. */
export async function selectMatching() {
  const field = matching();
  if (!field) return;
  const shown = grid().dataset.shown.split("?")[1] || "";
  const button = document.querySelector("[data-select-matching]");
  button.disabled = true;
  try {
    const answer = await fetch(`${button.dataset.url}?${shown}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    ofMatching = await answer.json();
  } finally {
    button.disabled = false;
  }
  rows().forEach((row) => { box(row).checked = true; });
  field.value = shown;
  field.disabled = false;
  show();
}

/** The selected orders, or else the one the keyboard stands on. */
export function chosenIds() {
  return selectedRows().map((row) => row.id);
}

export const hereRow = () => (here ? document.getElementById(here) : null);

export function standOn(row, { scroll = true } = {}) {
  hereRow()?.classList.remove("is-here");
  here = row ? row.id : null;
  if (!row) return;
  row.classList.add("is-here");
  if (scroll) row.scrollIntoView({ block: "nearest" });
}

export function step(by) {
  const all = rows();
  if (!all.length) return;
  const place = all.indexOf(hereRow());
  standOn(all[Math.min(Math.max(place + by, 0), all.length - 1)]);
}

export function toggle(row = hereRow()) {
  if (!row) return;
  forgetMatching();
  box(row).checked = !box(row).checked;
  anchor = row;
  show();
}

/** Select everything between where the range began and the row. */
export function selectTo(row) {
  const all = rows();
  const from = Math.max(all.indexOf(anchor?.isConnected ? anchor : row), 0);
  const to = all.indexOf(row);
  all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => { box(one).checked = true; });
  show();
}

export function extend(by) {
  if (!anchor?.isConnected) anchor = hereRow();
  step(by);
  if (hereRow()) selectTo(hereRow());
}

export function selectAll(isOn) {
  forgetMatching();
  rows().forEach((row) => { box(row).checked = isOn; });
  show();
}

/** Select the row the keyboard stands on where nothing is selected, so that keys act on it. */
export function ensureSome() {
  if (!selectedRows().length && hereRow()) toggle(hereRow());
  return selectedRows().length > 0;
}

const counted = (bar, word, n) =>
  n === 1 ? bar.dataset[`${word}One`] : bar.dataset[`${word}Many`].replace("{n}", String(n));

export function show() {
  const chosen = selectedRows();
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === rows().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const bar = document.getElementById("selection");
  if (!bar) return;
  bar.hidden = !chosen.length;
  if (!chosen.length) return;
  const hasMore = document.querySelector("#rows .more-row") !== null;
  const isAll = chosen.length === rows().length;
  bar.querySelector("[data-select-matching]").hidden = Boolean(ofMatching) || chosen.length < 2 || (isAll && !hasMore);
  const n = ofMatching ? ofMatching.count : chosen.length;
  const grams = chosen.reduce((sum, row) => sum + Number(row.dataset.grams), 0);
  const labels = chosen.reduce((sum, row) => sum + Number(row.dataset.labels), 0);
  const words = n === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", n);
  const custom = bar.querySelector("[data-custom]");
  if (custom) custom.hidden = !ofMatching && !chosen.some((row) => row.querySelector(".mark.custom"));
  bar.querySelector("[data-selected]").textContent = ofMatching ? ofMatching.said : words;
  bar.querySelector("[data-weight]").textContent = grams && !ofMatching ? `${weights.format(grams / 1000)} kg` : "";
  bar.querySelector("[data-create] [data-word]").textContent = counted(bar, "create", n);
  const print = bar.querySelector("[data-print]");
  print.hidden = bar.querySelector("[data-print-zpl]").hidden = !labels && !ofMatching;
  print.querySelector("[data-word]").textContent = ofMatching ? bar.dataset.printAll : counted(bar, "print", labels);
}

export function setUpSelection() {
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-clear]")) selectAll(false);
    if (target.closest("[data-select-matching]")) selectMatching();
    const row = target.closest(".order-row");
    if (!row || !target.matches("input[name=order]")) return;
    standOn(row, { scroll: false });
    forgetMatching();
    if (event.shiftKey) selectTo(row);
    else anchor = row;
    show();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) selectAll(event.target.checked);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "grid") forgetMatching(); // another list
    if (ofMatching) rows().forEach((row) => { box(row).checked = true; });
    show();
  });
  grid()?.reset();
  show();
}
