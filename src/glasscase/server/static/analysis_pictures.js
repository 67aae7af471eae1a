// A photo with its heat map over it: a slider uncovers the one or the other.

import { el, tip } from "/static/dom.js";

/** `picture`: name, photo and overlay as data addresses, words, attention, attention_words. */
export function compared(picture) {
  return [picture.overlay ? slider(picture) : plain(picture), picture.attention ? attended(picture) : null];
}

function slider(picture) {
  const frame = el("div.compare", {}, el("img", { src: picture.photo, alt: `Photo ${picture.name}` }), el("img.map", { src: picture.overlay, alt: picture.words }));
  const told = (at) => `${at} % photo, ${100 - at} % heat map`;
  const range = el("input", { type: "range", min: 0, max: 100, value: 50, step: 5, "aria-label": `Photo or heat map of ${picture.name}`, "aria-valuetext": told(50) });
  range.addEventListener("input", () => {
    frame.style.setProperty("--at", `${range.value}%`);
    range.setAttribute("aria-valuetext", told(Number(range.value)));
  });
  return el(
    "figure",
    {},
    frame,
    range,
    el("div.ends", { "aria-hidden": "true" }, el("span", {}, "heat map"), el("span", {}, "photo")),
    el("figcaption", {}, picture.words, tip("the heat map", "The map is much coarser than it looks: the model sees the photo in so many places only, drawn smoothly here. It says what raised the score, not where the product is.")),
  );
}

function plain(picture) {
  return el("figure", {}, el("img", { src: picture.photo, alt: `Photo ${picture.name}` }), el("figcaption", {}, picture.words || picture.name));
}

function attended(picture) {
  return el("figure", {}, el("img", { src: picture.attention, alt: picture.attention_words }), el("figcaption", {}, picture.attention_words));
}
