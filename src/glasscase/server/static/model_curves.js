// A model's curves: the promise slider, coverage, reliability, confusions; each also as a table.

import { colour, draw } from "/static/chart.js";
import { el, find, percent, put } from "/static/dom.js";

let curves = null;

/** A table: head is [words, isNumber][], rows are lists of words or elements; the first is the row's head. */
export function table(caption, head, rows) {
  return el(
    "table",
    {},
    caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, head.map(([words, number]) => el(number ? "th.number" : "th", { scope: "col" }, words)))),
    el(
      "tbody",
      {},
      rows.map((row) =>
        el("tr", {}, row.map((cell, at) => (at ? el(head[at][1] ? "td.number" : "td", {}, cell) : el("th", { scope: "row" }, cell)))),
      ),
    ),
  );
}

const between = (one) => (one && one.value !== null ? `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)})` : "");

function promised() {
  const at = Number(find("#allowed").value);
  const one = curves.promises[at];
  const allowed = percent(one.max_error);
  find("#allowed-shown").textContent = allowed;
  find("#allowed").setAttribute("aria-valuetext", `at most ${allowed} wrong`);
  find("#promise-error").textContent = String(one.max_error);
  const seconds = Math.max(1, Number(find("#seconds").value) || 20);
  const left = 1000 * (1 - one.accepted_share);
  const hours = (left * seconds) / 3600;
  find("#taken").textContent = one.cut_off === null ? "nothing" : percent(one.accepted_share);
  find("#cut-off").textContent = one.cut_off === null ? "none" : percent(one.cut_off);
  find("#wrong").textContent = one.cut_off === null ? "none" : `${one.wrong} of ${one.accepted}`;
  find("#hours").textContent = hours < 0.1 ? `${Math.round(hours * 60)} min` : `${hours.toFixed(1)} h`;
  find("#promise-words").textContent =
    one.cut_off === null
      ? `With ${one.products} held-out products nothing can be promised at ${allowed}: it takes at least ${one.needed} sure answers in a row that are all right. Allow more errors, or train on more products.`
      : `Of 1,000 products about ${Math.round(1000 - left)} are taken without a look and at most ${allowed} of these are wrong (95 % sure); people look at the other ${Math.round(left)}.`;
  drawCoverage(one);
}

function drawCoverage(one) {
  const points = curves.coverage;
  draw(find("#coverage-chart"), () => ({
    data: [
      {
        x: points.map((p) => 100 * p.coverage), y: points.map((p) => 100 * p.error), mode: "lines",
        line: { color: colour("--accent"), width: 2.5 }, customdata: points.map((p) => 100 * p.confidence),
        hovertemplate: "%{x:.0f} % taken, %{y:.1f} % of them wrong<br>from %{customdata:.0f} % confidence on<extra></extra>",
      },
      {
        x: [0, 100], y: [100 * one.max_error, 100 * one.max_error], mode: "lines", hoverinfo: "skip",
        line: { color: colour("--against"), width: 1.5, dash: "dash" },
      },
      ...(one.cut_off === null ? [] : [{
        x: [100 * one.accepted_share], y: [100 * (one.observed_error || 0)], mode: "markers",
        marker: { color: colour("--against"), size: 13, line: { color: colour("--card"), width: 2 } },
        hovertemplate: "here the slider stands<extra></extra>",
      }]),
    ],
    layout: {
      xaxis: { title: { text: "products taken, %" }, range: [0, 101] },
      yaxis: { title: { text: "wrong among them, %" }, rangemode: "tozero" },
    },
  }));
}

