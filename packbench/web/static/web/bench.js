// The bench: scans one after the other, sounds, keys. A scanner types fast and ends with Enter.

import { setUpCamera } from "./js/camera.js";
import { openDialog, toast } from "./js/opening.js";

const SCANNER_MS = 60; // a scanner's next character comes sooner than a person's
const SOUNDS = {
  right: [[880, 0, 0.08]],
  wanted: [[660, 0, 0.08], [880, 0.1, 0.08]],
  done: [[660, 0, 0.09], [880, 0.1, 0.09], [1175, 0.2, 0.18]],
  wrong: [[160, 0, 0.22], [120, 0.26, 0.34]],
};

const form = document.getElementById("bench-scan");
const input = document.getElementById("bench-code");
const paper = document.getElementById("paper");
const waiting = []; // what is sent to the bench, one after the other
let isSending = false;
let digit = null;
let audio = null;

const here = () => document.querySelector("#bench .bench");
const isBoxing = () => ["box", "refused"].includes(here()?.dataset.step);
const isBusyElsewhere = () =>
  document.querySelector("dialog[open], details.menu[open]") || document.activeElement?.matches("#bench-grams, #search");

function focus() {
  if (isBusyElsewhere()) return;
  const grams = document.getElementById("bench-grams");
  const isNext = here()?.dataset.asksWeight && grams && !grams.value;
  (isNext ? grams : input).focus({ preventScroll: true });
}

async function sendInTurn(send) {
  waiting.push(send);
  if (isSending) return;
  isSending = true;
  while (waiting.length) await waiting.shift()().catch(() => {}); // `htmx:sendError` tells it
  isSending = false;
  focus();
}

function post(url, values = {}) {
  sendInTurn(() => htmx.ajax("POST", url, { values, target: "#bench", swap: "innerHTML" }));
}

function sound(name) {
  audio ??= new AudioContext();
  for (const [hertz, after, seconds] of SOUNDS[name] ?? []) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = name === "wrong" ? "square" : "sine";
    tone.frequency.value = hertz;
    volume.gain.value = name === "wrong" ? 0.25 : 0.15;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + after);
    tone.stop(audio.currentTime + after + seconds);
  }
}

function printLabel() {
  document.querySelector("#bench [data-print]")?.requestSubmit();
}

/** A digit alone chooses a box; as the first of many it is a scan. */
function chooseBox(event) {
  const box = document.querySelector(`#bench [data-box="${event.key}"]`);
  if (!box || input.value || document.activeElement !== input) return false;
  const typed = event.key;
  digit = setTimeout(() => {
    digit = null;
    if (input.value !== typed) return;
    input.value = "";
    box.click();
  }, SCANNER_MS);
  return true;
}

/** The weight of the scale, where there is one; else it is typed. */
function weigh() {
  const button = document.querySelector("#bench [data-scale]");
  if (button && !button.hidden) button.click();
  else document.getElementById("bench-grams")?.select();
}

/** Enter in the weight buys the label, unless a box is still to be chosen: then its key is next. */
function typedWeight(event) {
  if (event.key !== "Enter" || event.target.id !== "bench-grams") return false;
  event.preventDefault();
  if (here()?.dataset.asksBox) input.focus();
  else document.querySelector("#bench [data-buy]")?.click();
  return true;
}

const shoot = setUpCamera(
  () => here()?.dataset.photoUrl ?? "",
  ({ text, kind }) => {
    toast(text, kind);
    sound(kind === "success" ? "right" : "wrong");
    focus();
  },
);

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (digit !== null && event.key.length === 1) {
    clearTimeout(digit);
    digit = null;
  }
  if (typedWeight(event)) return;
  if (event.key === "F9") printLabel();
  else if (event.key === "F8") document.querySelector("#bench [data-print-stuck]")?.requestSubmit();
  else if (event.key === "F7") weigh();
  else if (event.key === "F4") shoot();
  else if (event.key === "F2") openDialog("override");
  else if (event.key === "Escape" && here()?.dataset.packing) post(form.dataset.leaveUrl);
  else {
    if (event.key.length === 1 && document.activeElement === document.body) focus();
    if (isBoxing()) chooseBox(event);
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = input.value.trim();
  input.value = "";
  if (code) post(form.action, { code });
  else if (isBoxing()) document.querySelector("#bench [data-buy]")?.click();
});

// A button waits for the scans before it, and the next scan for the button. The body asks for `post`.
document.body.addEventListener("htmx:confirm", (event) => {
  const { elt, target, verb, etc, issueRequest } = event.detail;
  if (verb !== "post" || target.id !== "bench" || elt === document.body) return;
  event.preventDefault();
  etc.returnPromise = true;
  sendInTurn(() => issueRequest(true));
});

document.addEventListener("keydown", press, true);
document.body.addEventListener("sounded", (event) => sound(event.detail.as));
document.body.addEventListener("label-ready", () => printLabel());
/** The line that the scan was about, else the next one, where it is out of sight. */
function showLine() {
  const line = document.querySelector("#bench .is-hit") ?? document.querySelector("#bench .is-next");
  line?.scrollIntoView({ block: "nearest" });
}

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "bench-papers") return;
  focus();
  showLine();
});
// What the scale says is taken; the next key chooses the box, or buys.
document.body.addEventListener("change", (event) => {
  if (event.target.id === "bench-grams" && !event.isTrusted) setTimeout(() => input.focus());
});
document.body.addEventListener("htmx:sendError", () => {
  waiting.length = 0;
  sound("wrong");
  toast(form.dataset.lost, "error");
});
paper.addEventListener("load", () => {
  if (paper.contentWindow.location.href !== "about:blank") paper.contentWindow.print();
});
document.addEventListener("click", () => setTimeout(focus));
focus();
