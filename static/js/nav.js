// The side menu (slim, full, drawer) and the small menus that close when one looks elsewhere.
import { all, onReady } from "./page.js";

const root = document.documentElement;
const narrow = matchMedia("(max-width: 760px)");

function rememberSlim(slim) {
  try {
    localStorage.setItem("slim", slim ? "1" : "");
  } catch {
    // not remembered
  }
}

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  if (hit("[data-nav]")) {
    if (narrow.matches) root.classList.toggle("nav-open");
    else rememberSlim(root.classList.toggle("slim"));
  } else if (!hit(".side")) {
    root.classList.remove("nav-open");
  }
  if (hit(".slim .side summary")) root.classList.remove("slim"); // the slim menu opens where it is pressed
  const more = hit("[data-more]");
  if (more) more.setAttribute("aria-expanded", document.getElementById(more.dataset.more).classList.toggle("all"));
  if (hit("[data-back]")) history.back();
  if (hit("[data-print]")) print();
  all("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  root.classList.remove("nav-open");
  all("details.menu[open]").forEach((menu) => {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
});

// The arrows walk through an open menu.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step || event.target.matches("input:not([type=checkbox])")) return;
  event.preventDefault();
  const stops = all("summary, a[href], button:not([disabled]), input", menu);
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
});

// A box that must be scrolled sideways can be scrolled by keyboard.
const scrollable = (box) => {
  if (box.matches(".register-box")) fitColumns(box);
  if (box.scrollWidth <= box.clientWidth) return;
  box.tabIndex = 0;
  if (!box.matches("nav") && !box.hasAttribute("role")) {
    box.setAttribute("role", "region");
    const title = box.closest("section")?.querySelector("h2")?.textContent.trim() ?? "";
    box.setAttribute("aria-label", `${title}表格，可左右滚动`);
  }
};

// Columns of a fixed width may leave none for the others: then the register is as wide as it must be, and scrolls.
const LEAST = 136;
function fitColumns(box) {
  const heads = all("thead th", box).filter((it) => it.offsetParent);
  const needed = heads.reduce((so, it) => so + (/col-|tick/.test(it.className) ? it.offsetWidth : LEAST), 0);
  if (!heads.length || needed <= box.clientWidth) return;
  box.classList.add("wide");
  box.firstElementChild.style.minWidth = `${needed}px`;
}
onReady(".table-box, .register-box, .tabs, .counts", scrollable);
addEventListener("resize", () => onReady(".table-box, .tabs, .counts", scrollable));

// A scanner types fast and ends with Enter: outside a field its code goes to the finder's page.
const BURST = 40;
let burst = "";
let last = 0;
document.addEventListener("keypress", (event) => {
  const finder = document.getElementById("finder");
  if (!finder || event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  burst = event.timeStamp - last < BURST ? burst : "";
  last = event.timeStamp;
  if (event.key !== "Enter") burst += event.key;
  else if (burst.length > 5) {
    event.preventDefault();
    const form = finder.querySelector("form");
    form.elements.q.value = burst;
    form.requestSubmit();
  }
});
