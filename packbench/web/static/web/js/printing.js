// At a station what is to be printed goes to its printers: no new page, a toast says where.

import { toast } from "./opening.js";

const SHOWN = "application/pdf";

function opensPage(form, button) {
  const target = button?.getAttribute("formtarget") || form.target;
  return target === "_blank" && form.method === "post";
}

async function print(form, button) {
  const action = button?.getAttribute("formaction") || form.action;
  const body = new FormData(form, button);
  const headers = { "X-Print": "station", "X-CSRFToken": body.get("csrfmiddlewaretoken") || csrf() };
  const answer = await fetch(action, { method: "POST", body, headers });
  const type = answer.headers.get("Content-Type") || "";
  if (type.startsWith("application/json")) {
    const said = await answer.json();
    toast(said.text, said.kind);
    document.body.dispatchEvent(new CustomEvent("orders-changed"));
  } else if (type.startsWith(SHOWN)) {
    open(URL.createObjectURL(await answer.blob()), "_blank");
  } else {
    toast(document.body.dataset.failed, "error");
  }
}

function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

export function setUpPrinting() {
  if (!document.documentElement.dataset.station) return;
  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (event.defaultPrevented || !opensPage(form, button) || button?.value === "zpl") return;
    event.preventDefault();
    print(form, button).catch(() => toast(document.body.dataset.offline, "error"));
  });
}
