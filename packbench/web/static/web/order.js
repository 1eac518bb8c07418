// The page of one order: its keys.

import { onKey } from "./js/keys.js";
import { setUpParts } from "./js/parts.js";

setUpParts();

const press = (selector) => document.querySelector(selector)?.click();

onKey("l", () => press(".ship-form .button.primary, [data-create-parcel]"));
onKey("d", () => press("[data-split]"));
onKey("m", () => press("[data-combine]"));
onKey("r", () => press(".ship-form [data-compare]"));
for (let digit = 1; digit <= 9; digit += 1) onKey(String(digit), () => press(`.ship-form [data-preset="${digit}"]`));
onKey("p", () => press(".parcel form[action$='/print'] button"));
onKey("v", () => press(".parcel [data-open-dialog]"));
onKey("h", () => {
  const form = document.querySelector(".hold-form");
  if (form) form.open = true;
  document.getElementById("hold-reason")?.focus();
});
onKey("u", () => press("form[action$='/release'] button"));
onKey("Escape", () => press(".page-head a.icon-button"));
