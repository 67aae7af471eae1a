// Sliders for changes of the own pack; pressing the button measures all of them anew.

import { el } from "/static/dom.js";

const EDITS = [
  ["contrast", "Contrast of words", -50, 200, 10, "%"],
  ["logo", "Size of the logo", -40, 100, 10, "%"],
  ["claims", "Lines of words", -6, 0, 1, ""],
  ["saturation", "Saturation", -100, 100, 10, "%"],
  ["brightness", "Brightness", -50, 100, 10, "%"],
  ["hue", "Hue", -180, 180, 15, "°"],
];
const chosen = {}; // where each slider was left, for the comparison that comes next

/** The sliders; `tryEdits` gets a list such as ["contrast=+20"]. */
export function sliders(tryEdits) {
  const error = el("p.error", { role: "alert" });
  const fields = EDITS.map(([kind, name, low, high, step, unit]) => {
    const shown = el("output", {});
    const input = el("input", { type: "range", id: `edit-${kind}`, min: low, max: high, step });
    input.value = chosen[kind] || 0;
    const tell = () => {
      chosen[kind] = Number(input.value);
      shown.textContent = chosen[kind] ? `${chosen[kind] > 0 ? "+" : "−"}${Math.abs(chosen[kind])} ${unit}`.trim() : "as it is";
    };
    input.addEventListener("input", tell);
    tell();
    return el("div.field", {}, el("label", { for: `edit-${kind}` }, name, shown), input);
  });
  const go = el("button.primary", { type: "button", id: "try", onclick: async () => {
    const edits = EDITS.map(([kind]) => kind).filter((kind) => chosen[kind]).map((kind) => `${kind}=${chosen[kind]}`);
    error.textContent = edits.length ? "" : "Move a slider first.";
    if (!edits.length) return;
    go.disabled = true;
    try {
      await tryEdits(edits);
    } finally {
      go.disabled = false;
    }
  } }, "Try each of these changes");
  return el("div.card", {}, el("div.sliders", {}, fields), error, el("div.row", {}, go));
}
