// A hand-written signature: sharp on any phone, given to the server as a PNG in the hidden input beside the canvas.
import { all, onReady } from "./page.js";

onReady("canvas[data-pad]", (pad) => {
  const value = pad.parentNode.querySelector("input[type=hidden]");
  const pen = pad.getContext("2d");
  let drawn = 0;
  let last = null;
  let onGlass = "";

  // The paper is always white and the ink black: it will be printed.
  function clear() {
    const ratio = devicePixelRatio || 1;
    pad.width = pad.clientWidth * ratio;
    pad.height = pad.clientHeight * ratio;
    pen.scale(ratio, ratio);
    pen.lineWidth = 2.2;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#101820";
    value.value = onGlass = "";
    drawn = 0;
  }

  // A drawing that came back with the form, or out of the draft, is put on the glass again.
  async function paint() {
    const data = value.value;
    if (!data || data === onGlass || !pad.clientWidth) return;
    clear();
    value.value = onGlass = data;
    const bytes = Uint8Array.from(atob(data.split(",")[1]), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    if (value.value !== data) return; // signed anew meanwhile
    const scale = Math.min(pad.clientWidth / picture.width, pad.clientHeight / picture.height);
    pen.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  }
  const at = (event) => [event.offsetX, event.offsetY];

  pad.addEventListener("pointerdown", (event) => {
    if (!pad.width || pad.width !== Math.round(pad.clientWidth * (devicePixelRatio || 1))) clear();
    pad.setPointerCapture(event.pointerId);
    last = at(event);
    event.preventDefault();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last || !event.buttons) return;
    const now = at(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...now);
    pen.stroke();
    drawn += Math.hypot(now[0] - last[0], now[1] - last[1]);
    last = now;
  });
  const lift = () => {
    if (last && drawn > 24) value.value = onGlass = pad.toDataURL("image/png"); // a dot is not a signature
    last = null;
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  all(`[data-clear="${CSS.escape(pad.id)}"]`).forEach((button) => button.addEventListener("click", clear));

  if (value.value) paint();
  else if (pad.clientWidth) clear();
  pad.closest("form")?.addEventListener("input", paint);
  pad.closest("dialog")?.addEventListener("opened", () => pad.width === pad.clientWidth || clear());
  pad.closest("form")?.addEventListener("submit", (event) => {
    const missing = "needed" in value.dataset && !value.value;
    pad.classList.toggle("missing", missing);
    if (!missing) return;
    event.preventDefault();
    pad.focus();
  });
});
