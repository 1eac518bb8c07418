// The keyboard map. A page registers its keys; `g` then a letter goes to another page.

import { closeTopmost, openDialog } from "./opening.js";

const keys = new Map();
let isGoing = false;

/** Call `act` when the key is pressed outside of a field. */
export function onKey(key, act) {
  keys.set(key, act);
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
}

function go(letter) {
  const link = document.querySelector(`[data-go="${letter}"]`);
  if (link) link.click();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (closeTopmost()) return;
    if (isTyping(event.target)) event.target.blur();
    else keys.get("Escape")?.(event);
    return;
  }
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (isGoing) {
    isGoing = false;
    go(event.key);
    event.preventDefault();
  } else if (event.key === "g") {
    isGoing = true;
    setTimeout(() => { isGoing = false; }, 1500);
  } else if (keys.has(event.key)) {
    if (keys.get(event.key)(event) !== false) event.preventDefault();
  }
}

export function setUpKeys() {
  document.addEventListener("keydown", press);
  onKey("?", () => openDialog("help"));
  onKey("/", () => {
    const box = document.getElementById("search");
    box?.focus();
    box?.select();
  });
}
