// The figures of a shelf: shares with intervals, gaps, listing, plan, market, and what they are not.

import { el, svg, tip } from "/static/dom.js";

const MOST = 100;
const PLAN = { presence: "Products that are there", facings: "Facings in their row", position: "Facings in their place" };
const THIRDS = ["in the left third", "in the middle", "in the right third"];
const called = (name) => (name === "unknown" ? "not recognised" : name);
const whole = (share) => (share === null || share === undefined ? "not known" : `${(100 * Math.max(0, share)).toFixed(1)} %`);

/** All figures of `result` as elements. */
export function figures(result) {
  const told = result.figures;
  return [
    chief(result),
    told.brands.some((one) => one.name !== "unknown") ? [el("h3", {}, "Share of shelf ", tip("share of shelf", "Of facings: products in the front line. Of width: centimetres of board. Of area: what of the front they cover. The thin line on a bar is the 95 % interval.")), shares(told.brands, result.colours)] : null,
    told.facings.length ? [el("h3", {}, "Facings"), facings(told.facings)] : null,
    told.gaps.length ? [el("h3", {}, "Possible gaps ", tip("gaps", "A place where a product would fit. Whether it is out of stock, only the stock says.")), list(told.gaps, (one) => gap(one, result.photo.width))] : null,
    told.availability ? [el("h3", {}, "The listing"), listing(told.availability)] : null,
    told.planogram ? [el("h3", {}, "Against the planogram"), plan(told.planogram)] : null,
    told.market_share ? [el("h3", {}, "Against the market"), market(told.market_share)] : null,
    result.problems.length ? [el("h3", {}, "What could not be used"), list(result.problems, (one) => `${one.field} ${one.reason}. ${one.remedy}`)] : null,
    el("h3", {}, "What to know"),
    list([...result.notes, "One photo shows one moment and the front line only."], (note) => note),
  ];
}

function chief(result) {
  const { counts, figures: told } = result;
  const cards = [
    ["Products", number(told.products)],
    counts.boxes ? ["Recognised", `${counts.recognised} of ${counts.boxes}`] : null,
    counts.boxes ? ["Rows", counts.rows] : null,
    counts.boxes ? ["Possible gaps", counts.possible_gaps] : null,
    told.availability ? ["On the shelf", figure(told.availability.share)] : null,
    told.planogram ? ["In place", figure(told.planogram.position)] : null,
  ];
  return el("div.figures", {}, cards.filter(Boolean).map(([name, value]) => el("div.card", {}, el("span.soft.small", {}, name), el("div.figure-number", {}, value))));
}

function number(value) {
  if (value.value === null) return "not known";
  const near = value.low !== null && value.high - value.low >= 0.5 ? el("div.between", {}, `${Math.round(value.low)} to ${Math.round(value.high)}`) : null;
  return [String(Math.round(value.value)), near];
}

function figure(value) {
  if (!value || value.value === null) return "not known";
  return [whole(value.value), near(value) ? el("div.between", {}, near(value)) : null];
}

function near(value) {
  return value.low !== null && value.high - value.low > 0.0005 ? `${whole(value.low).replace(" %", "")} to ${whole(value.high)}` : "";
}

function table(name, head, rows) {
  const isNumber = (cell) => (cell?.tagName ? cell.classList.contains("number") : /^[\d.][\d.,% to-]*$/.test(String(cell)));
  const cells = (row) => row.map((cell) => (cell?.tagName === "TD" ? cell : el(isNumber(cell) ? "td.number" : "td", {}, cell)));
  const heads = head.map((one, at) => el(rows.length && isNumber(rows[0][at]) ? "th.number" : "th", { scope: "col" }, one));
  return el("div.scroll", { tabindex: "0", role: "region", "aria-label": name },
    el("table.tight", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows.map((row) => el("tr", {}, cells(row))))));
}

function shares(brands, colours) {
  const eye = brands.some((one) => one.eye_level);
  const rows = brands.slice(0, MOST).map((one) => [
    el("td", { dir: "auto" }, called(one.name)),
    el("td", {}, whole(one.facings.value), el("div.between", {}, near(one.facings))),
    el("td", {}, bar(one.facings, one.name === "unknown" ? "#a9adb5" : colours[one.name] || "#7a7f87")),
    el("td.number", {}, whole(one.linear.value), el("div.between", {}, near(one.linear))),
    el("td.number", {}, whole(one.area.value), el("div.between", {}, near(one.area))),
    ...(eye ? [el("td.number", {}, one.eye_level ? whole(one.eye_level.value) : "")] : []),
  ]);
  return table("Share of shelf", ["Brand or product", "Of facings", "", "Of width", "Of area", ...(eye ? ["At eye level"] : [])], rows);
}

function bar(value, colour) {
  if (value.value === null) return "";
  const low = 100 * Math.max(0, value.low ?? value.value);
  const line = near(value) ? svg("line", { x1: low, x2: 100 * value.high, y1: 5, y2: 5, stroke: "currentColor", "stroke-width": 2, "vector-effect": "non-scaling-stroke" }) : "";
  return svg("svg.share-bar", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: 100, height: 10, fill: "currentColor", opacity: 0.12 }), svg("rect", { width: 100 * value.value, height: 10, fill: colour }), line || svg("g"));
}

function facings(all) {
  const rows = all.slice(0, MOST).map((one) => [el("td", { dir: "auto" }, called(one.name)), el("td", { dir: "auto" }, one.brand), el("td.number", {}, number(one.facings)), el("td", {}, one.by_row.join(" · "))]);
  return table("Facings by product", ["Product", "Brand", "Facings", "By row, from the top"], rows);
}

/** Where a product may be missing, in words a person on the shop floor can follow. */
function gap(one, width) {
  const [left, right] = one.neighbours.map((name) => (name === "unknown" ? "" : name));
  const third = THIRDS[Math.min(2, Math.floor((1.5 * (one.left + one.right)) / width))];
  const beside = left && right && left !== right ? `between ${left} and ${right}` : left || right ? `${third}, beside ${left || right}` : third;
  const room = one.facings === 1 ? "room for one product" : `room for ${one.facings} products`;
  return `${one.row ? `Row ${one.row}` : "A board without products"}, ${beside}: ${room}, ${Math.round(100 * one.score)} % sure that one is missing.`;
}

function listing(told) {
  const rows = told.products.slice(0, MOST).map((one) => [el("td", { dir: "auto" }, one.name), one.verdict, el("td.number", {}, `${Math.round(100 * one.probability)} %`)]);
  return table("The listing", ["Product", "On the shelf", "Probability"], rows);
}

function plan(told) {
  const parts = Object.entries(PLAN).map(([name, words]) => [words, whole(told[name].value), near(told[name])]);
  return [table("Against the planogram", ["", "Share as planned", "95 % interval"], parts), told.differences.length ? list(told.differences, (one) => one.text) : el("p", {}, "Nothing differs.")];
}

function market(all) {
  const rows = all.slice(0, MOST).map((one) => [el("td", { dir: "auto" }, one.name), el("td.number", {}, whole(one.market_share)), el("td.number", {}, whole(one.shelf_share.value), el("div.between", {}, near(one.shelf_share))), one.verdict]);
  return table("Share of shelf against share of market", ["Name", "Market", "Shelf", "Verdict"], rows);
}

function list(all, words) {
  return el("ul", {}, all.slice(0, MOST).map((one) => el("li", { dir: "auto" }, words(one))));
}
