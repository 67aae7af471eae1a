// Two models compared, as tables: on a labelled table, or on what both met in service.

import { el, percent, put } from "/static/dom.js";
import { table } from "/static/model_curves.js";

const between = (one) => (one ? `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)})` : "not known yet");

function ofService(told, names) {
  return [
    el("p.lead", {}, told.sentence),
    el("div.scroll", {}, table("On the same products, in service", [[""], [names[0], true], [`${names[1]} (shadow)`, true]], [
      ["Would be taken without a look", String(told.model_accepted), String(told.shadow_accepted)],
      ["Right, of those people decided", String(told.model_right), String(told.shadow_right)],
      ["Share right, 95 % interval", between(told.model_accuracy), between(told.shadow_accuracy)],
      ["Right where the other was wrong", String(told.only_model), String(told.only_shadow)],
    ])),
    el("p.soft", {}, `Products: ${told.products}. The same answer: ${told.agreement ? between(told.agreement) : "none yet"}. Reviewed: ${told.decided}. Reviewers see what the first model said, which favours it, and look at unsure products first.`),
    told.differences.length
      ? el("details", {}, el("summary", {}, "Where they differ"), el("div.scroll", {}, table("", [[names[0]], [names[1]], ["Products", true]],
          told.differences.map((one) => [one.answer || "(none)", one.shadow || "(none)", String(one.products)]))))
      : null,
  ];
}

function ofTable(told, job, names) {
  const { duel } = told;
  const called = { [duel.old]: names[0], [duel.new]: names[1] };
  const models = told.models || [];
  const changed = duel.categories.filter((one) => one.won || one.lost);
  const won = (n) => (n ? el("span.won", {}, `+${n}`) : "0");
  const lost = (n) => (n ? el("span.lost", {}, `−${n}`) : "0");
  const figures = models.map((one) => [
    called[one.name] || one.name,
    between(one.metrics?.accuracy || one.accuracy),
    between(one.metrics?.macro_f1 || one.macro_f1),
  ]);
  let advice = told.advice;
  for (const [before, after] of Object.entries(called)) advice = advice.replaceAll(before, after);
  return [
    el("p.lead", {}, advice),
    figures.length ? el("div.scroll", {}, table("", [["Model"], ["Accuracy", true], ["Macro-F1", true]], figures)) : null,
    el("h4", {}, "Which categories get better or worse"),
    changed.length
      ? el("div.scroll.tall", { tabindex: 0, role: "region", "aria-label": "Categories" }, table("", [["Category"], ["Products", true], ["Found before", true], ["Found now", true], ["Won", true], ["Lost", true], ["p", true]],
          changed.map((one) => [one.label, String(one.products), percent(one.old_recall), percent(one.new_recall), won(one.won), lost(one.lost), one.p_value_holm.toPrecision(2)])))
      : el("p.soft", {}, "None: both are right on the same products."),
    el("p.soft", {}, "p says how easily chance does the same, corrected for the number of categories; below 0.05 it hardly does. ",
      el("a", { href: `/v1/jobs/${job.id}/files/comparison.html`, target: "_blank" }, "The whole comparison")),
  ];
}

/** Show comparison.json of `job` in `place`; `names` are those of the old and the new model. */
export function showComparison(place, told, job, names) {
  const parts = job.result.on === "service" ? ofService(told, names) : ofTable(told, job, names);
  put(place, el("div.card", {}, parts));
  place.hidden = false;
}
