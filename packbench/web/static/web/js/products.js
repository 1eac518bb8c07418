// The list of products: one box ticks or unticks them all.

const all = document.querySelector("[data-tick-all]");
const boxes = () => [...document.querySelectorAll(`input[name="${all.dataset.tickAll}"][form]`)];

all?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
});
document.addEventListener("change", (event) => {
  if (!all || event.target === all || event.target.name !== all.dataset.tickAll) return;
  const ticked = boxes().filter((box) => box.checked).length;
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && !all.checked;
});
