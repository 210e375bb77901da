// The line table of a form: add, delete and copy rows by key, take a block from Excel, add up.
import { all, onReady } from "./page.js";
import { startPickers } from "./picker.js";
import { say } from "./toast.js";

const typed = (cell) => cell.querySelector("input:not([type=hidden]), select, textarea");

onReady("[data-lines]", (box) => {
  const body = box.querySelector("tbody");
  const blank = box.querySelector("template");
  const most = Number(box.dataset.most);
  const rows = () => all("[data-line]", body);
  let next = 1 + Math.max(-1, ...all("[name]", body).map((input) => Number(input.name.match(/-(\d+)-/)?.[1] ?? -1)));

  function renumber() {
    rows().forEach((row, n) => {
      row.querySelector("[data-line-no]").textContent = n + 1;
      all("[aria-label]", row).forEach((it) => it.setAttribute("aria-label", it.getAttribute("aria-label").replace(/第 \S+ 行/, `第 ${n + 1} 行`)));
    });
  }

  function add(after) {
    if (rows().length >= most) {
      say(`最多 ${most} 行，再多请用导入`, "wait");
      return null;
    }
    const holder = blank.content.cloneNode(true);
    const row = holder.querySelector("[data-line]");
    all("*", row).forEach((it) => {
      for (const { name, value } of [...it.attributes]) if (value.includes("__n__")) it.setAttribute(name, value.replaceAll("__n__", next));
    });
    next += 1;
    if (after) after.after(row);
    else body.append(row);
    startPickers(row);
    renumber();
    return row;
  }

  const focusFirst = (row) => row && all("td", row).map(typed).find((it) => it && !it.readOnly)?.focus();

  /** The last field of the last row, and the row is not empty: Enter goes on to a new row. */
  function endsTable(input, row) {
    const fields = all("td", row).map(typed).filter((it) => it && !it.readOnly);
    return row === rows().at(-1) && input === fields.at(-1) && fields.some((it) => it.value && it.tagName !== "SELECT");
  }

  function remove(row) {
    const neighbour = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    if (!rows().length) add();
    renumber();
    total();
    focusFirst(neighbour || rows()[0]);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function copyAbove(cell) {
    const row = cell.closest("[data-line]");
    const above = row.previousElementSibling?.cells[cell.cellIndex];
    if (!above) return;
    const from = all("input, select, textarea", above);
    all("input, select, textarea", cell).forEach((it, n) => (it.value = from[n].value));
    typed(cell)?.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function total() {
    all("[data-total]", box).forEach((foot) => {
      const numbers = rows().map((row) => typed(row.querySelector(`[data-key="${CSS.escape(foot.dataset.total)}"]`))?.value.replace(/,/g, "").trim() || "0");
      const places = Math.max(0, ...numbers.map((it) => (it.split(".")[1] || "").length));
      const sum = numbers.reduce((so, it) => so + Math.round(Number(it) * 10 ** places), 0);
      if (Number.isFinite(sum)) foot.textContent = `合计 ${(sum / 10 ** places).toFixed(places)}`;
    });
  }

  // A block copied from Excel: tabs part the cells, line breaks the rows; it starts where the cursor stands.
  function paste(event) {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const cell = event.target.closest("td[data-key]");
    if (!cell || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    const block = text.split("\n").map((line) => line.split("\t"));
    let row = cell.closest("[data-line]");
    const writable = (it) => typed(it) && !typed(it).readOnly;
    let put = 0;
    for (const values of block) {
      if (!row) row = add();
      if (!row) break;
      const cells = [...row.cells].slice(cell.cellIndex).filter((it) => it.dataset.key && writable(it));
      values.slice(0, cells.length).forEach((value, n) => {
        const input = typed(cells[n]);
        input.value = input.tagName === "SELECT" ? (all("option", input).find((it) => it.textContent.trim() === value.trim())?.value ?? input.value) : value.trim();
        input.dispatchEvent(new Event("input", { bubbles: true }));
      });
      put += 1;
      row = row.nextElementSibling;
    }
    say(`粘贴了 ${put} 行${put < block.length ? `，还有 ${block.length - put} 行放不下` : ""}`, put < block.length ? "wait" : "done");
    total();
  }

  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      event.preventDefault();
      focusFirst(add());
    }
    const drop = event.target.closest("[data-drop-line]");
    if (drop) remove(drop.closest("[data-line]"));
  });
  box.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-line]");
    if (!row || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Enter" && endsTable(event.target, row) && !event.shiftKey && !event.ctrlKey) {
      event.preventDefault();
      focusFirst(add());
      return;
    }
    if (!event.ctrlKey && !event.metaKey) return;
    const act = { Enter: () => focusFirst(add(row)), d: () => copyAbove(event.target.closest("td")), Delete: () => remove(row), Backspace: () => remove(row) }[event.key];
    if (!act || (event.key === "Backspace" && !event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  box.addEventListener("paste", paste);
  box.addEventListener("input", total);
  if (!rows().length) add();
  total();
});
