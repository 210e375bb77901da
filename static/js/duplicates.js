// While a ticket is typed: is the same matter open already? A warning with the way there, never a refusal.
import { all, ask, badge, icon, make, onReady, withQuery } from "./page.js";

onReady("form[data-duplicates]", (form) => {
  const names = form.dataset.duplicateFields.split(" ");
  const note = form.querySelector("[data-duplicate-note]");
  let waiting;
  let timer;
  let asked = "";

  async function look() {
    const values = Object.fromEntries(names.map((name) => [name, form.elements[name]?.value?.trim() ?? ""]));
    const now = JSON.stringify(values);
    if (now === asked || !(values[names[0]] || values[names[1]])) return;
    asked = now;
    waiting?.abort();
    waiting = new AbortController();
    try {
      const said = await ask(withQuery(form.dataset.duplicates, values), { signal: waiting.signal });
      note.hidden = !said.matches.length;
      const matches = said.matches.map((it) => make("li", {}, make("a", { href: it.url, target: "_blank", rel: "noopener" }, it.number), " ", it.text, " ", it.badge ? badge(it.badge) : null, make("span", { class: "note" }, ` ${it.note || ""}`)));
      note.replaceChildren(icon("alert"), make("div", {}, said.message, make("ul", { class: "matches" }, ...matches)));
    } catch {
      // a look that fails warns of nothing; saving checks again
    }
  }
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 350);
  };
  all("input, select, textarea", form).filter((it) => names.includes(it.name)).forEach((it) => {
    it.addEventListener("input", later);
    it.addEventListener("change", later);
  });
  look();
});
