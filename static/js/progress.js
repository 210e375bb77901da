// A long job: ask how far it is until it is done, then go where it says.
import { ask, onReady } from "./page.js";

const PAUSE = 1000;

onReady("[data-progress]", (box) => {
  const bar = box.querySelector("progress");
  const word = box.querySelector("[data-progress-word]");
  const count = box.querySelector("[data-progress-count]");
  let misses = 0;

  async function look() {
    try {
      const said = await ask(box.dataset.progress);
      misses = 0;
      bar.max = said.total || 1;
      bar.value = said.done;
      word.textContent = said.word;
      count.textContent = `${said.done.toLocaleString("en")} / ${said.total.toLocaleString("en")} 行`;
      if (said.finished || said.failed) return said.next ? location.assign(said.next) : location.reload();
    } catch {
      misses += 1;
      if (misses > 2) word.textContent = "连不上服务器，导入可能还在继续，正在再问…";
    }
    return setTimeout(look, PAUSE * Math.min(1 + misses, 10));
  }
  setTimeout(look, PAUSE);
});
