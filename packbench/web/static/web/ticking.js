// Rows to tick: one box ticks all that are shown, and buttons say how many they act on.

const boxes = (name) => [...document.querySelectorAll(`input[type=checkbox][name="${name}"]`)];

function show(name) {
  const all = boxes(name);
  const ticked = all.filter((box) => box.checked).length;
  const head = document.querySelector(`[data-tick-all="${name}"]`);
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && !head.checked;
  }
  for (const button of document.querySelectorAll(`[data-acts-on="${name}"]`)) {
    button.disabled = !ticked;
    button.querySelector("[data-number]").textContent = ticked ? `(${ticked})` : "";
  }
}

const names = new Set(
  [...document.querySelectorAll("[data-tick-all]")].map((head) => head.dataset.tickAll),
);
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.dataset.tickAll) boxes(target.dataset.tickAll).forEach((box) => { box.checked = target.checked; });
  if (target.type === "checkbox") names.forEach(show);
});
document.body.addEventListener("htmx:afterSettle", () => names.forEach(show));
names.forEach(show);
