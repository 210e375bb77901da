// 显示: asks for the purpose, shows the value for the minutes the server allows, then masks it again.
import { ask, onReady } from "./page.js";
import { openDialog } from "./dialogs.js";

let asking = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-reveal]");
  if (!link) return;
  const dialog = openDialog("reveal");
  if (!dialog) return; // no dialog on this page: the link leads to a page that asks
  event.preventDefault();
  asking = link;
  dialog.querySelector("[data-reveal-what]").textContent = link.dataset.what;
  dialog.querySelector("[data-reveal-error]").hidden = true;
  dialog.querySelector("[name=reason]").focus();
});

onReady("[data-reveal-form]", (form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const error = form.querySelector("[data-reveal-error]");
    const place = asking.parentNode.querySelector("[data-masked]");
    const masked = place.textContent;
    const link = asking;
    try {
      const said = await ask(link.href, { body: new FormData(form) });
      place.textContent = said.value;
      place.classList.add("tone", "seal");
      link.hidden = true;
      form.closest("dialog").close();
      setTimeout(() => {
        place.textContent = masked;
        place.classList.remove("tone", "seal");
        link.hidden = false;
      }, 1000 * (said.seconds || 60));
    } catch (no) {
      error.textContent = no.message;
      error.hidden = false;
    }
  });
});
