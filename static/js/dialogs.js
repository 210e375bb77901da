// Native dialogs. A thing with data-dialog opens it; without the dialog on the page (or without scripts) the link leads on.
import { onReady } from "./page.js";

/** Open by id; gives the dialog, or null when the page has none. */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog) return null;
  const rows = dialog.querySelector(":scope > fieldset"); // in a bulk form: closed dialogs neither post nor block
  if (rows) rows.disabled = false;
  if (!dialog.open) dialog.showModal();
  dialog.dispatchEvent(new Event("opened"));
  return dialog;
}

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.ctrlKey && !event.metaKey && openDialog(opener.dataset.dialog)) event.preventDefault();
});

onReady("dialog", (dialog) => {
  dialog.addEventListener("close", () => {
    const rows = dialog.querySelector(":scope > fieldset");
    if (rows) rows.disabled = true;
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && !dialog.querySelector("textarea, input:not([type=hidden])")?.value) dialog.close();
  });
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && openDialog("finder")) event.preventDefault();
});
