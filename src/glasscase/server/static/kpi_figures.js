// What was found about a figure: sentences, models beside baselines, drivers, effects, intervals, warnings.

import { el, percent, put } from "/static/dom.js";
import { reportOn } from "/static/handed_on.js";

const SHOWN = 50;
const digits = (value, n = 2) => value.toFixed(n).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
const amount = (value) => (value === null ? "–" : Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(3)).toString());

function interval(found, how = digits) {
  if (found.value === null) return "–";
  return found.low === null ? how(found.value) : `${how(found.value)} (${how(found.low)} to ${how(found.high)})`;
}

const points = (found) => interval(found, (value) => `${value > 0 ? "+" : ""}${digits(100 * value, 1)}`);

/** A table with a heading for each column; the first is text, and so is one whose name begins with a space. */
function table(label, head, rows) {
  return el("div.scroll", { tabindex: 0, role: "region", "aria-label": label }, el("table", {},
    el("thead", {}, el("tr", {}, head.map((name, at) => el(at && !name.startsWith(" ") ? "th.number" : "th", { scope: "col" }, name.trim())))),
    el("tbody", {}, rows)));
}

const plot = (source, alt, caption, kind = "") => source
  ? el("figure", {}, el(`img.plot${kind}`, { src: source, alt }), el("figcaption", {}, caption))
  : null;

function models(result, plots) {
  return [
    el("h2", {}, "Models"),
    plot(plots.models, "R2 of every model with its interval; the table below has the same numbers.", "Hollow: baselines that read neither words nor photos. Rust: the one that is kept."),
    table("Models", ["Model", "R2", "Mean error", "Rank correlation", "Points beyond names"], result.models.map((one) => el(one.chosen ? "tr.kept" : "tr", {},
      el("th", { scope: "row" }, one.name + (one.chosen ? " (kept)" : one.baseline ? " (baseline)" : "")),
      el("td.number", {}, interval(one.r2)), el("td.number", {}, interval(one.mae, amount)),
      el("td.number", {}, interval(one.spearman)), el("td.number", {}, points(one.over_names))))),
    el("p.soft.small", {}, `R2: 0 is the mean, 1 is perfect; all judged on the same ${result.protocol.judged} held-out products, ${result.protocol.split === "time-forward" ? "later than those learnt from" : "whole groups of them"}. The figure is learnt ${result.target.scale_words}.`),
    result.gains.length ? el("ul", {}, result.gains.map((one) => el("li", {}, `${one.what === "photo" ? "Photo" : "Text"}, ${one.family}: ${points(one)} points of R2: ${one.helps ? "helps" : "not shown to help"}.`))) : null,
  ];
}

function drivers(result, plots) {
  if (!result.drivers?.rows.length) return [];
  return [
    el("h2", {}, "Drivers"),
    el("p", {}, "“Drivers” is what the field calls this table. These are associations in past data, read off a model: none of them says what a change would do."),
    plot(plots.drivers, "Importance of each named feature with its interval; the table below has the same numbers.", "Pale: not shown to be associated."),
    table("Drivers", ["Feature", " Verdict", "Importance", "Lowest to highest", "Stability"], result.drivers.rows.map((one) => el("tr", {},
      el("th", { scope: "row" }, one.name, one.kin.length ? el("span.soft", {}, ` kin: ${one.kin.join(", ")}`) : null),
      el("td.verdict", {}, one.verdict), el("td.number", {}, points(one.importance)), el("td.number", {}, one.effect), el("td.number", {}, percent(one.stability, 0))))),
    plot(plots.effects, "One panel for each feature: how the answer moves along it.", "Accumulated local effects of numbers, mean answers of categories; the band is the range over the models of the folds."),
  ];
}

