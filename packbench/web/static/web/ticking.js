// Rows to tick: one box ticks all that are shown, and buttons say how many they act on. Several
// lists on one page are parted by [data-tick-scope].

const scopeOf = (element) => element.closest("[data-tick-scope]") ?? document;
const boxes = (name, scope) => [...scope.querySelectorAll(`input[type=checkbox][name="${name}"]`)];

function show(name) {
  for (const scope of scopes(name)) showIn(name, scope);
}

function scopes(name) {
  return new Set([...document.querySelectorAll(`[data-tick-all="${name}"]`)].map(scopeOf));
}

function showIn(name, scope) {
  const all = boxes(name, scope);
  const ticked = all.filter((box) => box.checked).length;
  const head = scope.querySelector(`[data-tick-all="${name}"]`);
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && !head.checked;
  }
  for (const button of scope.querySelectorAll(`[data-acts-on="${name}"]`)) {
    button.disabled = !ticked;
    button.querySelector("[data-number]").textContent = ticked ? `(${ticked})` : "";
  }
}

const names = new Set(
  [...document.querySelectorAll("[data-tick-all]")].map((head) => head.dataset.tickAll),
);
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.dataset.tickAll) {
    const shown = boxes(target.dataset.tickAll, scopeOf(target));
    shown.forEach((box) => { box.checked = target.checked; });
  }
  if (target.type === "checkbox") names.forEach(show);
});
document.body.addEventListener("htmx:afterSettle", () => names.forEach(show));
names.forEach(show);
