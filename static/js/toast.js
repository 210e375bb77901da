// What the last step said, for a few seconds; bad news stays until it is read.
import { all, icon, make } from "./page.js";

const LINGER = 6000;

function leave(toast) {
  if (toast.classList.contains("late") || toast.querySelector("a")) return;
  setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), LINGER);
}

export function say(text, tone = "done") {
  const close = make("button", { class: "text-button", type: "button", "data-toast-close": true, "aria-label": "知道了" }, icon("close"));
  const symbol = icon(tone === "late" || tone === "wait" ? "alert" : tone === "done" ? "check" : "info");
  const toast = make("div", { class: `alert toast ${tone}`, role: tone === "late" ? "alert" : "status", "data-toast": true }, symbol, make("span", {}, text), close);
  document.getElementById("toasts")?.append(toast);
  leave(toast);
}

all("[data-toast]").forEach(leave);
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());
