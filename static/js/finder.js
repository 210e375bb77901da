// The one search box: typed text goes to the look-up, arrows choose, Enter opens; a scanned code opens at once.
import { all, ask, badge, icon, make, marked, onReady, whenTypingRests, withQuery } from "./page.js";

function draw(box, said, typed) {
  let count = 0;
  box.replaceChildren(
    ...said.groups.filter((group) => group.hits.length).map((group) => {
      const hits = group.hits.map((hit) => {
        const end = hit.badge ? badge(hit.badge) : make("span", { class: "note" }, hit.hint || "");
        const words = make("span", { class: "clip" }, ...marked(hit.label, typed), " ", make("span", { class: "note" }, ...marked(hit.note || "", typed)));
        return make("a", { class: "found", role: "option", id: `hit-${count++}`, href: hit.url, tabindex: "-1", "aria-selected": "false" }, icon(hit.icon || "paper"), words, end);
      });
      return make("div", { role: "group", "aria-label": group.label }, make("h3", { role: "presentation" }, group.label), ...hits);
    }),
  );
}

onReady("dialog[data-lookup]", (dialog) => {
  const input = dialog.querySelector("input[name=q]");
  const box = dialog.querySelector("[role=listbox]");
  const note = dialog.querySelector("[data-found-note]");
  let waiting;
  let direct = "";

  const hits = () => all("[role=option]", box);
  const chosen = () => box.querySelector("[aria-selected=true]");
  const choose = (hit) => {
    hits().forEach((other) => other.setAttribute("aria-selected", String(other === hit)));
    if (!hit) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", hit.id);
    return hit.scrollIntoView({ block: "nearest" });
  };

  async function look(typed) {
    waiting?.abort();
    direct = "";
    if (!typed) {
      box.replaceChildren();
      note.textContent = "";
      input.setAttribute("aria-expanded", "false");
      return;
    }
    waiting = new AbortController();
    try {
      const said = await ask(withQuery(dialog.dataset.lookup, { q: typed }), { signal: waiting.signal });
      draw(box, said, typed);
      direct = said.direct || "";
      const many = hits().length;
      note.textContent = said.note || (many ? `${many} 条` : "没有找到");
      input.setAttribute("aria-expanded", String(many > 0));
      choose(hits()[0]);
    } catch (no) {
      if (no.name !== "AbortError") note.textContent = no.message;
    }
  }

  const step = (by) => {
    const many = hits();
    if (many.length) choose(many[(many.indexOf(chosen()) + by + many.length) % many.length]);
  };
  const nextGroup = (by) => {
    const groups = all("[role=group]", box);
    if (groups.length < 2) return false;
    const at = groups.indexOf(chosen()?.parentNode);
    choose(groups[(at + by + groups.length) % groups.length].querySelector("[role=option]"));
    return true;
  };

  whenTypingRests(input, look);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      step(by);
    } else if (event.key === "Tab" && nextGroup(event.shiftKey ? -1 : 1)) {
      event.preventDefault();
    } else if (event.key === "Enter" && (direct || chosen())) {
      event.preventDefault();
      location.href = direct || chosen().href;
    }
  });
  dialog.addEventListener("opened", () => {
    input.select();
    input.focus();
  });
});
