// A comparison of packs, shown: cards, who is ahead, what a change does, what scores hang on, every figure.

import { el, put, svg, tip } from "/static/dom.js";
import { reportOn } from "/static/handed_on.js";
import { sliders } from "/static/packs_what_if.js";

export const PILLARS = { seen: "Seen", findable: "Findable", readable: "Readable", chosen: "Chosen" };
const ABOUT = {
  seen: "Simulated attention on a shelf of these packs, and how unlike its neighbours a pack looks.",
  findable: "Whether a pack is still taken for itself when it is blurred or small.",
  readable: "Size and contrast of letters, words that survive blur, number and length of claims, clutter.",
  chosen: "What people did: only from outcomes you give.",
};

const whole = (value) => (value === null || value === undefined ? "–" : value.toFixed(0));
const three = (one) => (one.value === null ? "not scored" : `${whole(one.value)} (${whole(one.low)} to ${whole(one.high)})`);
const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;
const changed = (one) => `${signed(one.value)} (${signed(one.low)} to ${signed(one.high)})`;

/** A share of draws in words, never quite 0 or 100 %. */
export function chance(share) {
  if (share > 0.99) return "over 99 %";
  return share < 0.01 ? "under 1 %" : `${(100 * share).toFixed(0)} %`;
}

/** A measured value with its unit. */
function figure(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${(100 * value).toFixed(0)} %`;
  const shown = unit === "count" || Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
  return ["ratio", "count", "margin", "distance"].includes(unit) ? shown : `${shown} ${unit}`;
}

/** Show everything in `place`; `tryEdits` takes a list of edits, or is null where photos are gone. */
export function showComparison(place, job, result, pictures, tryEdits) {
  const packs = result.packs;
  const order = packs.map((_, i) => i).sort((a, b) => (packs[b].score.value ?? 0) - (packs[a].score.value ?? 0));
  put(place,
    el("h2", { id: "found-title" }, packs.length > 1 ? "Side by side" : "The pack"),
    el("p.note", {}, result.notes[0]),
    leftOut(result),
    el("p.soft", {}, seenWhere(result)),
    cards(result, order, pictures),
    pictures?.shelf ? onTheShelf(result, pictures.shelf) : null,
    packs.length > 1 && result.beats.length ? ahead(result, order) : null,
    whatIf(result, pictures, tryEdits),
    hero(result),
    hangsOn(result),
    figures(result),
    notScored(result),
    el("p.row", {}, job.files.includes("packs.html") ? el("a.button", { href: `/v1/jobs/${job.id}/files/packs.html`, target: "_blank", rel: "noopener" }, "Open as one page") : null,
      el("a.button", { href: `/v1/jobs/${job.id}/files/packs.csv` }, "Figures as CSV"),
      el("a.button", { href: `/v1/jobs/${job.id}/files/packs.json`, target: "_blank", rel: "noopener" }, "As JSON"),
      el("button", { type: "button", onclick: () => reportOn(result, "packs.json") }, "Write a report")),
  );
}

function cards(result, order, pictures) {
  const list = el("ul.packs", {}, order.map((i) => card(result, i, pictures)));
  const boxes = el("input", { type: "checkbox", id: "show-words", checked: true, onchange: () => {
    for (const one of list.querySelectorAll(".stack svg")) one.toggleAttribute("hidden", !boxes.checked);
  } });
  const heat = el("input", { type: "checkbox", id: "show-attention", onchange: () => {
    for (const one of list.querySelectorAll("img[data-attention]")) one.src = heat.checked ? one.dataset.attention : one.dataset.photo;
  } });
  const swatch = (kind) => svg("svg", { "aria-hidden": "true", viewBox: "0 0 18 12" }, svg(`rect.${kind}`, { x: 1, y: 1, width: 16, height: 10, fill: "none", stroke: kind === "poor" ? "#b3261e" : "#0b6e6e", "stroke-width": 2, "stroke-dasharray": kind === "poor" ? "4 2" : null }));
  return el("div", {},
    pictures ? el("div.views", {}, el("label.check", {}, boxes, "Words that were read"), el("label.check", {}, heat, "Simulated attention")) : null,
    pictures ? el("p.key.small.soft", {}, el("span", {}, swatch("good"), "contrast of 4.5 or more"), el("span", {}, swatch("poor"), "less contrast")) : el("p.soft", {}, "The pictures are past their day."),
    list);
}

function onTheShelf(result, picture) {
  const which = result.arrangements ? `The first of ${result.arrangements} simulated shelves` : "Your photo of a shelf";
  return el("section", { "aria-labelledby": "look-title" }, el("h2", { id: "look-title" }, "Where eyes are likely to go"),
    el("p.soft", {}, `${which} with simulated attention over it. Grey is an even look or less; the lighter the colour, the more of the first looks. Colours mean the same on every pack above.`),
    el("img.shelf", { src: picture, alt: "The shelf with simulated attention over it: light where it is high" }));
}

function card(result, number, pictures) {
  const pack = result.packs[number];
  const best = result.packs.length > 1 && pack.ranks.length
    ? el("p.small.soft", {}, `best of ${result.packs.length} in ${chance(pack.ranks[0])} of draws`) : null;
  return el(`li.card${pack.own ? ".own" : ""}`, {},
    el("h3", {}, pack.id, " ", pack.own ? el("span.tag.plain", {}, "own") : null),
    el("div.figure-number", {}, whole(pack.score.value)),
    el("p.small", {}, pack.score.value === null ? "not scored" : `points, 95 % between ${whole(pack.score.low)} and ${whole(pack.score.high)}`),
    best,
    pictures ? photo(pack, number, pictures) : null,
    Object.entries(PILLARS).map(([key, name]) => pillar(key, name, pack.pillars[key])));
}

function photo(pack, number, pictures) {
  const measures = Object.fromEntries(pack.measures.map((one) => [one.name, one]));
  const poor = new Set((measures.contrast_enough_share?.evidence || []).map((one) => String(one.box)));
  const boxes = (measures.contrast_median?.evidence || []).slice(0, 40).map(({ box, words }) => {
    const shape = svg(`rect${poor.has(String(box)) ? ".poor" : ""}`, { x: 100 * box[0], y: 100 * box[1], width: 100 * (box[2] - box[0]), height: 100 * (box[3] - box[1]) });
    shape.append(svg("title", {}, words));
    return shape;
  });
  return el("div.stack", {},
    el("img", { src: pictures.photos[number], alt: `Photo of ${pack.id}`, "data-photo": pictures.photos[number], "data-attention": pictures.attention[number] }),
    svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, boxes));
}

function pillar(key, name, told) {
  const missing = told.missing.length ? el("span.small.soft", {}, `${told.missing.length} missing part${told.missing.length > 1 ? "s" : ""}, so the interval is wider`) : null;
  return [
    el("div.pillar", {}, el("span", {}, name, tip(name, ABOUT[key])), el("span", {}, three(told))),
    told.value === null ? null : svg("svg.range", { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect.all", { x: 0, y: 2, width: 100, height: 8 }),
      svg("rect.likely", { x: told.low, y: 2, width: Math.max(1.5, told.high - told.low), height: 8 }),
      svg("rect.middle", { x: Math.min(98.5, told.value - 0.75), y: 0, width: 1.5, height: 12 })),
    missing,
  ];
}

/** A table that scrolls by itself, by keys too. */
function table(name, head, rows, kind = "table") {
  return el("div.scroll", { tabindex: 0, role: "region", "aria-label": name },
    el(kind, {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
}
const column = (words, number = false) => el(`th${number ? ".number" : ""}`, { scope: "col" }, words);
const rowHead = (...words) => el("th", { scope: "row" }, ...words);

function ahead(result, order) {
  const packs = result.packs;
  const rows = order.map((i) => el("tr", {}, rowHead(packs[i].id), order.map((j) => {
    const share = result.beats[i][j];
    return i === j ? el("td.soft", {}, "–") : el(`td.${share > 0.5 ? "ahead" : "behind"}`, {}, chance(share));
  })));
  return el("section", { "aria-labelledby": "ahead-title" }, el("h2", { id: "ahead-title" }, "Who is ahead of whom"),
    el("p.soft", {}, "In how many draws the pack of the row has more points than the pack of the column; a tie counts half."),
    table("Who is ahead of whom", [el("td"), order.map((j) => column(packs[j].id))], rows, "table.beats"));
}

function whatIf(result, pictures, tryEdits) {
  const own = result.packs.find((one) => one.own);
  if (!own) return null;
  return el("section", { id: "what-if", "aria-labelledby": "what-if-title" }, el("h2", { id: "what-if-title" }, "What if"),
    el("p.soft", {}, `The photo of ${own.id} is changed and everything is measured anew. Before and after share their chance, so the difference is surer than either score.`),
    tryEdits ? sliders(tryEdits) : el("p.soft", {}, "To try changes, drop the photos again: they are not kept."),
    result.what_if.length ? el("ul.edits", {}, result.what_if.map((one, i) => edit(one, pictures?.edits[i]))) : null);
}

function edit(one, picture) {
  const words = one.words.charAt(0).toUpperCase() + one.words.slice(1);
  const body = one.score === null ? el("p", {}, "It cannot be scored.") : [
    el("p", {}, el(`span.${one.score.change.value > 0 ? "up" : "down"}`, {}, `${signed(one.score.change.value)} points`),
      ` (${signed(one.score.change.low)} to ${signed(one.score.change.high)}); better in ${chance(one.better)} of draws`),
    el("ul", {}, Object.keys(PILLARS).filter((key) => one.pillars[key]).map((key) => el("li", {}, `${PILLARS[key]} ${changed(one.pillars[key])}`)),
      one.measures.slice(0, 3).map((part) => el("li.soft", {}, `${part.title}: ${figure(part.before, part.unit)} → ${figure(part.after, part.unit)}`)))];
  return el("li.card", {}, picture ? el("img", { src: picture, alt: `${one.pack}: ${one.words}` }) : el("span"),
    el("div", {}, el("h3", {}, words), body, one.note ? el("p.small.soft", {}, one.note) : null));
}

function hero(result) {
  if (!result.hero) return null;
  const reports = result.hero.packs;
  const sign = { pass: "✓ ", fail: "✗ " };
  const rows = reports[0].checks.map((check, i) => el("tr", {}, rowHead(check.kind.replaceAll("_", " "), check.required ? "" : " (advice)"),
    reports.map((one) => el("td", {}, el("strong", {}, `${sign[one.checks[i].verdict] || "? "}${one.checks[i].verdict}`), " ", el("span.soft", {}, `${one.checks[i].says}.${one.checks[i].remedy ? ` ${one.checks[i].remedy}` : ""}`)))));
  return el("section", { "aria-labelledby": "hero-title" }, el("h2", { id: "hero-title" }, "As a shop's main photo"), el("p.soft", {}, reports[0].title),
    table("Checks as a main photo", [column("Check"), reports.map((one) => column(one.pack))], rows, "table.checks"));
}

function hangsOn(result) {
  const rows = result.packs.flatMap((pack) => result.sensitivity.filter((one) => one.pack === pack.id).slice(0, 3).map((one, i) =>
    el("tr", {}, rowHead(i ? "" : pack.id), el("td", {}, one.input.replaceAll("_", " "), one.kind === "missing" ? " (missing)" : ""),
      el("td.number", {}, `${one.correlation > 0 ? "+" : "−"}${Math.abs(one.correlation).toFixed(2)}`), el("td.number", {}, `${(100 * one.share).toFixed(0)} %`))));
  if (!rows.length) return null;
  return el("section", { "aria-labelledby": "hangs-title" }, el("h2", { id: "hangs-title" }, "What the scores hang on"),
    el("p.soft", {}, "Which input moves a score most over the draws: its rank correlation with the score, and its part of all."),
    table("What the scores hang on", [column("Pack"), column("Input"), column("Correlation", true), column("Part", true)], rows));
}

function figures(result) {
  const names = new Map();
  for (const pack of result.packs) for (const one of pack.measures) {
    const before = names.get(one.name);
    if (!before || (!before.scored && one.points)) names.set(one.name, { ...one, scored: one.points !== null });
  }
  const rank = (one) => (one.scored ? Object.keys(PILLARS).indexOf(one.pillar) : 9);
  const rows = [...names.values()].sort((a, b) => rank(a) - rank(b)).map((one) => el("tr", {},
    rowHead(one.title.charAt(0).toUpperCase() + one.title.slice(1)), el("td", {}, one.scored ? PILLARS[one.pillar] : "not scored"),
    result.packs.map((pack) => {
      const mine = pack.measures.find((each) => each.name === one.name);
      return el("td.number", {}, figure(mine?.value, one.unit), mine?.points ? el("span.soft", {}, ` · ${whole(mine.points.value)}`) : null);
    })));
  return el("details", {}, el("summary", {}, "Every figure, and its points"),
    table("Every figure", [column("Figure"), column("Pillar"), result.packs.map((pack) => column(pack.id, true))], rows));
}

const problem = (one) => `${one.row === null ? "" : `Row ${one.row}: `}${one.field} ${one.reason}. ${one.remedy}`;

/** Packs that are not compared, where somebody looks first. */
function leftOut(result) {
  const dropped = result.problems.filter((one) => one.dropped);
  if (!dropped.length) return null;
  const shown = dropped.slice(0, 5).map((one) => el("li", {}, problem(one)));
  return el("div.note.warn", {}, el("p", {}, dropped.length === 1 ? "One pack could not be used:" : `${dropped.length} packs could not be used:`),
    el("ul", {}, shown, dropped.length > 5 ? el("li", {}, "The others stand at the end of this page.") : null));
}

/** Where attention was simulated, and by which map where it is not the usual one. */
function seenWhere(result) {
  const where = result.arrangements ? `Seen on ${result.arrangements} simulated shelves` : "Seen on your photo of a real shelf, so by one look";
  const map = result.saliency && result.saliency.name !== "sum" ? `, by the map ${result.saliency.name}${result.saliency.file ? ` (${result.saliency.file})` : ""}` : "";
  return `${where}${map}.`;
}

function notScored(result) {
  const parts = result.not_scored.map((one) => el("li", {}, `${one.part.replaceAll("_", " ")}: ${one.why_not}.`));
  const problems = result.problems.map((one) => el("li", {}, problem(one)));
  return el("details", {}, el("summary", {}, "Not scored, and other notes"), el("ul", {}, parts, problems, result.notes.slice(1).map((one) => el("li", {}, one))));
}