function drawReliability() {
  const bins = curves.reliability;
  draw(find("#reliability-chart"), () => ({
    data: [
      { x: [0, 100], y: [0, 100], mode: "lines", hoverinfo: "skip", line: { color: colour("--soft"), width: 1.5, dash: "dot" } },
      {
        x: bins.map((b) => 100 * b.confidence), y: bins.map((b) => 100 * b.accuracy), mode: "markers",
        marker: { color: colour("--accent"), size: bins.map((b) => 7 + Math.min(16, Math.sqrt(b.products))) },
        error_y: {
          type: "data", symmetric: false, color: colour("--accent"), thickness: 1.5, width: 4,
          array: bins.map((b) => 100 * (b.high - b.accuracy)), arrayminus: bins.map((b) => 100 * (b.accuracy - b.low)),
        },
        customdata: bins.map((b) => b.products),
        hovertemplate: "%{customdata} answers with %{x:.0f} %: %{y:.0f} % right<extra></extra>",
      },
    ],
    layout: {
      xaxis: { title: { text: "confidence, %" }, range: [0, 104] },
      yaxis: { title: { text: "right, %" }, range: [0, 104] },
    },
  }));
}

const short = (label) => (label.length > 26 ? `${label.slice(0, 25)}…` : label);

/** What stands at an axis: the last part of a category where no other ends alike; on a phone, numbers with room between. */
function ticks(labels, narrow) {
  const leaves = labels.map((label) => label.split(" > ").pop());
  const alone = (leaf) => leaves.filter((one) => one === leaf).length === 1;
  const apart = narrow && labels.length > 12 ? 5 : 1;
  const shown = labels.map((_, at) => at).filter((at) => (at + 1) % apart === 0);
  return { tickvals: shown, ticktext: shown.map((at) => (narrow ? at + 1 : short(alone(leaves[at]) ? leaves[at] : labels[at]))) };
}

function drawMatrix() {
  const { labels, answers, cells } = curves.matrix;
  const narrow = matchMedia("(max-width: 600px)").matches;
  draw(find("#matrix-chart"), () => {
    const shares = cells.map((row) => {
      const sum = row.reduce((a, b) => a + b, 0) || 1;
      return row.map((n) => n / sum);
    });
    return {
      data: [
        {
          type: "heatmap", z: shares, x: answers.map((_, i) => i), y: labels.map((_, i) => i), zmin: 0, zmax: 1, xgap: 1, ygap: 1,
          customdata: cells.map((row, r) => row.map((n, c) => [n, labels[r], answers[c]])),
          colorscale: [[0, colour("--raised")], [0.02, colour("--wash")], [1, colour("--accent")]], showscale: false,
          hovertemplate: "%{customdata[0]} products<br>are %{customdata[1]}<br>answered %{customdata[2]}<extra></extra>",
        },
      ],
      layout: {
        xaxis: { title: { text: "answered" }, ...ticks(answers, narrow), tickangle: narrow ? 0 : -40, showgrid: false },
        yaxis: { title: { text: "is" }, autorange: "reversed", ...ticks(labels, narrow), showgrid: false },
      },
    };
  });
}

/** Show what `/v1/models/{id}/curves` told. */
export function showCurves(told) {
  curves = told;
  find("#curves").hidden = false;
  promised();
  drawReliability();
  drawMatrix();
  const every = Math.max(1, Math.ceil(told.coverage.length / 25));
  const points = told.coverage.filter((_, at) => at % every === 0 || at === told.coverage.length - 1);
  put(find("#coverage-table"), table("", [["Taken"], ["Wrong among them", true], ["Confidence from", true]],
    points.map((p) => [percent(p.coverage), percent(p.error), percent(p.confidence)])));
  put(find("#reliability-table"), table("", [["Confidence"], ["Right", true], ["Chance reaches", true], ["Answers", true]],
    told.reliability.map((b) => [percent(b.confidence), percent(b.accuracy), `${percent(b.low)} to ${percent(b.high)}`, String(b.products)])));
  put(find("#confusions-table"), told.confusions.length
    ? table("", [["Is"], ["Answered"], ["Products", true]],
        told.confusions.slice(0, 15).map((c) => [c.label, c.answer, `${c.products} (${percent(c.share)})`]))
    : el("p.soft", {}, "Nothing was taken for anything else."));
  put(find("#classes-table"), table("", [["Category"], ["Products", true], ["Found", true], ["Right when answered", true]],
    told.classes.map((c) => [c.label, String(c.products), between(c.recall), c.precision === null ? "" : percent(c.precision)])));
}

find("#allowed").addEventListener("input", () => curves && promised());
find("#seconds").addEventListener("input", () => curves && promised());
