// Weights from a USB scale (HID usage page 0x8D), in browsers that allow it; hidden in the others.

const SCALE = [{ usagePage: 0x8d }];
const STABLE = 4;
const OVERLOAD = 6;
const GRAMS = { 1: 0.001, 2: 1, 3: 1000, 4: 0.2, 11: 28.349523125, 12: 453.59237 };
const ANSWER_MS = 4000;

/** Grams in a report of a scale; null where it is not still, empty or in a unit we do not know. */
export function gramsOf(report) {
  if (report.byteLength < 5) return null;
  const [status, unit] = [report.getUint8(0), report.getUint8(1)];
  const factor = GRAMS[unit];
  if (status !== STABLE || factor === undefined) return null;
  const grams = Math.round(report.getUint16(3, true) * 10 ** report.getInt8(2) * factor);
  return grams > 0 ? grams : null;
}

export function isTooHeavy(report) {
  return report.byteLength >= 5 && report.getUint8(0) === OVERLOAD;
}

async function scale() {
  const known = (await navigator.hid.getDevices()).filter((device) =>
    device.collections.some((each) => each.usagePage === SCALE[0].usagePage));
  const [device] = known.length ? known : await navigator.hid.requestDevice({ filters: SCALE });
  if (device && !device.opened) await device.open();
  return device;
}

/** The weight that the scale shows once it stands still; null where it says none in time. */
export async function weigh() {
  const device = await scale();
  if (!device) return null;
  return new Promise((resolve) => {
    const end = (grams) => {
      device.removeEventListener("inputreport", hear);
      clearTimeout(late);
      resolve(grams);
    };
    const hear = ({ data }) => {
      const grams = gramsOf(data);
      if (grams !== null) end(grams);
      else if (isTooHeavy(data)) end(null);
    };
    const late = setTimeout(() => end(null), ANSWER_MS);
    device.addEventListener("inputreport", hear);
  });
}

function show(root) {
  for (const button of root.querySelectorAll?.("[data-scale]") ?? []) button.hidden = false;
}

export function setUpScale(toast) {
  if (!("hid" in navigator)) return;
  show(document);
  document.body.addEventListener("htmx:load", (event) => show(event.detail.elt));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-scale]");
    if (!button) return;
    const grams = await weigh().catch(() => null);
    const field = document.getElementById(button.dataset.scale);
    if (grams === null || !field) {
      toast(button.dataset.none, "warning");
      return;
    }
    field.value = String(grams);
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}
