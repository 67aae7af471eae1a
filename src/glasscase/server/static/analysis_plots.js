// The check of an explanation as three curves: what it points at gone first, last, or at random.

import { el, percent, svg } from "/static/dom.js";

const WIDTH = 340;
const HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 38;
const LINES = [
  ["first", "heaviest_first", "what counts most goes first"],
  ["random", "random", "in any order"],
  ["last", "heaviest_last", "what counts most goes last"],
];
const WHAT = { words: ["Words", "words taken away"], photo: ["Photo", "of the photo blurred"] };

/** `check`: of an explanation's `checks`; shares 0 to 1 and three curves over them. */
export function plot(check, label) {
  const [title, axis] = WHAT[check.what] || [check.what, "taken away"];
  const values = LINES.flatMap(([, name]) => check[name]);
  const isProbability = check.answer === "probability";
  const low = isProbability ? 0 : Math.min(...values);
  const high = isProbability ? 1 : Math.max(...values);
  const x = (share) => LEFT + share * (WIDTH - LEFT - 10);
  const y = (value) => 8 + (1 - (value - low) / (high - low || 1)) * (HEIGHT - 8 - BOTTOM);
  const shown = (value) => (isProbability ? percent(value, 0) : value.toFixed(1));
  const ticks = [low, (low + high) / 2, high];
  const verdict = { true: "It holds.", false: "It does not hold here: trust it less.", null: "Here this cannot be told." }[String(check.passed)];
  return el(
    "section",
    {},
    el("h3", {}, title),
    svg(
      "svg.curves",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${check.sentence} The figures are in the table below.` },
      ticks.map((tick) => [svg("line.axis", { x1: LEFT, x2: WIDTH - 10, y1: y(tick), y2: y(tick) }), svg("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, shown(tick))]),
      [0, 0.5, 1].map((tick, number) => svg("text", { x: x(tick), y: HEIGHT - 20, "text-anchor": ["start", "middle", "end"][number] }, percent(tick, 0))),
      svg("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, axis),
      LINES.map(([kind, name]) => svg(`polyline.${kind}`, { points: check.shares.map((share, at) => `${x(share).toFixed(1)},${y(check[name][at]).toFixed(1)}`).join(" ") })),
    ),
    el(
      "ul.key",
      {},
      LINES.map(([kind, , words]) => el("li", {}, svg("svg", { viewBox: "0 0 34 10", "aria-hidden": "true" }, svg(`line.${kind}`, { x1: 0, x2: 34, y1: 5, y2: 5 })), words)),
    ),
    el("p", {}, check.sentence, " ", el("b", {}, verdict)),
    el("details", {}, el("summary", {}, "The figures"), figures(check, label, axis, shown)),
  );
}

function figures(check, label, axis, shown) {
  return el(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": `Figures: ${axis}` },
    el(
      "table",
      {},
      el("caption", {}, `${check.answer.charAt(0).toUpperCase()}${check.answer.slice(1)} of “${label}”`),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, axis), LINES.map(([, , words]) => el("th.number", { scope: "col" }, words)))),
      el("tbody", {}, check.shares.map((share, at) => el("tr", {}, el("th", { scope: "row" }, percent(share, 0)), LINES.map(([, name]) => el("td.number", {}, shown(check[name][at])))))),
    ),
  );
}
