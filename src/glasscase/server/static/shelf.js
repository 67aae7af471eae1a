// The page Shelf: a photo goes in; boxes, figures and gaps come out; a person corrects and asks again.

import { ask, patiently, sayIn } from "/static/api.js";
import { announce, bring, el, find, put, saveFile, svg } from "/static/dom.js";
import { takeFiles } from "/static/drop.js";
import { reportOn } from "/static/handed_on.js";
import { detail } from "/static/shelf_detail.js";
import { figures } from "/static/shelf_figures.js";
import { Stage } from "/static/shelf_stage.js";
import { pointAt } from "/static/wrong_field.js";

const TABLES = ["listing", "planogram", "market_share"];
const LOOKING = ["score", "tile", "overlap", "merge", "iou"]; // of a detector, not of boxes by hand
const model = find("#ask").dataset.model === "yes";
const wrong = sayIn(find("#ask-error"));
let photo = null;
let address = "";
let result = null;
let stage = null;
let before = []; // lists of products, for Undo
let drawn = null; // boxes the last answer was asked with; null: the detector's

takeFiles(find("#drop"), ([file]) => choose(file), { paste: true });
find("#ask").addEventListener("submit", (event) => {
  event.preventDefault();
  read(null);
});
find("#sample").addEventListener("click", async () => {
  const answer = await fetch("/shelf/sample.jpg");
  choose(new File([await answer.blob()], "drawn-shelf.jpg", { type: "image/jpeg" }));
  read(null);
});
find("#again").addEventListener("click", () => read(boxes()));
find("#undo").addEventListener("click", () => {
  if (before.length) change(before.pop(), { undo: true });
});
find("#draw").addEventListener("click", () => drawing(find("#draw").getAttribute("aria-pressed") !== "true"));

function choose(file) {
  photo = file;
  find("#chosen").textContent = `${file.name}, ${(file.size / 1e6).toFixed(1)} MB`;
  find("#ask-error").textContent = "";
}

function form(given, format) {
  const data = new FormData();
  data.append("photo", photo);
  for (const name of TABLES) {
    const [file] = find(`#${name}`).files;
    if (file) data.append(name, file);
  }
  for (const name of given ? ["eye_level"] : ["eye_level", ...LOOKING]) {
    const said = find(`#${name}`).value.trim();
    if (said) data.append(name, said);
  }
  if (given) data.append("boxes", JSON.stringify(given));
  if (format) data.append("format", format);
  return data;
}

/** What a person sees now, as boxes to ask with; names only where a person gave them. */
function boxes() {
  return result.products.map(({ left, top, right, bottom, name, named_by: by }) => ({ left, top, right, bottom, name: by === "person" ? name : "" }));
}

async function read(given) {
  if (!photo) {
    find("#ask-error").textContent = "Choose a photo first.";
    find("#photo").focus();
    return;
  }
  const buttons = [find("#go"), find("#again")];
  for (const button of buttons) button.disabled = true;
  find("#ask-error").textContent = "";
  find("#chosen").textContent = "Reading the shelf …";
  try {
    const told = await patiently(() => ask("/v1/shelf", { form: form(given) }));
    drawn = given;
    before = [];
    show(told);
    bring(find("#answer"));
    announce(told.sentence);
    find("#chosen").textContent = `${photo.name} is read.`;
  } catch (error) {
    find("#chosen").textContent = photo.name;
    pointAt(error);
    wrong(error);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function show(told) {
  result = told;
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(photo);
  find("#sentence").textContent = told.sentence;
  find("#answer").hidden = false; // the picture needs its size
  stage = new Stage(find("#stage"), address, told, { choose: chosen, remove, drawn: add });
  put(find("#detail"), el("p.soft", {}, told.products.length ? "Choose a box to see which product it is, and why." : "There is no box. Draw one if the detector missed a product."));
  put(find("#legend"), legend(told));
  put(find("#figures"), figures(told));
  put(find("#downloads"), downloads(told));
  find("#again").hidden = true;
  find("#undo").disabled = true;
  drawing(false);
}

function legend(told) {
  const counts = new Map();
  for (const one of told.products) {
    const name = one.name === "unknown" ? "unknown" : one.brand || one.name;
    counts.set(name, (counts.get(name) || 0) + 1);
  }
  const key = (attributes) => svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("rect", { x: 1, y: 1, width: 10, height: 10, ...attributes }));
  const lines = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 14).map(([name, count]) => el("li", { dir: "auto" },
    key(name === "unknown" ? { fill: "none", stroke: "currentColor", "stroke-dasharray": "3 2" } : { fill: told.colours[name] || "#7a7f87" }),
    `${name === "unknown" ? "not recognised" : name} ${count}`));
  if (told.figures.gaps.length) lines.push(el("li", {}, key({ fill: "#ffd400" }), `possible gap ${told.figures.gaps.length}`));
  return lines;
}

function chosen(one) {
  const names = [...new Set(result.products.filter((other) => other.name !== "unknown").map((other) => other.name))].sort();
  detail(find("#detail"), stage, one, { model: model && Boolean(one.category), names, on: { rename, remove } });
}

function change(products, { undo = false } = {}) {
  if (!undo) before.push(result.products);
  result = { ...result, products };
  stage.show(result);
  put(find("#legend"), legend(result));
  find("#undo").disabled = !before.length;
  find("#again").hidden = !before.length;
}

function remove(one) {
  change(result.products.filter((other) => other !== one));
  put(find("#detail"), el("p.soft", {}, "Removed. Figures are reckoned anew with “Read again with my boxes”."));
  announce("The box is removed.");
}

function rename(one, name) {
  const renamed = { ...one, name, brand: "", named_by: "person", match: one.match };
  change(result.products.map((other) => (other === one ? renamed : other)));
  stage.choose(renamed);
  announce(`It is called ${name} now.`);
}

function add(box) {
  const fresh = { ...box, number: result.products.length + 1, score: 1, row: "new", level: 0, name: "unknown", brand: "", named_by: "", match: null, category: null };
  change([...result.products, fresh]);
  drawing(false);
  stage.choose(fresh);
}

function drawing(on) {
  find("#draw").setAttribute("aria-pressed", String(on));
  find("#draw").textContent = on ? "Drag over a product …" : "Draw a box";
  stage?.setDrawing(on);
}

function downloads(told) {
  const save = (blob, ending) => saveFile(blob, `${photo.name.replace(/\.\w+$/, "")}.${ending}`);
  const fetched = (format, ending) => async () => {
    const answer = await fetch("/v1/shelf", { method: "POST", body: form(drawn, format) });
    if (answer.ok) save(await answer.blob(), ending);
    else find("#ask-error").textContent = "The file cannot be made now. Try again in a moment.";
  };
  const button = (words, press) => el("button", { type: "button", onclick: press }, words);
  return [
    button("Page (HTML)", fetched("html", "html")),
    button("Picture (JPEG)", fetched("jpeg", "annotated.jpg")),
    button("Table (CSV)", fetched("csv", "csv")),
    button("Result (JSON)", () => save(new Blob([JSON.stringify(told, null, 1)], { type: "application/json" }), "json")),
    button("Write a report", () => reportOn(told, "shelf.json")),
  ];
}
