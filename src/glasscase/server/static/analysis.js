// The page Analyse: the form, and what is asked in which order. The answer comes first, then the
// explanation part by part. A later analysis ends an earlier one, which then shows nothing more.

import { ask, patiently, Refusal } from "/static/api.js";
import { announce, duration, el, find } from "/static/dom.js";
import { takeFiles } from "/static/drop.js";
import { showAnswer } from "/static/analysis_answer.js";
import { Explanation } from "/static/analysis_explanation.js";
import { Photos } from "/static/analysis_photos.js";
import { Sharing, withMore } from "/static/analysis_sharing.js";

const PARTS = ["words,photo", "rival,flip", "check"];
const MEANT_OTHERWISE = new Set(["id", "keep_days", "label", "against", "parts", "format", "prediction_id", "days", "by", "top", "words"]);

const form = find("#product");
const results = find("#results");
const photos = new Photos(find("#previews"), {
  most: Number(form.dataset.mostPhotos),
  mostMegabytes: Number(form.dataset.mostMegabytes),
  refuse: (words) => fault("photos", words),
});
const explanation = new Explanation(find("#explanation"));
const sharing = new Sharing(() => find("#answer-actions"));
let running = null;

/** What the form says, as multipart. Fields that were added may be called like others. */
function product() {
  const told = new FormData();
  for (const input of form.querySelectorAll("input[name], textarea[name]")) {
    if (input.type === "file" || !input.value.trim()) continue;
    const name = MEANT_OTHERWISE.has(input.name) ? `${input.name} ` : input.name;
    told.set(name, told.has(name) ? `${told.get(name)}\n${input.value}` : input.value);
  }
  for (const file of photos.files) told.append("photos", file, file.name);
  return told;
}

/** Mark a field (by its name; without one the form itself) and read it aloud. */
function fault(field, words) {
  const name = (field || "").split(".").find((part) => document.getElementById(`${part}-error`));
  const place = document.getElementById(`${name}-error`) || find("#form-error");
  place.textContent = words;
  const input = name && document.getElementById(name);
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
  if (place.id !== "form-error") announce(words, { urgent: true });
}

function clearFaults() {
  for (const place of form.querySelectorAll(".error")) place.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Ask about what the form says. */
async function analyse({ answer = null } = {}) {
  const asked = product(); // what is typed while the answer is on its way belongs to the next one
  clearFaults();
  if ([...asked].length === 0) {
    fault("", "Add a photo or type a title first.");
    return;
  }
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const current = () => running === mine;
  const started = performance.now();
  performance.mark("analysis-start");
  results.setAttribute("aria-busy", "true");
  find("#analyse").textContent = "Analysing …";
  try {
    const first = answer || (await ask("/v1/predict", { form: asked, signal: mine.signal }));
    if (!current()) return;
    const waited = (performance.now() - started) / 1000;
    find("#nothing-yet").hidden = true;
    showAnswer(find("#answer"), first, answer ? null : waited);
    sharing.show(first, asked);
    markPainted("answer-shown");
    if (matchMedia("(max-width: 860px)").matches) results.scrollIntoView({ block: "start" });
    if (first.label) await explain(first, { asked, mine, started });
    else explanation.hide();
  } catch (error) {
    if (error.name === "AbortError" || !current()) return;
    tell(error);
  } finally {
    if (current()) {
      running = null;
      results.removeAttribute("aria-busy");
      find("#analyse").textContent = "Analyse";
    }
  }
}

/** Note the time at which what was just drawn can be seen (for benchmarks/page_times.py). */
function markPainted(name) {
  requestAnimationFrame(() => setTimeout(() => performance.mark(name)));
}

async function explain(answer, { asked, mine, started }) {
  explanation.start(answer);
  const took = [];
  for (const parts of PARTS) {
    const form = withMore(asked, { parts, prediction_id: answer.prediction_id }); // the same model speaks
    try {
      const told = await patiently(() => ask("/v1/explain", { form, signal: mine.signal }));
      if (running !== mine) return;
      explanation.show(parts, told);
      took.push((performance.now() - started) / 1000);
      if (took.length === 1) markPainted("explanation-shown");
    } catch (error) {
      if (error.name === "AbortError" || running !== mine) throw error;
      if (!(error instanceof Refusal)) throw error;
      explanation.failed(parts, error.sentence);
    }
  }
  if (took.length) find("#times-explained").textContent = ` Words and photo explained after ${duration(took[0])}, all of it after ${duration(took.at(-1))}.`;
  performance.mark("explanation-complete");
  announce("The explanation is complete.");
}

function tell(error) {
  if (!(error instanceof Refusal)) throw error;
  find("#answer").hidden = true; // it was about something else
  explanation.hide();
  find("#nothing-yet").hidden = false;
  fault(error.field, error.sentence);
}

let added = 0;
function addField() {
  added += 1;
  const id = `extra-${added}`;
  const value = el("textarea", { id: `${id}-text`, rows: 2, dir: "auto" });
  const name = el("input", {
    id,
    maxlength: 60,
    autocomplete: "off",
    placeholder: "such as colour",
    oninput: () => {
      value.name = name.value.trim();
    },
  });
  const labels = [el("label", { for: id }, "Name of the field"), el("label", { for: `${id}-text` }, "Its text")];
  find("#more-fields").append(el("div.field.extra", {}, labels[0], name, labels[1], value));
  name.focus();
}

function clear() {
  running?.abort();
  running = null;
  clearFaults();
  for (const input of form.querySelectorAll("input[name], textarea[name]")) input.value = "";
  photos.clear();
  find("#more-fields").replaceChildren();
  find("#answer").hidden = true;
  explanation.hide();
  find("#nothing-yet").hidden = false;
  document.querySelector("#given-note")?.remove();
  find("#analyse").textContent = "Analyse";
  results.removeAttribute("aria-busy");
  history.replaceState(null, "", "/analysis");
  find("#title").focus();
}

takeFiles(find("#photos-zone"), (files) => { clearFaults(); photos.add(files); }, { paste: true });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  analyse();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    analyse();
  }
});
find("#add-field").addEventListener("click", addField);
find("#clear").addEventListener("click", clear);

const given = JSON.parse(form.dataset.given);
if (given.photos.length || given.ask || given.answer) begin();

/** What the page was opened with: a sample, or a product kept with its answer. */
async function begin() {
  const before = given.answer && { present: [], problems: [], ...given.answer };
  if (before && !given.ask) {
    find("#nothing-yet").hidden = true;
    showAnswer(find("#answer"), before, null);
    sharing.show(before, null);
    return;
  }
  await photos.fetch(given.photos);
  if (given.ask) await analyse({ answer: before });
}
