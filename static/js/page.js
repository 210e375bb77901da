// What the other modules share: finding things, making them, asking the server for JSON.

export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export const onReady = (selector, start) => all(selector).forEach(start);

/** An element with attributes and children; text never becomes markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.sprite}#${name}`);
  svg.append(use);
  return svg;
}

export const badge = (it) => make("span", { class: `badge ${it.tone || ""}`.trim() }, it.word);

/** GET or POST that answers JSON. A log-in that ran out comes back as HTML: then the page is loaded again. */
export async function ask(url, { body, signal } = {}) {
  const reply = await fetch(url, {
    method: body ? "POST" : "GET",
    body,
    signal,
    credentials: "same-origin",
    headers: { Accept: "application/json", "X-Requested-With": "fetch" },
  });
  if (!(reply.headers.get("Content-Type") || "").includes("json")) {
    throw new Error(reply.status === 401 || reply.redirected ? "登录已过期，请重新登录后再试" : "服务器没有正常回答，请稍后再试");
  }
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.error || "没有办成，请稍后再试");
  return said;
}

export const withQuery = (url, pairs) => {
  const full = new URL(url, location.href);
  for (const [name, value] of Object.entries(pairs)) full.searchParams.set(name, value);
  return full;
};

/** Wait until typing rests, and never for a Chinese candidate that is still being chosen. */
export function whenTypingRests(input, act, pause = 180) {
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => act(input.value.trim()), pause);
  };
  input.addEventListener("input", (event) => event.isComposing || later());
  input.addEventListener("compositionend", later);
}

/** Split a text round what was typed, so that the hit can be marked without building markup. */
export function marked(text, typed) {
  const at = typed ? text.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  if (at < 0) return [text];
  return [text.slice(0, at), make("mark", {}, text.slice(at, at + typed.length)), text.slice(at + typed.length)];
}

export const csrf = (root = document) => root.querySelector("input[name=csrf_token]")?.value ?? "";
