// The explanation, part by part as it comes: sections stand there from the start, waiting.

import { bar, el, percent, put, tip } from "/static/dom.js";
import { compared } from "/static/analysis_pictures.js";
import { plot } from "/static/analysis_plots.js";

const leaf = (label) => label.split(" > ").at(-1);
const SPOKEN = { text: "Words", image: "Photos" };
const FIRST = "words,photo";
const SECTIONS = [
  ["photo", FIRST, "What the photo says", "Coloured is where the photo speaks for this category, as the model sees it; the brighter the more. It does not mean that these places are what makes the thing what it is."],
  ["words", FIRST, "What the words say", "Words were taken away again and again, and the model was asked each time. A word that lowers the probability when it goes speaks for the category."],
  ["shares", FIRST, "Who had a say", "How strongly words and photos push the answer, each measured with and without the other (Shapley values)."],
  ["near", FIRST, "Most alike in training", "The training products whose words and photos are nearest to this one, as the model sees them. If their categories are wrong, so may be the answer."],
  ["rival", "rival,flip", "Why not the runner-up", "What tells the two likeliest categories apart for this product."],
  ["flip", "rival,flip", "What would change the answer", "The less it takes to change an answer, the less firmly it stands. These are changes of what the model is shown, not of the product."],
  ["check", "check", "Does this explanation hold?", "The model was asked again while parts were taken away. If the explanation is right, the answer falls soonest when what it points at goes first."],
];

export class Explanation {
  constructor(place) {
    this._place = place;
    this._sections = {};
  }

  hide() {
    this._place.hidden = true;
    put(this._place);
  }

  /** Skeletons of all sections for this answer. */
  start(answer) {
    this._answer = answer;
    this._sections = {};
    put(
      this._place,
      SECTIONS.map(([name, , title, words]) => {
        const body = el("div", { "aria-busy": "true" }, waiting(name));
        this._sections[name] = body;
        return el("section.card", { id: `explained-${name}`, "aria-labelledby": `explained-${name}-title` }, el("h2", { id: `explained-${name}-title` }, title, tip(title.toLowerCase(), words)), body);
      }),
    );
    this._place.hidden = false;
  }

  /** Fill the sections that `parts` was asked for with what was told. */
  show(parts, told) {
    const draw = { photo, words: coloured, shares, near, rival, flip, check };
    for (const [name, asked] of SECTIONS) if (asked === parts) this._fill(name, draw[name](told));
  }

  /** Say in the sections of `parts` why there is nothing. */
  failed(parts, sentence) {
    for (const [name, asked] of SECTIONS) if (asked === parts) this._fill(name, el("p.error", {}, sentence));
  }

  _fill(name, content) {
    const body = this._sections[name];
    body.removeAttribute("aria-busy");
    body.parentElement.hidden = content === null;
    put(body, content);
  }
}

function waiting(name) {
  const lines = name === "photo" ? [el("span.skeleton.picture")] : [el("span.skeleton"), el("span.skeleton")];
  return [el("span.sr", {}, "Being worked out"), ...lines];
}

function photo(told) {
  const pictures = told.pictures || [];
  if (!pictures.length) return null;
  const mapped = pictures.some((one) => one.overlay);
  return [
    el("div.pictures", {}, pictures.map((one) => compared(one))),
    mapped ? el("p.soft.small", {}, "Weak ", el("span.ramp", { role: "img", "aria-label": "from violet to yellow" }), ` strong. Where no colour lies, nothing speaks for “${told.label}”.`) : null,
    told.heat_note ? el("p.soft", {}, told.heat_note) : null,
    told.photo_words?.length ? [el("h3", {}, "Words read on the photo"), el("p", { dir: "auto" }, told.photo_words.join(" · ")), el("p.soft.small", {}, "Read by machine, with its mistakes; they count as part of the photo.")] : null,
  ];
}

/** The text with its words coloured, what the colours mean, and how far to trust them. */
export function coloured(told) {
  const spans = told.spans || [];
  if (!spans.length) return el("p.soft", {}, told.words?.note || "There are no words.");
  const group = el("div.words", { dir: "auto", role: "group", "aria-label": "The text; arrow keys go from one coloured word to the next", tabindex: spans.length > 60 ? "0" : null }, spans.map(spoken));
  walkable(group);
  return [
    group,
    el("p.soft.small", {}, el("span.key-for", {}, "Blue, underlined +"), ` speaks for “${told.label}”. `, el("span.key-against", {}, "Orange, dashed −"), " speaks against it. Words without colour hardly matter. Point at a word for its weight."),
    told.words?.note ? el("p.soft.small", {}, told.words.note) : null,
    trust(told.words),
  ];
}

