// The page Figures: a table goes in, what goes with a figure comes out.

import { ask, sayIn } from "/static/api.js";
import { bring, el, find, put } from "/static/dom.js";
import { sized, takeFiles } from "/static/drop.js";
import { follow, jobFile, remember, remembered } from "/static/jobs.js";
import { showAnswers, showFigures } from "/static/kpi_figures.js";
import { pointAt } from "/static/wrong_field.js";

const HEAD_BYTES = 65536;
const MOST_COLUMNS = 200;
const told = sayIn(find("#learn-error"));
let chosen = null;

takeFiles(find("#drop"), async ([file]) => {
  chosen = file;
  find("#chosen").textContent = sized(file);
  find("#learn-error").textContent = "";
  const names = await columnsOf(file).catch(() => []);
  put(find("#columns"), names.map((name) => el("option", { value: name })));
});

/** Names of the columns of delimited text, to be offered while typing; the service reads the table itself. */
async function columnsOf(file) {
  if (!/\.(csv|tsv|tab|txt)$/i.test(file.name)) return [];
  const head = (await file.slice(0, HEAD_BYTES).text()).split(/\r?\n/)[0];
  const counts = [",", ";", "\t", "|"].map((mark) => [head.split(mark).length, mark]);
  const mark = counts.sort((a, b) => b[0] - a[0])[0][1];
  return head.split(mark).map((name) => name.trim().replace(/^\ufeff?"?|"$/g, "")).filter(Boolean).slice(0, MOST_COLUMNS);
}

async function show(job) {
  const over = await follow(job, find("#job"), "Looking");
  if (over.state !== "finished") return;
  const place = find("#found");
  if (over.files.includes("predictions.json")) {
    showAnswers(place, over, await jobFile(over, "predictions.json"));
  } else {
    const result = await jobFile(over, "kpi.json");
    const plots = await jobFile(over, "plots.json").catch(() => ({}));
    showFigures(place, over, result, plots, answerFor);
  }
  bring(place);
}

/** New products, answered by the model of a job. */
async function answerFor(job, file) {
  const form = new FormData();
  form.append("file", file);
  form.append("model", job.id);
  if (find("#delimiter").value) form.append("delimiter", find("#delimiter").value);
  const asked = await ask("/v1/kpi", { form });
  remember(asked);
  await show(asked);
}

find("#learn").addEventListener("input", () => {
  find("#learn-error").textContent = "";
});

find("#learn").addEventListener("submit", async (event) => {
  event.preventDefault();
  const missing = !chosen ? "Choose a table first." : !find("#target").value.trim() ? "Name the column of the figure." : "";
  find("#learn-error").textContent = missing;
  if (missing) return;
  const go = find("#go");
  go.disabled = true;
  try {
    const form = new FormData();
    form.append("file", chosen);
    for (const field of document.querySelectorAll("[data-told]")) {
      if (field.value.trim()) form.append(field.dataset.told, field.value.trim());
    }
    const families = [...document.querySelectorAll("[name=family]:checked")].map((box) => box.value);
    form.append("models", families.join(",") || "mean");
    form.append("force", find("#force").checked ? "yes" : "no");
    const job = await ask("/v1/kpi", { form });
    remember(job);
    await show(job);
  } catch (error) {
    pointAt(error);
    told(error);
  } finally {
    go.disabled = false;
  }
});

const before = remembered();
if (before) show(before).catch(told);
