// Clerk's speed: Enter goes on, Ctrl+S saves, Ctrl+P saves and prints, leaving asks when something is unsaved.
import { all, onReady } from "./page.js";

const STOPS = "input:not([type=hidden]):not(.unseen), select, textarea, button.primary, button.danger";
const stopsOf = (form) => all(STOPS, form).filter((it) => !it.readOnly && !it.disabled && it.offsetParent);

document.addEventListener("keydown", (event) => {
  const ctrl = event.ctrlKey || event.metaKey;
  const saving = ctrl && event.key.toLowerCase() === "s";
  const printing = ctrl && event.key.toLowerCase() === "p";
  const form = event.target.closest?.("form[data-entry]") || ((saving || printing) && document.querySelector("dialog[open] form[data-entry], main form[data-entry]"));
  if (!form || event.isComposing || event.defaultPrevented) return; // Enter that picks a Chinese candidate is not ours
  if (saving) {
    event.preventDefault();
    const save = form.querySelector("[data-save]") || form.querySelector("button.primary, button.danger");
    form.requestSubmit(save);
  }
  const print = printing && form.querySelector("[data-print-too]");
  if (print) {
    event.preventDefault();
    form.requestSubmit(print);
  }
  if (event.key === "Enter" && !ctrl && event.target.matches("input:not([type=file]), select")) {
    event.preventDefault();
    const stops = stopsOf(form);
    const next = stops[stops.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    next?.focus();
    if (next?.matches("input")) next.select();
  }
});

// Leaving with something typed asks first.
onReady("form[data-unsaved]", (form) => {
  let changed = Boolean(form.querySelector("[data-errors]"));
  form.addEventListener("input", () => (changed = true));
  document.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented) changed = false;
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) changed = false;
  });
  addEventListener("beforeunload", (event) => changed && event.preventDefault());
});

// Where something is wrong the first wrong field has the cursor; otherwise the first empty one.
onReady("form[data-entry]", (form) => {
  if (form.closest("dialog")) return;
  const wrong = form.querySelector("[aria-invalid=true]");
  const first = wrong || stopsOf(form).find((it) => it.matches("input:not([type=radio], [type=checkbox]), select, textarea") && !it.value);
  if (wrong || (first && matchMedia("(min-width: 761px)").matches)) first.focus({ preventScroll: !wrong });
});

// A number that says who logs in, on the demo's log-in page.
document.addEventListener("click", (event) => {
  const filler = event.target.closest("[data-fill-login]");
  if (!filler) return;
  const form = document.querySelector(".gate form");
  form.elements.who.value = filler.dataset.fillLogin;
  form.elements.password.value = filler.dataset.fillWord;
  form.querySelector("button.primary").focus();
});
