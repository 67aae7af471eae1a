// A photo of a real shelf on which the packs stand: chosen, and boxes drawn on it where somebody likes to.

import { announce, el, find, put } from "/static/dom.js";
import { Stage } from "/static/shelf_stage.js";

const STROKE = "#5cc4c0";
let photo = null;
let picture = null; // its width and height in pixels
let boxes = []; // {left, top, right, bottom, name, label}
let stage = null;
let address = "";
let choices = []; // [name, label] of every pack; empty: any name may be written

find("#shelf-photo").addEventListener("change", () => take(find("#shelf-photo").files[0] || null));
find("#shelf-draw").addEventListener("click", () => drawing(find("#shelf-draw").getAttribute("aria-pressed") !== "true"));

/** Say which packs there are; without any (a table knows them) their names are written. */
export function packsOnShelf(named) {
  choices = named;
  const before = document.getElementById("shelf-pack")?.value;
  put(find("#shelf-who"), el("label", { for: "shelf-pack" }, named.length ? "Pack" : "Name, product or brand of the pack"),
    named.length
      ? el("select", { id: "shelf-pack" }, named.map(([name, label]) => el("option", { value: name, selected: name === before }, label)))
      : el("input", { id: "shelf-pack", maxlength: 200, autocomplete: "off", value: before || "" }));
  const known = new Set(named.map(([name]) => name));
  if (named.length && boxes.some((one) => !known.has(one.name))) change(boxes.filter((one) => known.has(one.name)));
}

/** Add the shelf to what is sent, if there is one. */
export function addShelf(form) {
  if (!photo) return;
  form.append("shelf_photo", photo);
  if (boxes.length) form.append("shelf_boxes", JSON.stringify(boxes.map(({ left, top, right, bottom, name }) => ({ left, top, right, bottom, name }))));
}

async function take(file) {
  photo = file;
  boxes = [];
  picture = file ? await createImageBitmap(file).catch(() => null) : null;
  find("#shelf-side").hidden = !picture;
  find("#shelf-error").textContent = file && !picture ? "This browser cannot show the photo; the packs are looked for on it." : "";
  if (!picture) return;
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(file);
  stage = new Stage(find("#shelf-stage"), address, shown(), { choose: () => {}, remove, drawn: add });
  list();
  drawing(false);
}

/** The photo with its boxes, as the stage of the page Shelf takes it. */
function shown() {
  const products = boxes.map((one, i) => ({ ...one, number: i + 1, name: one.label, brand: "", told: `${one.label}, box ${i + 1}` }));
  const colours = Object.fromEntries(boxes.map((one) => [one.label, STROKE]));
  return { photo: { name: photo.name, width: picture.width, height: picture.height }, products, figures: { rows: [], gaps: [] }, colours };
}

function change(next) {
  boxes = next;
  stage?.show(shown());
  list();
}

function add(box) {
  const who = find("#shelf-pack");
  const name = who.value.trim();
  if (!name) {
    find("#shelf-error").textContent = "Say first which pack it is.";
    return;
  }
  find("#shelf-error").textContent = "";
  const label = (choices.find(([one]) => one === name) || [name, name])[1];
  change([...boxes, { ...box, name, label }]);
  announce(`${label} has a box.`);
  const next = choices.find(([one]) => !boxes.some((other) => other.name === one));
  if (next) who.value = next[0];
}

const remove = (shownBox) => change(boxes.filter((_, i) => i !== shownBox.number - 1));

function list() {
  put(find("#shelf-boxes"), boxes.map((one, i) => el("li", {}, `${one.label} `,
    el("button.quiet", { type: "button", "aria-label": `Remove box ${i + 1}, ${one.label}`, onclick: () => remove({ number: i + 1 }) }, "Remove"))));
}

function drawing(on) {
  find("#shelf-draw").setAttribute("aria-pressed", String(on));
  find("#shelf-draw").textContent = on ? "Done" : "Draw boxes";
  stage?.setDrawing(on);
}
