// A register: selection, all rows of the query, the further actions of a row, the order of columns.
import { all, make, onReady } from "./page.js";

// One tick takes a row, the head's tick the page, one press every row of the query (the server gets the query, not the ids).
onReady("[data-bulk]", (bar) => {
  const form = bar.closest("form");
  const page = form.querySelector("[data-page]");
  const every = bar.querySelector("[data-all]");
  const ticks = all("input[name=id]", form);
  if (!page || !every) return;
  let from = null;

  const count = () => {
    const picked = ticks.filter((tick) => tick.checked).length;
    const whole = picked > 0 && every.checked;
    all("[data-picked]", form).forEach((place) => (place.textContent = whole ? Number(every.dataset.total).toLocaleString("en") : picked));
    bar.classList.toggle("picked", picked > 0);
    page.checked = picked > 0 && picked === ticks.length;
    page.indeterminate = picked > 0 && !page.checked;
    ticks.forEach((tick) => tick.closest("tr").classList.toggle("chosen", tick.checked));
  };
  form.addEventListener("change", (event) => {
    if (event.target === page) ticks.forEach((tick) => (tick.checked = page.checked));
    if (event.target === every && every.checked) ticks.forEach((tick) => (tick.checked = true));
    else if (event.target === page || event.target.name === "id") every.checked = false;
    count();
  });
  form.addEventListener("click", (event) => {
    if (event.target.name !== "id") return;
    const now = ticks.indexOf(event.target);
    if (event.shiftKey && from !== null) {
      ticks.slice(Math.min(from, now), Math.max(from, now) + 1).forEach((tick) => (tick.checked = event.target.checked));
    }
    from = now;
  });
  form.addEventListener("formdata", (event) => every.checked && event.formData.delete("id")); // the query stands for them
  form.addEventListener("reset", () => setTimeout(count));
  addEventListener("pageshow", count);
  count();
});

// 更多 of a row: its actions stand in the link as data, one menu draws them.
const menu = make("div", { class: "row-menu", role: "menu", hidden: true });
(document.querySelector("main") || document.body).append(menu);
let owner = null;

function close(back = false) {
  if (menu.hidden) return;
  menu.hidden = true;
  owner?.removeAttribute("aria-expanded");
  if (back) owner?.focus();
}

const entry = ([label, url, kind, extra]) => {
  if (kind === "why") return make("p", { class: "note" }, `${label}：${extra}`);
  if (kind !== "post") return make("a", { role: "menuitem", href: url }, label);
  return make("button", { role: "menuitem", form: "act", formaction: url, name: extra ? "value" : null, value: extra || null }, label);
};

function open(link) {
  owner = link;
  menu.replaceChildren(...JSON.parse(link.dataset.rowMenu).map(entry));
  menu.hidden = false;
  link.setAttribute("aria-expanded", "true");
  const at = link.getBoundingClientRect();
  const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.left = `${Math.max(8, at.right - menu.offsetWidth + scrollX)}px`;
  menu.style.top = `${(below ? at.bottom + 4 : at.top - menu.offsetHeight - 4) + scrollY}px`;
  menu.querySelector("[role=menuitem]")?.focus();
}

onReady("[data-row-menu]", (link) => {
  link.setAttribute("aria-haspopup", "menu");
  link.setAttribute("role", "button");
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-row-menu]");
  if (link) {
    event.preventDefault();
    const same = owner === link && !menu.hidden;
    close();
    if (!same) open(link);
  } else if (!menu.contains(event.target)) close();
});

menu.addEventListener("keydown", (event) => {
  const items = all("[role=menuitem]", menu);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    close(true);
  }
});

// Columns can be put in another order by dragging, or by Alt and an arrow.
onReady("[data-sortable]", (box) => {
  let held = null;
  box.addEventListener("dragstart", (event) => (held = event.target.closest("label")));
  box.addEventListener("dragover", (event) => {
    const over = event.target.closest("label");
    if (!held || !over || over === held) return;
    event.preventDefault();
    const half = over.getBoundingClientRect();
    over[event.clientY < half.top + half.height / 2 ? "before" : "after"](held);
  });
  box.addEventListener("drop", (event) => event.preventDefault());
  box.addEventListener("keydown", (event) => {
    const label = event.target.closest("label");
    if (!event.altKey || !label) return;
    const other = { ArrowUp: label.previousElementSibling, ArrowDown: label.nextElementSibling }[event.key];
    if (!other) return;
    event.preventDefault();
    event.stopPropagation();
    other[event.key === "ArrowUp" ? "before" : "after"](label);
    event.target.focus();
  });
});

// A query of several ticks says what is ticked.
onReady("details.pick", (pick) => {
  const word = pick.querySelector("[data-pick-word]");
  const none = word.textContent;
  pick.addEventListener("change", () => {
    const ticked = all("input:checked", pick);
    const only = ticked.length === 1 ? ticked[0].closest("label").textContent.trim() : `已选 ${ticked.length} 项`;
    word.textContent = ticked.length ? only : none.startsWith("已选") ? "不限" : none;
  });
});
