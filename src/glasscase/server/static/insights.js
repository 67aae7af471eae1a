// The page Insights: a result goes in, sentences come out, each figure linked to its fact.

import { ask, checked, sayIn } from "/static/api.js";
import { announce, bring, el, find, put, saveFile, svg } from "/static/dom.js";
import { sized, takeFiles } from "/static/drop.js";
import { handedOn } from "/static/handed_on.js";

const told = sayIn(find("#ask-error"));
let chosen = null;

function choose(file) {
  chosen = file;
  find("#chosen").textContent = sized(file);
  find("#ask-error").textContent = "";
}

takeFiles(find("#drop"), ([file]) => choose(file));

function form(file, writer, kind = null) {
  const data = new FormData();
  data.append("file", file);
  data.append("writer", writer);
  if (kind) data.append("form", kind);
  return data;
}

const upper = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function sentence(one) {
  const words = one.pieces.map((piece) =>
    piece.fact ? el("a", { href: `#${piece.fact}` }, piece.text) : el("bdi", {}, piece.text),
  );
  return el("li", {}, words, " ", el("span.by", {}, one.writer));
}

function line(kind, from, to) {
  return svg(`line.${kind}`, { x1: from, x2: to, y1: 7, y2: 7, "vector-effect": "non-scaling-stroke" });
}

function picture(section, facts) {
  if (!section.marks.length) return null;
  const rows = section.marks.map((mark) => {
    const fact = facts.get(mark.fact);
    const zero = section.zero === null ? null
      : svg("line.zero", { x1: section.zero, x2: section.zero, y1: 0, y2: 14, "vector-effect": "non-scaling-stroke" });
    return [
      el("span.name", { title: fact.subject, dir: "auto" }, fact.subject),
      svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
        line("ground", 0, 100), zero, line("near", mark.low, mark.high), line("dot", mark.at, mark.at)),
      el("span.value", {}, fact.display),
    ];
  });
  return el("div.scale", { role: "group", "aria-label": `${upper(section.metric)}: figures with 95 % intervals` }, rows);
}

function ledger(facts) {
  const head = ["Fact", "Metric", "Subject", "Figure", "95 % interval", "Cases", "Where in the result"];
  const rows = facts.map((fact) => el("tr", { id: fact.id },
    el("th", { scope: "row" }, fact.id), el("td", {}, fact.metric),
    el("td", { dir: "auto" }, fact.comparator ? `${fact.subject} against ${fact.comparator}` : fact.subject),
    el("td.number", {}, fact.display), el("td", {}, fact.interval),
    el("td.number", {}, fact.n === null ? "" : fact.n.toLocaleString("en")), el("td.where", {}, fact.where)));
  return el("details", { id: "ledger" }, el("summary", {}, `Every fact and its source (${facts.length})`),
    el("p.small.where", {}, `SHA-256 of the result: ${facts[0].source}`),
    el("div.scroll", { tabindex: "0", role: "region", "aria-label": "Every fact and its source" },
      el("table", {}, el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, rows))));
}

function download(file, writer, kind) {
  const button = el("button", { type: "button" }, kind === "pdf" ? "Take away as PDF" : "Take away as a page");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await checked(await fetch("/v1/insights/report", { method: "POST", body: form(file, writer, kind) }));
      saveFile(await answer.blob(), `insights.${kind}`);
    } catch (error) {
      told(error);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function troubles(report) {
  const told = [];
  if (report.trouble) told.push(`The language model could not help: ${report.trouble} A fixed rule wrote in its place.`);
  if (report.refused.length) told.push(`Sentences of the language model that did not follow from the facts and were dropped: ${report.refused.length}.`);
  return told.map((words) => el("p.hint", {}, words));
}

function show(report, file, writer) {
  const facts = new Map(report.facts.map((fact) => [fact.id, fact]));
  const place = find("#report");
  put(place, el("h2", { dir: "auto" }, report.title), troubles(report),
    report.sections.map((section) => [
      el("h3", {}, upper(section.metric)), el("ul.told", {}, section.sentences.map(sentence)), picture(section, facts),
    ]),
    report.notes.length ? [el("h3", {}, "What these figures are not"), el("ul", {}, report.notes.map((note) => el("li", { dir: "auto" }, note)))] : null,
    el("div.actions", {}, download(file, writer, "html"), download(file, writer, "pdf")), ledger(report.facts));
  bring(place);
  announce("The report is written.");
}

async function write() {
  if (!chosen) {
    find("#ask-error").textContent = "Choose a result first.";
    return;
  }
  const writer = document.querySelector("#writer")?.value || "template";
  const go = find("#go");
  go.disabled = true;
  find("#ask-error").textContent = "";
  try {
    show(await ask("/v1/insights", { form: form(chosen, writer) }), chosen, writer);
  } catch (error) {
    told(error);
  } finally {
    go.disabled = false;
  }
}

find("#ask").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});

// A figure leads to its fact, whose table is folded away until somebody wants it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".told a");
  if (link) find("#ledger").open = true;
});

const given = handedOn();
if (given) {
  choose(given);
  write();
}
