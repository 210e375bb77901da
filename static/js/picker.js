// A field that chooses a record: type a number, a phone tail or pinyin initials; the id goes into the hidden input beside it.
import { all, ask, badge, make, marked, whenTypingRests, withQuery } from "./page.js";

let serial = 0;

/** Siblings of a line or fields of the form take over what the chosen record brings (unit, price, name). */
function fill(picker, values) {
  const row = picker.closest("[data-line]");
  for (const [key, value] of Object.entries(values || {})) {
    const target = row
      ? row.querySelector(`[data-key="${CSS.escape(key)}"] :is(input:not([type=hidden]), select, output, textarea)`)
      : picker.closest("form")?.elements[key];
    if (!target) continue;
    if (target.tagName === "OUTPUT") target.textContent = value;
    else if (!target.value || target.readOnly || target.dataset.filled === target.value) {
      target.value = value;
      target.dataset.filled = value;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** Beside the field, above it when there is no room below; fixed, so that no scrolling box cuts it off. */
function place(input, list) {
  const at = input.getBoundingClientRect();
  list.style.minWidth = `${at.width}px`;
  const below = at.bottom + list.offsetHeight + 8 < innerHeight || at.top < list.offsetHeight;
  list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = `${below ? at.bottom + 4 : at.top - list.offsetHeight - 4}px`;
}

export function startPicker(picker) {
  const [hidden, input] = picker.querySelectorAll("input");
  const list = picker.querySelector("[role=listbox]");
  if (input.readOnly || picker.dataset.started) return;
  picker.dataset.started = "1";
  list.id = `picks-${++serial}`;
  input.setAttribute("aria-controls", list.id);
  let shown = hidden.value ? input.value : null;
  let waiting;

  const options = () => all("[role=option]", list);
  const chosen = () => list.querySelector("[aria-selected=true]");
  const choose = (option) => {
    options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    if (option) input.setAttribute("aria-activedescendant", option.id);
    option?.scrollIntoView({ block: "nearest" });
  };
  const shut = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  function take(hit) {
    hidden.value = hit.id;
    input.value = shown = hit.label;
    shut();
    fill(picker, hit.fill);
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function draw(hits, typed) {
    list.replaceChildren(
      ...hits.map((hit, n) => {
        const words = make("span", { class: "clip" }, ...marked(hit.label, typed), " ", make("span", { class: "note" }, ...marked(hit.note || "", typed)));
        const option = make("span", { role: "option", id: `${list.id}-${n}`, "aria-selected": "false", class: "found" }, words, hit.badge ? badge(hit.badge) : null);
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(hit);
        });
        option.hit = hit;
        return option;
      }),
    );
    if (!hits.length) list.replaceChildren(make("span", { class: "note found" }, "没有找到，换个说法再试"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    place(input, list);
    choose(options()[0]);
  }

  async function look(typed) {
    waiting?.abort();
    waiting = new AbortController();
    const within = picker.dataset.within && picker.closest("form")?.elements[picker.dataset.within]?.value;
    try {
      const said = await ask(withQuery(picker.dataset.picker, { q: typed, ...(within ? { within } : {}) }), { signal: waiting.signal });
      if (document.activeElement === input) draw(said.hits, typed);
    } catch (no) {
      if (no.name !== "AbortError") list.replaceChildren(make("span", { class: "note found" }, no.message));
    }
  }

  input.addEventListener("input", () => {
    if (input.value === shown) return;
    if (hidden.value) {
      hidden.value = ""; // the text was changed: it names nobody until somebody is chosen again
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    }
    shown = null;
    if (!input.value.trim()) shut();
  });
  whenTypingRests(input, (typed) => typed && input.value !== shown && look(typed));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const many = options();
      if (list.hidden) look(input.value.trim());
      else if (many.length) choose(many[(many.indexOf(chosen()) + step + many.length) % many.length]);
    } else if (event.key === "Enter" && !list.hidden && chosen()) {
      event.preventDefault();
      event.stopPropagation();
      take(chosen().hit);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      shut();
    }
  });
  input.addEventListener("blur", () => {
    waiting?.abort();
    shut();
  });
}

// What scrolls away takes its list along.
addEventListener("scroll", (event) => event.target.role !== "listbox" && all(".picks:not([hidden])").forEach((list) => place(list.parentNode.querySelector("[role=combobox]"), list)), true);

export const startPickers = (root) => all("[data-picker]", root).forEach(startPicker);
startPickers(document);