function intervals(result, plots) {
  const found = result.intervals;
  const held = found.coverage.value === null ? "too few to measure" : `${percent(found.coverage.value, 0)} of held-out products lay inside (${percent(found.coverage.low, 0)} to ${percent(found.coverage.high, 0)})`;
  return [
    el("h2", {}, "Intervals for new products"),
    el("p", {}, `${found.method} at ${percent(found.level, 0)}: ${held}${found.median_width === null ? "" : `; the median width is ${amount(found.median_width)}`}.`),
    plot(plots.predictions, "Predicted against actual values of held-out products.", "Each point is a product that the model had not seen.", ".square"),
  ];
}

function newProducts(job, answerFor) {
  const file = el("input", { type: "file", id: "new-file", accept: ".csv,.tsv,.txt,.jsonl,.ndjson,.parquet,.zip" });
  const wrong = el("p.error", { role: "alert" });
  const go = el("button", { type: "button" }, "Predict for these");
  go.addEventListener("click", async () => {
    wrong.textContent = file.files.length ? "" : "Choose a table of new products first.";
    if (!file.files.length) return;
    go.disabled = true;
    await answerFor(job, file.files[0]).catch((error) => {
      wrong.textContent = error.sentence || "Something went wrong on this page.";
    });
    go.disabled = false;
  });
  return el("section.card", {}, el("h2", {}, "New products"), el("p", {}, "A table with the same columns, without the figure: each product gets a prediction with an interval."),
    el("p", {}, el("label", { for: "new-file" }, "Table of new products "), file), wrong, go);
}

const problem = (one) => el("li", {}, `${one.row ? `row ${one.row}: ` : ""}${one.field} ${one.reason}. ${one.remedy}`);

function problems(all) {
  if (!all.length) return null;
  return el("details", {}, el("summary", {}, `What could not be used: ${all.length}`), el("ul", {}, all.slice(0, SHOWN).map(problem)),
    all.length > SHOWN ? el("p.soft", {}, `The first ${SHOWN} of ${all.length}; kpi.json has all.`) : null);
}

/** The result of a job that learnt a figure. */
export function showFigures(place, job, result, plots, answerFor) {
  put(place,
    el("h2", {}, `What goes with ${result.target.name}`),
    el("div.card", {}, result.sentences.map((one) => el("p", {}, one))),
    result.alarms.map((one) => el("p.card.alarm", {}, el("strong", {}, "Leak alarm: "), `${one.column ? `column ${one.column} ` : ""}${one.reason}. ${one.remedy}`)),
    models(result, plots), drivers(result, plots),
    result.experiment ? [el("h2", {}, "Experiment"), el("ul", {}, result.experiment.sentences.map((one) => el("li", {}, one)))] : null,
    intervals(result, plots), newProducts(job, answerFor),
    el("h2", {}, "How to read this"), el("ul", {}, result.notes.map((one) => el("li", {}, one))),
    problems(result.problems),
    el("div.row", {}, el("a.button", { href: `/v1/jobs/${job.id}/files/kpi.html` }, "The report as one page"), el("a.button", { href: `/v1/jobs/${job.id}/files/kpi.json`, download: "kpi.json" }, "All figures as JSON"),
      el("button", { type: "button", onclick: () => reportOn(result, "kpi.json") }, "Write a report")));
}

/** The result of a job that answered for new products. */
export function showAnswers(place, job, told) {
  put(place,
    el("h2", {}, `Predicted ${told.target}`),
    el("p", {}, `${told.predictions.length} products by ${told.model}; each interval is meant to hold ${percent(told.level, 0)}.`),
    told.notes.map((one) => el("p.note.warn", {}, one)),
    table("Predictions", ["Product", told.target, "From", "To"], told.predictions.slice(0, SHOWN).map((one) => el("tr", {},
      el("th", { scope: "row" }, one.id), el("td.number", {}, amount(one.predicted)), el("td.number", {}, amount(one.low)), el("td.number", {}, amount(one.high))))),
    told.predictions.length > SHOWN ? el("p.soft", {}, `The first ${SHOWN}; the file has all.`) : null,
    problems(told.problems),
    el("p", {}, el("a.button", { href: `/v1/jobs/${job.id}/files/predictions.csv` }, "All predictions as a table")));
}
