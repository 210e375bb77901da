// 保存并打印: the paper opens in a window of its own beside the page. It is opened at the press, while the browser still
// lets it, and led to the file by the page that comes next; a page without a file (something was refused) shuts it.
import { all } from "./page.js";

const NAME = "shoujie-print";
const mark = (value) => {
  try {
    if (value) sessionStorage.setItem(NAME, value);
    else sessionStorage.removeItem(NAME);
  } catch {
    // no storage: the link in the message remains
  }
};

document.addEventListener("click", (event) => event.target.closest("[data-print-too]") && aside());
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p" && document.querySelector("[data-print-too]")) aside();
});
function aside() {
  if (navigator.onLine && window.open("", NAME)) mark("1");
}

try {
  const waits = sessionStorage.getItem(NAME);
  mark("");
  const [link] = all("[data-open-beside]");
  if (waits && link) window.open(link.href, NAME);
  else if (waits) window.open("", NAME)?.close();
} catch {
  // no storage: the link in the message remains
}