function spoken(span) {
  if (!span.kind) return span.text;
  const word = el(
    `button.w.${span.kind}`,
    { type: "button", tabindex: "-1", "data-tip": `“${span.text}” speaks ${span.kind} it: ${span.weight}.` },
    span.text,
    el("sup", { "aria-hidden": "true" }, span.sign),
    el("span.sr", {}, ` (${span.kind}, ${span.weight})`),
  );
  word.style.setProperty("--s", span.strength);
  return word;
}

/** One tab stop for all coloured words; arrow keys go along. */
function walkable(group) {
  const all = [...group.querySelectorAll(".w")];
  if (!all.length) return;
  all[0].tabIndex = 0;
  const enter = (word) => {
    for (const one of all) one.tabIndex = one === word ? 0 : -1;
  };
  group.addEventListener("focusin", (event) => event.target.matches(".w") && enter(event.target));
  group.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined || !all[next]) return;
    event.preventDefault();
    all[next].focus();
  });
}

function trust(report) {
  if (!report || report.method === "none") return null;
  if (report.method === "exact") return el("p.soft.small", {}, "These weights are exact: every combination of the words was tried.");
  const again = report.overlap >= 0.85 ? "others would name the same words as the heaviest." : `of the five heaviest words others would name about ${(5 * report.overlap).toFixed(1)} again.`;
  return el("p.soft.small", {}, `${report.samples} variants of the text were read; ${again}`);
}

function shares(told) {
  if (!told.shares?.length) return null;
  return [
    el(
      "ul.shares",
      {},
      told.shares.map((one) => {
        const kind = one.value >= 0 ? "for" : "against";
        const name = SPOKEN[one.modality] || one.modality;
        return el(
          "li",
          {},
          el("div.spread", {}, el("b", {}, name), el("span", {}, `${percent(one.share, 0)} of the say, `, el(`span.${kind}-ink`, {}, `${kind} it`), tip(`the share of the ${name.toLowerCase()}`, `They push the score ${one.value >= 0 ? "up" : "down"} by ${Math.abs(one.value).toFixed(1)} (log-odds: +1 makes it 2.7 times as likely).`))),
          bar(one.share, `Share of the ${name.toLowerCase()}`, kind),
        );
      }),
    ),
    told.sentence ? el("p", {}, told.sentence) : null,
  ];
}

function near(told) {
  if (!told.neighbours?.length) return null;
  return el(
    "ul.near",
    {},
    told.neighbours.map((one) =>
      el(
        "li",
        {},
        one.thumbnail ? el("img", { src: one.thumbnail, alt: "" }) : null,
        el("b", { dir: "auto" }, one.label),
        el("span.title", { dir: "auto", title: one.title }, one.title),
        el("span.soft", {}, `${percent(Math.max(0, one.similarity), 0)} alike · ${one.id}`),
      ),
    ),
  );
}

function rival(told) {
  const against = told.rival;
  if (!against) return el("p.soft", {}, "There is no other category to compare with.");
  const heaviest = new Map();
  for (const one of [...against.words.words].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))) {
    if (!heaviest.has(one.word) && Math.abs(one.weight) >= 0.05) heaviest.set(one.word, one.weight);
  }
  const rows = [...heaviest].slice(0, 6);
  return [
    el("p", {}, `“${against.against}” comes second, with ${percent(against.probability_against)}. ${against.sentence}`),
    rows.length
      ? el(
          "div.scroll",
          { tabindex: 0, role: "region", "aria-label": "The words that tell the two apart most" },
          el(
            "table.tight",
            {},
            el("caption", {}, "The words that tell the two apart most"),
            el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Word"), el("th", { scope: "col" }, "Speaks for"), el("th.number", { scope: "col" }, "Log-odds", tip("log-odds", "They compare the two: +1 makes the answer 2.7 times as likely beside the runner-up, −1 the other way round.")))),
            el(
              "tbody",
              {},
              rows.map(([word, weight]) =>
                el("tr", {}, el("th", { scope: "row", dir: "auto" }, word), el("td", {}, el(`span.${weight > 0 ? "for" : "against"}-ink`, {}, leaf(weight > 0 ? against.label : against.against))), el("td.number", {}, `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(2)}`)),
              ),
            ),
          ),
        )
      : null,
  ];
}

function flip(told) {
  const sentences = told.flip?.sentences || [];
  if (!sentences.length) return el("p.soft", {}, "Nothing that was tried changes it.");
  const regions = (told.regions || []).filter((one) => one.picture);
  return [
    el("ul.changes", {}, sentences.map((one) => el("li", {}, one))),
    regions.length ? el("div.regions", {}, regions.map((one) => el("figure", {}, el("img", { src: one.picture, alt: "The photo with a blurred region" }), el("figcaption", {}, one.words)))) : null,
  ];
}

function check(told) {
  if (!told.checks?.length) return null;
  return el("div.plots", {}, told.checks.map((one) => plot(one, told.label)));
}
