// Builds elements. Text goes in as text, never as HTML, so nothing from outside can become markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: el("p.soft", {id: "x", onclick: f, dataset: {row: 3}}, "text", another, [more]).
 * The first word is the tag with its classes; attributes that are null, undefined or false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  return filled(element, attributes, children);
}

/** An SVG element; as `el`. */
export function svg(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElementNS(SVG, name);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  return filled(element, attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value" && "value" in element && !(element instanceof HTMLLIElement)) element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** Put `children` in the place of all that `element` holds. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** The first element that matches, or an error that says which is missing. */
export function find(selector, inside = document) {
  const found = inside.querySelector(selector);
  if (!found) throw new Error(`this page has no ${selector}`);
  return found;
}

/** Show `place`, which holds what somebody waited for, and go there. */
export function bring(place) {
  place.hidden = false;
  place.focus({ preventScroll: true });
  place.scrollIntoView();
}

/** Hand `blob` to the person as a file called `name`. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // some browsers begin to read it later
}

/** A small "?" that explains `about` in plain words; see tips.js. */
export function tip(about, words) {
  return el("button.tip", { type: "button", "aria-label": `About ${about}`, "data-tip": words });
}

/** A reason without the names of settings in it, which are for others than who reads a page. */
export function plainly(reason) {
  return (reason || "").replace(/\s*\(decision\.\w+\)/g, "");
}

/** A bar of `share` (0 to 1); `name` is what a screen reader calls it; kind: for against accept review abstain. */
export function bar(share, name, kind = "") {
  const element = el("progress.bar", { max: 1, "aria-label": name });
  element.value = Math.min(1, Math.max(0, share));
  if (kind) element.classList.add(kind);
  return element;
}

/** Say `words` to screen readers; `urgent` interrupts. */
export function announce(words, { urgent = false } = {}) {
  const region = document.querySelector(urgent ? "#alerts" : "#announcements");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = words;
  });
}

/** Show `words` in a corner for a moment and say them; kind "bad" stays longer. */
export function toast(words, kind = "") {
  const shown = el("div.toast", {}, words);
  if (kind) shown.classList.add(kind);
  document.querySelector(".toasts")?.append(shown);
  announce(words, { urgent: kind === "bad" });
  setTimeout(() => shown.remove(), kind === "bad" ? 9000 : 4500);
  return shown;
}

/** 0.9712 -> "97.1 %", without digits "97 %"; never 0 % and never 100 % where it is not exactly that. */
export function percent(share, digits = 1) {
  const least = 10 ** -digits;
  if (share < 1 && 100 * share > 100 - least) return `over ${(100 - least).toFixed(digits)} %`;
  if (share > 0 && 100 * share < least) return `under ${least.toFixed(digits)} %`;
  return `${(100 * share).toFixed(digits)} %`;
}

/** 0.184 -> "184 ms", 2.34 -> "2.3 s". */
export function duration(seconds) {
  if (seconds < 1) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

/** Tabs by their roles: click, arrow keys, Home and End. Panels are named by aria-controls. */
export function tabs(list) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen, focus = true) => {
    for (const tab of all) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) chosen.focus();
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    choose(all[(next + all.length) % all.length]);
  });
  choose(all.find((tab) => tab.getAttribute("aria-selected") === "true") || all[0], false);
}
