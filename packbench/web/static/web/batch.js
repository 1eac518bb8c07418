// The page of a batch: its keys, and the first thing to do under the Enter key.

import { onKey } from "./js/keys.js";

const press = (selector) => document.querySelector(selector)?.click();

onKey("p", () => press("[data-print-batch]"));
onKey("l", () => press("[data-process]"));
