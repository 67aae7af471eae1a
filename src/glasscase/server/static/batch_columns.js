// A draft: what the columns were taken for, changed where that is wrong, and the start.

import { ask } from "/static/api.js";
import { el, find, put } from "/static/dom.js";

const ROLES = [
  ["", "not used"],
  ["text", "words about the product"],
  ["id", "its id"],
  ["photo", "names of its photos"],
  ["price", "its price"],
  ["brand", "its brand"],
  ["label", "its category (not read)"],
];
const ONCE = ["id", "price", "brand", "label"];

/** Show the draft at `path` and let it be started; `started(made)` is called when it was. */
export async function showDraft(path, { usualDays, reviewDays, started }) {
  const form = find("#start");
  const days = find("#keep-days");
  let touched = false;
  days.addEventListener("input", () => {
    touched = true;
  });
  find("#review").addEventListener("change", (event) => {
    if (!touched) days.value = event.target.checked ? reviewDays : usualDays;
    days.min = event.target.checked ? 1 : 0;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    find("#start-error").textContent = "";
    find("#start-button").disabled = true;
    const asked = { columns: chosen(form), keep_days: Number(days.value), review: find("#review").checked };
    try {
      started(await ask(`${path}/start`, { json: asked }));
    } catch (refusal) {
      find("#start-error").textContent = refusal.sentence;
    }
    find("#start-button").disabled = false;
  });
  find("#discard").addEventListener("click", async () => {
    try {
      await ask(path, { method: "DELETE" });
      location.assign("/batch");
    } catch (refusal) {
      find("#start-error").textContent = refusal.sentence;
    }
  });
  try {
    fill(await ask(`${path}/columns`));
  } catch (refusal) {
    find("#start-error").textContent = refusal.sentence;
  }
}

function fill({ batch, columns, notes, problems }) {
  const rows = batch.total.toLocaleString("en");
  find("#draft-words").textContent = columns.length
    ? `${rows} rows. Change what is wrong here, then start.`
    : `${rows} photos and no table: each photo is one product.`;
  put(find("#draft-notes"), notes.map((note) => el("li", {}, note)));
  if (columns.length) put(find("#columns-place"), table(columns));
  if (problems.length) {
    put(
      find("#first-problems"),
      el("div.note.warn", {}, el("p", {}, "Among the first rows something is wrong with these. They get an answer all the same, with what is left of them:"),
        el("ul", {}, problems.map((problem) => el("li", {}, problem)))),
    );
  }
}

function table(columns) {
  const head = el("thead", {}, el("tr", {}, ["Column", "Taken for", "First values"].map((name) => el("th", { scope: "col" }, name))));
  return el("table.columns-seen", {}, head, el("tbody", {}, columns.map(row)));
}

function row(column) {
  const select = el("select", { "aria-label": `What ${column.name} is`, dataset: { column: column.name } },
    ROLES.map(([role, words]) => el("option", { value: role }, words)));
  select.value = column.role;
  select.addEventListener("change", () => {
    if (!ONCE.includes(select.value)) return;
    for (const other of document.querySelectorAll("select[data-column]")) {
      if (other !== select && other.value === select.value) other.value = "";
    }
  });
  const samples = column.samples.length ? column.samples.map((one) => el("span.sample", { dir: "auto" }, one)) : el("span.soft", {}, "empty");
  return el("tr", {}, el("th", { scope: "row" }, column.name), el("td", {}, select), el("td", {}, samples));
}

function chosen(form) {
  const told = { text: [], photo: [] };
  for (const select of form.querySelectorAll("select[data-column]")) {
    const name = select.dataset.column;
    if (select.value === "text" || select.value === "photo") told[select.value].push(name);
    else if (select.value) told[select.value] = name;
  }
  return told;
}
