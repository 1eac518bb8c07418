// What opens and closes: menus, dialogs, toasts, copy buttons.

const TOAST_MS = 7000;

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

/** Close what is open. Answers whether there was something. */
export function closeTopmost() {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    dialog.close();
    return true;
  }
  const menu = document.querySelector("details.menu[open]");
  closeMenus(null);
  return Boolean(menu);
}

export function toast(text, kind = "success") {
  const template = document.getElementById("toast-template");
  const node = template.content.firstElementChild.cloneNode(true);
  node.classList.add(kind);
  node.querySelector("p").textContent = text;
  document.getElementById("toasts").append(node);
  fade(node);
}

function fade(node) {
  if (!node.classList.contains("error")) setTimeout(() => node.remove(), TOAST_MS);
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(button.dataset.copied);
}

export function setUpOpening() {
  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target.closest("details.menu"));
    const opener = target.closest("[data-open-dialog]");
    if (opener) openDialog(opener.dataset.openDialog);
    if (target.closest("[data-close-dialog]")) target.closest("dialog").close();
    if (target.closest("[data-close-toast]")) target.closest(".toast").remove();
    const copier = target.closest("[data-copy]");
    if (copier) copy(copier);
    if (target instanceof HTMLDialogElement) target.close();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  for (const node of document.querySelectorAll("#toasts .toast")) fade(node);
}
