// Due words run on: 剩 3 分 becomes 剩 2 分, then 超 1 分 and red. The server's clock counts, not the office computer's.
import { all } from "./page.js";

const MINUTE = 60000;
const ahead = document.body.dataset.now ? new Date(document.body.dataset.now) - Date.now() : 0;

const span = (minutes, exact) => {
  if (minutes < 60) return `${minutes} 分`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} 时${exact && minutes % 60 ? ` ${minutes % 60} 分` : ""}`;
  return `${Math.floor(minutes / 1440)} 天`;
};

function tick() {
  const now = Date.now() + ahead;
  all("[data-due]").forEach((word) => {
    const said = word.textContent;
    if (!/^[剩超]/.test(said)) return;
    const left = (new Date(word.dataset.due) - now) / MINUTE;
    const exact = /时.*分/.test(said);
    const minutes = left < 0 ? Math.floor(-left) : Math.ceil(left);
    const next = `${left < 0 ? "超" : "剩"} ${span(minutes, exact)}`;
    if (next !== said) word.textContent = next;
    const due = word.closest(".due");
    if (left < 0) {
      due.classList.remove("wait");
      due.classList.add("late");
    } else if (left <= Number(word.dataset.warn || -1)) due.classList.add("wait");
  });
}

if (document.querySelector("[data-due]")) {
  setInterval(tick, MINUTE / 3);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
}
