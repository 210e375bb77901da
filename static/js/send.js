// Sending a form: one press, one paper; and only when the house can be reached. Until then the form waits on its page,
// files and signature with it, and goes by itself, once: its token makes a second arrival the same paper.
import { all, make, onReady } from "./page.js";
import { say } from "./toast.js";

const EVERY = 4000; // between two looks whether the house is there again
const PATIENCE = 5000;
const WAITED = "sent-late";
const note = (value) => {
  try {
    if (value) sessionStorage.setItem(WAITED, value);
    else sessionStorage.removeItem(WAITED);
  } catch {
    // no storage: the next page says nothing of it
  }
};

let waiting = null; // { form, submitter, since, timer }
let bar = null;

/** Whether an answer comes back from the house itself, not from the browser's store. */
async function reached() {
  if (!navigator.onLine) return false;
  try {
    const reply = await fetch("/static/mark.svg", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return reply.ok;
  } catch {
    return false;
  }
}

function tell(tone, words, ...more) {
  bar ??= document.body.appendChild(make("div", { role: "status", "data-unsent": true }));
  bar.className = `unsent alert ${tone}`;
  bar.replaceChildren(make("span", {}, ...words), ...more);
}

function wait(form, submitter) {
  const since = new Date().toTimeString().slice(0, 5);
  waiting = { form, submitter, since };
  form.closest("dialog")?.close();
  const stop = make("button", { class: "text-button", type: "button" }, "先不送");
  stop.addEventListener("click", forget);
  tell("late", [make("b", {}, "未送出 "), `网络断了。“${submitter?.textContent.trim() || "保存"}”留在这一页，连上后自动送出，请不要关掉。`], stop);
  waiting.timer = setInterval(again, EVERY);
}

function forget() {
  clearInterval(waiting.timer);
  release(waiting.form);
  const dialog = waiting.form.closest("dialog");
  waiting = null;
  bar.remove();
  bar = null;
  dialog?.showModal();
}

async function again() {
  if (!waiting || waiting.asking) return;
  waiting.asking = true;
  const there = await reached();
  if (!waiting) return;
  waiting.asking = false;
  if (!there) return;
  const { form, submitter, since, timer } = waiting;
  clearInterval(timer);
  waiting = null;
  tell("open", ["网络恢复了，正在送出…"]);
  note(since);
  go(form, submitter);
}

function go(form, submitter) {
  form.dispatchEvent(new CustomEvent("going"));
  form.dataset.going = "1";
  delete form.dataset.busy;
  form.requestSubmit(submitter ?? undefined);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-once]")) return;
  if (waiting && waiting.form !== form) {
    event.preventDefault();
    say("上一张还没有送出，等它送出再办", "wait");
    return;
  }
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "1";
  const submitter = event.submitter;
  submitter?.setAttribute("aria-busy", "true");
  if (form.dataset.going || !form.matches("[data-entry]")) {
    delete form.dataset.going;
    setTimeout(() => release(form), 8000); // a file that downloads leaves the page standing
    return;
  }
  event.preventDefault();
  if (await reached()) go(form, submitter);
  else wait(form, submitter);
});

function release(form) {
  delete form.dataset.busy;
  delete form.dataset.going;
  all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  all(`[form="${form.id}"][aria-busy]`).forEach((button) => button.removeAttribute("aria-busy"));
}
addEventListener("pageshow", () => all("form[data-once]").forEach(release)); // back again: it may be sent again
addEventListener("online", again);
addEventListener("beforeunload", (event) => waiting && event.preventDefault());

// The page after a late sending says that it arrived, or that it still wants something.
try {
  const since = sessionStorage.getItem(WAITED);
  note("");
  if (since && document.querySelector("[data-errors], [aria-invalid=true]")) say(`${since} 填的已送到，但有要改的地方`, "wait");
  else if (since) say(`已送出：${since} 断网时填的`, "done");
} catch {
  // no storage
}

// A new form keeps its token with its place in the history: going back and saving again is the same page sent again.
onReady("form[data-unsaved]", (form) => {
  const token = form.elements.token;
  if (!token || form.elements.version || form.querySelector("[data-errors]")) return;
  if (history.state?.token) token.value = history.state.token;
  else history.replaceState({ ...history.state, token: token.value }, "");
});

const lost = () => document.documentElement.classList.toggle("offline", !navigator.onLine);
addEventListener("offline", lost);
addEventListener("online", lost);
