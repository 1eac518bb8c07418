// Times in the reader's own time zone and language. The server writes them in UTC.

const SHAPES = {
  time: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short", year: "numeric" },
  full: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
};
const formats = new Map();

function formatOf(shape) {
  if (!formats.has(shape)) {
    formats.set(shape, new Intl.DateTimeFormat(document.documentElement.lang, SHAPES[shape]));
  }
  return formats.get(shape);
}

export function showTimes(within) {
  for (const node of within.querySelectorAll("time[data-local]")) {
    const at = new Date(node.dateTime);
    if (!Number.isNaN(at.getTime())) {
      node.textContent = formatOf(node.dataset.local).format(at);
      node.removeAttribute("data-local");
    }
  }
}
