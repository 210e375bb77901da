// A second person signs at this terminal: number and own password or PIN are checked at once, and only a pass goes into the form.
import { ask, csrf, onReady } from "./page.js";
import { say } from "./toast.js";

onReady("[data-cosign]", (box) => {
  const [pass] = box.querySelectorAll("input[type=hidden]");
  const who = box.querySelector("[name$=_who]");
  const secret = box.querySelector("[name$=_secret]");
  const go = box.querySelector("[data-cosign-go]");
  const done = box.querySelector("[data-cosign-done]");
  go.hidden = false;

  async function sign() {
    if (!who.value.trim() || !secret.value) {
      (who.value.trim() ? secret : who).focus();
      return;
    }
    const body = new FormData();
    body.set("csrf_token", csrf(box.closest("form")));
    body.set("who", who.value.trim());
    body.set("secret", secret.value);
    body.set("slot", pass.name);
    go.setAttribute("aria-busy", "true");
    try {
      const said = await ask(box.dataset.cosign, { body });
      pass.value = said.pass;
      done.querySelector("b").textContent = said.name;
      done.querySelector(".note").textContent = [said.post, said.at].filter(Boolean).join(" · ");
      box.querySelector("[data-cosign-ask]").hidden = true;
      done.hidden = false;
    } catch (no) {
      say(no.message, "late");
      who.setAttribute("aria-invalid", "true");
      secret.focus();
    } finally {
      secret.value = "";
      go.removeAttribute("aria-busy");
    }
  }
  go.addEventListener("click", sign);
  secret.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    sign();
  });
});
