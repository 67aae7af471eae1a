// The page Packs: photos or a table of packs go in, a comparison comes out, and changes can be tried.

import { ask, sayIn } from "/static/api.js";
import { bring, el, find, put } from "/static/dom.js";
import { takeFiles } from "/static/drop.js";
import { follow, jobFile, remember, remembered } from "/static/jobs.js";
import { showComparison } from "/static/packs_comparison.js";
import { addShelf, packsOnShelf } from "/static/packs_shelf.js";

const MOST = 60;
const TABLE = /\.(csv|tsv|tab|txt|jsonl|ndjson|parquet|pq|zip)$/i;
// What people said or did, for the pillar Chosen: key, label, most, and what 1 of the service is on this page.
const OUTCOMES = [["purchase_intent", "Would buy, %", 100, 100], ["chosen_share", "Chose it, %", 100, 100],
  ["rating", "Stars, 1 to 5", 5, 1], ["sales", "Sold", 1e15, 1], ["n", "People behind it", 1e12, 1]];
const told = sayIn(find("#score-error"));
let packs = []; // {file, brand, product, height, own, address}; beside a table just its photos
let table = null; // a table of packs, or a zip of one and its photos

takeFiles(find("#drop"), (files) => {
  table = files.filter((file) => TABLE.test(file.name)).pop() || table;
  for (const file of files.filter((one) => !TABLE.test(one.name)).slice(0, MOST - packs.length)) {
    const named = file.name.replace(/\.[a-z0-9]+$/i, "").replace(/[_-]+/g, " ");
    packs.push({ file: called(file), brand: "", product: named, variety: "", height: "", own: packs.length === 0, address: URL.createObjectURL(file) });
  }
  showGiven();
  find("#score-error").textContent = "";
}, { paste: true });

/** The file under a name that no other has: boxes on a shelf name packs by their photos. */
function called(file) {
  const twice = !table && packs.some((one) => one.file.name === file.name);
  return twice ? new File([file], `${packs.length + 1}_${file.name}`, { type: file.type }) : file;
}

function showGiven() {
  const list = find("#given");
  list.hidden = !packs.length || table !== null;
  put(list, table ? [] : packs.map(given));
  find("#of-table").hidden = !table;
  tellShelf();
  find("#chosen").textContent = table ? ofTable() : packs.length
    ? `${packs.length} pack${packs.length > 1 ? "s" : ""}. ${packs.length === 1 ? "Add competitors to compare with." : "Say which is yours; a brand and a height make more measurable."}`
    : "No photos any more.";
}

/** Packs are told apart by the names of their photos; those of a table only the table knows. */
function tellShelf() {
  packsOnShelf(table ? [] : packs.map((one) => [one.file.name, one.product || one.file.name]));
}

function ofTable() {
  if (/\.zip$/i.test(table.name)) return `${table.name}, with its photos.`;
  const photos = packs.length === 1 ? "1 photo" : `${packs.length} photos`;
  return packs.length ? `${table.name} with ${photos}.` : `${table.name}. Add the photos it names, under those names.`;
}

find("#no-table").addEventListener("click", () => {
  table = null;
  showGiven();
  find("#file").focus();
});

function given(pack, number) {
  const field = (key, label, kind = "text", most = 3000, least = 1) => {
    const id = `pack-${number}-${key}`;
    const input = el("input", { id, type: kind, maxlength: 80, value: pack[key] ?? "", min: kind === "number" ? least : null, max: kind === "number" ? most : null, step: kind === "number" ? "any" : null,
      oninput: () => {
        pack[key] = input.value;
        if (key === "product") tellShelf();
      } });
    return el("div", {}, el("label", { for: id }, label), input);
  };
  const own = el("input", { type: "radio", name: "own", checked: pack.own, onchange: () => {
    for (const one of packs) one.own = one === pack;
  } });
  const drop = el("button.quiet", { type: "button", "aria-label": `Remove ${pack.product || pack.file.name}`, onclick: () => {
    URL.revokeObjectURL(pack.address);
    packs = packs.filter((one) => one !== pack);
    if (pack.own && packs.length) packs[0].own = true;
    showGiven();
  } }, "Remove");
  return el("li", {}, el("img", { src: pack.address, alt: `Photo ${number + 1}: ${pack.file.name}` }),
    el("div.fields", {}, field("product", "Name"), field("brand", "Brand"), field("variety", "Variety"), field("height", "Height in mm", "number"),
      el("details.wide", { open: OUTCOMES.some(([key]) => pack[key]) }, el("summary.small", {}, "What people said or did"),
        el("div.fields", {}, OUTCOMES.map(([key, label, most]) => field(key, label, "number", most, ["rating", "n"].includes(key) ? 1 : 0))))),
    el("div.row", {}, el("label.check", {}, own, "My own"), drop));
}

function addTable(sent) {
  sent.append("file", table);
  if (!/\.zip$/i.test(table.name)) for (const pack of packs) sent.append("photos", pack.file);
  for (const name of ["own", "height_mm", "category"]) {
    const value = find(`#table-${name}`).value.trim();
    if (value) sent.append(name, value);
  }
}

function addPacks(sent) {
  const ordered = [...packs].sort((one, other) => Number(other.own) - Number(one.own));
  for (const pack of ordered) sent.append("photos", pack.file);
  sent.append("about", JSON.stringify(ordered.map((pack) => ({
    brand: pack.brand.trim(), product: pack.product.trim(), variety: pack.variety.trim(), own: pack.own,
    ...(Number(pack.height) > 0 ? { height_mm: Number(pack.height) } : {}),
    ...Object.fromEntries(OUTCOMES.filter(([key]) => pack[key]).map(([key, , , per]) => [key, Number(pack[key]) / per])),
  }))));
}

function form(edits) {
  const sent = new FormData();
  if (table) addTable(sent);
  else addPacks(sent);
  addShelf(sent);
  const weights = [...document.querySelectorAll("[data-weight]")].map((one) => `${one.dataset.weight}=${Number(one.value) || 0}`);
  sent.append("weights", weights.join(","));
  sent.append("arrangements", find("#arrangements").value);
  sent.append("keep_days", String(Math.max(0, Math.round(Number(find("#days").value) || 0))));
  if (find("#hero").value) sent.append("hero_profile", find("#hero").value);
  if (edits.length) sent.append("what_if", edits.join(","));
  return sent;
}

async function show(job, what = "Comparing") {
  const over = await follow(job, find("#job"), what);
  if (over.state !== "finished") return;
  const result = await jobFile(over, "packs.json");
  const pictures = over.files.includes("pictures.json")
    ? await jobFile(over, "pictures.json").catch(() => null)
    : null;
  const place = find("#found");
  showComparison(place, over, result, pictures, packs.length || table ? (edits) => send(edits) : null);
  bring(place);
  if (what !== "Comparing") find("#what-if").scrollIntoView();
}

async function send(edits) {
  const go = find("#go");
  go.disabled = true;
  find("#score-error").textContent = "";
  try {
    const job = await ask("/v1/packs", { form: form(edits) });
    remember(job);
    await show(job, edits.length ? "Trying changes" : "Comparing");
  } catch (error) {
    told(error);
  } finally {
    go.disabled = false;
  }
}

find("#score").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!packs.length && !table) {
    find("#score-error").textContent = "Choose photos first, or a table of packs.";
    return;
  }
  send([]);
});

const before = remembered();
if (before) show(before).catch(told);
