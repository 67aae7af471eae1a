// What is said of the chosen product: its picture, its name and why, and what a person can change.

import { ask, worded } from "/static/api.js";
import { el, put } from "/static/dom.js";

/** Fill `place` with product `one`; `on.rename(one, name)` and `on.remove(one)` are told. */
export function detail(place, stage, one, { model, names, on }) {
  const known = one.name !== "unknown";
  const input = el("input", { id: "name", list: "known-names", value: known ? one.name : "", maxlength: 300, autocomplete: "off" });
  const rename = el("form.field", {}, el("label", { for: "name" }, "Name it"), el("div.row", {}, input, el("button", { type: "submit" }, "Rename")), el("datalist", { id: "known-names" }, names.map((name) => el("option", { value: name }))));
  rename.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) on.rename(one, input.value.trim());
  });
  const picture = el("div", {}, stage.cut(one));
  put(place, picture,
    el("h3", { dir: "auto" }, known ? one.name : "Not recognised"),
    el("p.small.soft", {}, [one.brand, one.row === "new" ? "new" : `row ${one.row}`, one.score < 1 ? `found with ${Math.round(100 * one.score)} %` : "drawn by a person"].filter(Boolean).join(", ")),
    one.match ? matched(one.match) : null,
    one.category ? category(one.category) : null,
    model ? heat(picture, stage, one) : null,
    rename,
    el("button.danger", { type: "button", onclick: () => on.remove(one) }, "Remove this box"));
}

function matched(match) {
  const lines = [
    ["Nearest", `${match.product.title || match.product.id} (similarity ${match.similarity.toFixed(2)})`],
    match.runner_up ? ["Second", `${match.runner_up.title || match.runner_up.id} (${match.margin.toFixed(2)} behind)`] : null,
    match.reason ? ["Unknown, for", match.reason] : null,
  ];
  return pairs(lines);
}

function category(told) {
  if (!told.label) return pairs([["Category", told.reason || "not known"]]);
  const sure = told.probability === null ? "" : `, ${Math.round(100 * told.probability)} %`;
  return pairs([["Category", `${told.label}${sure}`], ["Verdict", told.verdict]]);
}

function pairs(lines) {
  return el("dl.pairs", {}, lines.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)]));
}

/** A button that shows where the photo speaks for the category. */
function heat(picture, stage, one) {
  const told = el("p.small", { role: "status" });
  const button = el("button", { type: "button" }, "Why this category?");
  button.addEventListener("click", async () => {
    button.disabled = true;
    told.textContent = "Looking …";
    try {
      const crop = await new Promise((resolve) => stage.cut(one).toBlob(resolve, "image/png"));
      const form = new FormData();
      form.append("photos", crop, "product.png");
      form.append("parts", "photo");
      const answer = await ask("/v1/explain", { form });
      const map = answer.pictures?.find((one) => one.overlay);
      if (map) put(picture, el("img.heat", { src: map.overlay, alt: map.words }));
      told.textContent = map ? map.words : "There is no heat map for this model.";
    } catch (error) {
      told.textContent = worded(error);
      button.disabled = false;
    }
  });
  return el("div.field", {}, button, told);
}
