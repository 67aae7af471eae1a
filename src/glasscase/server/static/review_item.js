// How one product under review is drawn.

import { above, leaf } from "/static/category_box.js";
import { bar, el, find, percent, plainly, put } from "/static/dom.js";

const LONG = 300;

/** The product's name as a person would call it. */
export function title(item) {
  const first = Object.values(item.texts)[0] || "";
  if (first && first.length <= 120) return first;
  return item.product_id || (first ? `${first.slice(0, 117)} …` : "A product without words");
}

/** Draw `item`; `decide(action, label)` is called by its buttons. */
export function drawItem(item, decide) {
  find("#item").dataset.id = item.id;
  drawPhotos(item);
  find("#product-title").textContent = title(item);
  drawTexts(item);
  drawAnswer(item);
  put(find("#choices"), item.choices.map((choice, at) => choiceButton(item, choice, at, decide)));
  find("#second-note").hidden = item.wanted < 2;
  find("#second").disabled = item.wanted > 1;
}

/** Have the browser fetch the photos of a product that comes later. */
export function preload(item) {
  for (const photo of item.photos) new Image().src = photo.url;
}

function drawPhotos(item) {
  const place = find("#photos");
  if (!item.photos.length) {
    put(place, el("div.no-photo", {}, item.kept ? "There is no photo." : "Photos and texts are no longer kept."));
    return;
  }
  const large = el("img.photo", { src: item.photos[0].url, alt: `Photo of ${title(item)}` });
  const buttons = item.photos.map((photo, at) =>
    el("button", {
      type: "button", "aria-label": photo.name, "aria-pressed": String(at === 0),
      onclick: (event) => {
        large.src = photo.url;
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === event.currentTarget));
      },
    }, el("img", { src: `${photo.url}?side=120`, alt: "" })),
  );
  put(place, large, item.photos.length > 1 ? el("div.strip", {}, buttons) : null);
}

function drawTexts(item) {
  const pairs = [...Object.entries(item.texts), ...Object.entries(item.attributes)].filter(([, value]) => value !== title(item));
  const rows = pairs.map(([name, value]) => [el("dt", {}, name), el(value.length > LONG ? "dd.long" : "dd", { dir: "auto", tabindex: value.length > LONG ? "0" : null }, value)]);
  put(find("#texts"), rows.length ? el("dl.pairs", {}, rows) : null);
}

function drawAnswer(item) {
  if (item.label === null) {
    put(find("#answer"), el("p.said", {}, "It has no answer."), el("p.soft", {}, plainly(item.reason)));
    return;
  }
  put(
    find("#answer"),
    el("p.said", { dir: "auto" }, leaf(item.label), el("span.path", {}, above(item.label))),
    bar(item.probability, `The model is ${percent(item.probability, 0)} sure`, item.verdict),
    el("p.small", {}, item.why),
    el("p.soft.small", {}, plainly(item.reason)),
  );
}

function choiceButton(item, choice, at, decide) {
  const own = choice.label === item.label;
  return el(
    own ? "button.model" : "button",
    { type: "button", dataset: { label: choice.label }, onclick: () => (own ? decide("accept") : decide("choose", choice.label)) },
    el("kbd", { "aria-hidden": "true" }, String(at + 1)),
    el("span.name", { dir: "auto" }, leaf(choice.label), el("span.path", {}, above(choice.label))),
    choice.probability > 0 ? el("span.number", {}, percent(choice.probability, 0)) : null,
  );
}
