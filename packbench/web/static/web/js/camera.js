// Photos of the open parcel: by the camera where the browser gives it to this page, else by file.

const LONGEST = 1600; // pixels a side: what the desk keeps of it at most
const QUALITY = 0.85;
const READY_MS = 4000;

const section = document.getElementById("camera");
const video = section?.querySelector("video");
let stream = null;

/** Open the camera. Answers whether it is open: not on a page without HTTPS, not if refused. */
async function open() {
  if (stream?.active) return true;
  if (!navigator.mediaDevices?.getUserMedia) return false;
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
  } catch {
    return false;
  }
  video.srcObject = stream;
  video.hidden = false;
  await Promise.race([video.play(), new Promise((resolve) => setTimeout(resolve, READY_MS))]).catch(() => {});
  return video.videoWidth > 0;
}

function drawn(source, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

async function small(file) {
  const picture = await createImageBitmap(file);
  const blob = await drawn(picture, picture.width, picture.height);
  picture.close();
  return blob;
}

function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

async function send(url, blob) {
  const body = new FormData();
  body.append("photo", blob, "parcel.jpg");
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Set the bench's camera up: `urlOf` names the open parcel's address, `say` shows a sentence. */
export function setUpCamera(urlOf, say) {
  if (!section) return () => {};
  const button = section.querySelector("[data-shoot]");
  const choice = section.querySelector("[data-file]");
  const file = choice.querySelector("input");
  let url = "";

  const offerFile = () => {
    button.hidden = true;
    choice.hidden = false;
    video.hidden = true;
  };
  const keep = (made) => made
    .then((blob) => (blob ? send(url, blob) : { text: section.dataset.unreadable, kind: "error" }))
    .then(say)
    .catch((error) => say({ text: error.name === "InvalidStateError" ? section.dataset.unreadable : document.body.dataset.offline, kind: "error" }));

  async function shoot() {
    url = urlOf();
    if (!url) {
      say({ text: section.dataset.idle, kind: "warning" });
    } else if (!choice.hidden) {
      file.click();
    } else if (await open()) {
      await keep(drawn(video, video.videoWidth, video.videoHeight));
    } else {
      offerFile();
      say({ text: section.dataset.off, kind: "warning" });
    }
  }

  button.addEventListener("click", shoot);
  choice.addEventListener("click", () => { url = urlOf(); });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    if (!url) say({ text: section.dataset.idle, kind: "warning" });
    else await keep(small(chosen));
    file.value = "";
  });
  open().then((is) => { if (!is) offerFile(); });
  return shoot;
}
