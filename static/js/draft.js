// What is typed survives a lost connection: it stays in this browser tab (never longer) until it is saved.
import { all, make, onReady } from "./page.js";

const keep = (key, value) => {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // no storage: nothing is kept, nothing breaks
  }
};
const kept = (key) => {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
};

// Secrets, files and tokens are never kept.
const typedIn = (form) =>
  all("input[name], select[name], textarea[name]", form).filter(
    (it) => !["csrf_token", "token", "version"].includes(it.name) && !["password", "file"].includes(it.type) && !("secret" in it.dataset),
  );
const ticked = (it) => it.type === "checkbox" || it.type === "radio";
const read = (form) => typedIn(form).map((it) => [it.name, ticked(it) ? it.value : "", ticked(it) ? it.checked : it.value]);

function put(form, values) {
  const rest = typedIn(form);
  for (const [name, choice, value] of values) {
    let at = rest.findIndex((it) => it.name === name && (!ticked(it) || it.value === choice));
    const index = name.match(/^(.+)-\d+-/);
    if (at < 0 && index) {
      form.querySelector(`[data-lines="${CSS.escape(index[1])}"] [data-add-line]`)?.click(); // a row that was added by hand
      rest.push(...typedIn(form).filter((it) => !rest.includes(it)));
      at = rest.findIndex((it) => it.name === name);
    }
    if (at < 0) continue;
    const [it] = rest.splice(at, 1);
    if (ticked(it)) it.checked = value;
    else it.value = value;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

const here = new Set();

onReady("form[data-draft]", (form) => {
  const key = `draft:${form.dataset.draft}`;
  const fresh = JSON.stringify(read(form));
  const old = JSON.parse(kept(key) || "null");
  here.add(key);
  let timer;

  const save = () => keep(key, JSON.stringify({ at: new Date().toTimeString().slice(0, 5), values: read(form) }));
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    save();
  });
  form.addEventListener("going", () => keep("draft-sent", key));
  form.addEventListener("click", (event) => event.target.closest("[data-leave]") && keep(key, null));

  if (!old || JSON.stringify(old.values) === fresh || form.querySelector("[data-errors]")) return;
  const yes = make("button", { class: "text-button", type: "button" }, "放回来");
  const no = make("button", { class: "text-button", type: "button" }, "不要了");
  const offer = make("div", { class: "alert open", role: "status" }, make("span", {}, `${old.at} 写的内容还没有保存。`), yes, no);
  yes.addEventListener("click", () => {
    put(form, old.values);
    offer.remove();
  });
  no.addEventListener("click", () => {
    keep(key, null);
    offer.remove();
  });
  form.querySelector(".stack").prepend(offer);
});

// Sent, and the next page is another one: it was saved.
const sent = kept("draft-sent");
if (sent && !here.has(sent)) {
  keep(sent, null);
  keep("draft-sent", null);
}
