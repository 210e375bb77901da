// A long list on one page (forms centre, policies) narrows while one types.
import { all, onReady } from "./page.js";

onReady("[data-narrow]", (input) => {
  const box = document.getElementById(input.dataset.narrow);
  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    all("[data-narrow-text]", box).forEach((row) => {
      const text = row.dataset.narrowText.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    });
    all("[data-narrow-group]", box).forEach((group) => {
      group.hidden = !group.querySelector("[data-narrow-text]:not([hidden])");
    });
  });
});
