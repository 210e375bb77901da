// Files: drop them, see their names and size, watch a large one go.
import { onReady } from "./page.js";

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

onReady("[data-drop]", (drop) => {
  const input = drop.querySelector("input[type=file]");
  const word = drop.querySelector("[data-drop-word]");
  const empty = word.textContent;
  const tell = () => {
    const files = [...input.files];
    word.textContent = files.length ? files.map((file) => `${file.name}（${size(file.size)}）`).join("、") : empty;
    if (files.length && "send" in drop.dataset) input.form.requestSubmit();
  };
  input.addEventListener("change", tell);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    tell();
  });
});

// A refusal comes back as the same page with its reason: its main part takes this one's place.
function showAnswer(html) {
  const answered = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (answered) document.querySelector("main").replaceWith(answered);
  else location.reload();
}

// A large file is seen on its way; the rest goes as it would without scripts.
onReady("form[data-upload]", (form) => {
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (event.defaultPrevented || !file || file.size < 256 * 1024) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    const meter = form.querySelector("[data-upload-meter]");
    const bar = meter.querySelector("progress");
    const word = meter.querySelector("[data-upload-word]");
    const most = Number(form.dataset.most);
    if (most && file.size > most) {
      meter.hidden = false;
      word.textContent = form.dataset.tooBig;
      word.classList.add("tone", "late");
      return;
    }
    word.classList.remove("tone", "late");
    form.dataset.busy = "1";
    const request = new XMLHttpRequest();
    meter.hidden = false;
    request.upload.addEventListener("progress", (it) => {
      bar.value = (100 * it.loaded) / it.total;
      word.textContent = it.loaded < it.total ? `已传 ${size(it.loaded)} / ${size(it.total)}` : "传完了，正在读…";
    });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL !== form.action) location.assign(request.responseURL);
      else showAnswer(request.responseText);
    });
    request.addEventListener("error", () => {
      delete form.dataset.busy;
      word.textContent = "没有传上去：文件太大，或者网络断了。";
      word.classList.add("tone", "late");
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
});
