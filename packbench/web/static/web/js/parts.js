// The dialog that splits an order: another parcel, and what is left for the last one.

function reckon(form) {
  for (const row of form.querySelectorAll("[data-pieces]")) {
    let rest = Number(row.dataset.pieces);
    for (const field of row.querySelectorAll("input.pieces")) rest -= Number(field.value) || 0;
    const output = row.querySelector("[data-rest]");
    output.textContent = String(rest);
    output.classList.toggle("text-bad", rest < 0);
  }
}

export function setUpParts() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-parts]");
    if (form) reckon(form);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-parts]");
    if (form && event.target.closest("[data-more-parts]")) {
      const next = form.querySelector("th[data-part][hidden]");
      if (!next) return;
      for (const cell of form.querySelectorAll(`[data-part="${next.dataset.part}"]`)) cell.hidden = false;
      form.querySelector("[data-more-parts]").hidden = !form.querySelector("th[data-part][hidden]");
      form.querySelector(`td[data-part="${next.dataset.part}"] input`).focus();
    }
    if (event.target.closest("[data-split]")) reckon(document.querySelector("form[data-parts]"));
  });
}
