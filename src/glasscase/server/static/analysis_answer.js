// The answer, as soon as it is there: category, confidence, verdict, what else it might be.

import { announce, bar, duration, el, percent, plainly, put, tip } from "/static/dom.js";

const VERDICTS = {
  accept: "sure enough to be taken",
  review: "a person should look",
  abstain: "a person should decide",
};
const SHOWN = 5;
const STRANGE = 0.02;

/** Of 100 such answers, how many are right: what a calibrated probability means. */
export function ofHundred(probability) {
  const right = Math.round(100 * probability);
  const about = right >= 100 ? "more than 99" : right <= 0 ? "fewer than 1" : `about ${right}`;
  return `Of 100 answers as sure as this one, ${about} ${right === 1 ? "is" : "are"} right.`;
}

/** Draw `answer` (of POST /v1/predict) into `card`; `waited` seconds, or null for an old answer. */
export function showAnswer(card, answer, waited) {
  put(card, answer.label ? whole(answer) : none(answer), problems(answer.problems || []), times(answer, waited), el("div.actions-row", { id: "answer-actions" }));
  card.hidden = false;
  const sure = answer.label ? `${leaf(answer.label)}, ${percent(answer.probability, 0)} sure, ${VERDICTS[answer.verdict]}.` : "No answer.";
  announce(`Answer: ${sure}`);
}

const leaf = (label) => label.split(" > ").at(-1);

function whole(answer) {
  const parents = answer.label.split(" > ").slice(0, -1);
  return [
    parents.length ? el("p.parents", {}, `${parents.join(" › ")} ›`) : null,
    el("h2.label", { id: "answer-label", dir: "auto" }, leaf(answer.label)),
    el(
      "p.verdict-line",
      {},
      el(`span.tag.${answer.verdict}`, {}, answer.verdict),
      el(
        "span",
        {},
        `${VERDICTS[answer.verdict].replace(/^./, (first) => first.toUpperCase())}: ${reason(answer)} `,
        tip(
          "the verdict",
          "accept: the answer may be taken without looking. review: the model leans one way, a person should look. abstain: it does not know. Where the line lies is a setting of the model, or the promise it made.",
        ),
      ),
    ),
    stated(answer),
    el("div.figures", {}, el("div", {}, confidence(answer), el("h3", {}, "What it went by", tip("what it went by", "How much of the push towards or away from this category came from the words and how much from the photos. Together 100 %.")), shares(answer)), ranks(answer)),
  ];
}

const reason = (answer) => {
  const words = plainly(answer.reason);
  return words ? words.charAt(0).toLowerCase() + words.slice(1) : "";
};

function none(answer) {
  return [
    el("h2.label", { id: "answer-label" }, "No answer"),
    el("p.verdict-line", {}, el("span.tag.abstain", {}, "abstain"), el("span", {}, answer.reason || "Nothing of this product could be used.")),
  ];
}

/** The deepest category that can be stated, where it is not the answer itself. */
function stated(answer) {
  if (!answer.category || answer.category === answer.label) return null;
  const sure = answer.category_probability ? ` (${percent(answer.category_probability)})` : "";
  return el(
    "p.note",
    {},
    `Sure as far as “${answer.category}”${sure}, unsure which kind of it.`,
    tip("the category above", "The categories form a tree. Where two kinds of one branch are hard to tell apart, the branch itself can still be certain."),
  );
}

function confidence(answer) {
  const right = Math.round(100 * answer.probability);
  const meant = isStrange(answer.unknown) ? `Of goods the model knows, about ${right} of 100 such answers are right; this one is unlike them.` : ofHundred(answer.probability);
  return [
    el("h3", {}, "Confidence", tip("the confidence", `${ofHundred(answer.probability)} The figure is calibrated: it was checked against products the model had not seen in training.`)),
    el("p.figure-number", { id: "confidence" }, percent(answer.probability)),
    bar(answer.probability, "Confidence", answer.verdict),
    el("p.soft.small", {}, meant),
    strange(answer.unknown),
  ];
}

const isStrange = (unknown) => unknown !== null && unknown !== undefined && unknown < STRANGE;

function strange(unknown) {
  if (unknown === null || unknown === undefined) return null;
  const rare = isStrange(unknown);
  const words = rare
    ? "Unlike what the model knows: fewer than 2 in 100 known products are so far from the others."
    : `Like what the model knows: ${Math.round(100 * unknown)} in 100 known products are at least as unusual.`;
  return el(
    "p.small",
    { class: rare ? "small error" : "small soft" },
    words,
    tip("how usual it is", "A product of a kind the model never saw still gets an answer. This figure says how unusual the product is beside the training products; a very small one means: do not trust the category."),
  );
}

function shares(answer) {
  const named = [
    ["Words", answer.text_share],
    ["Photos", answer.image_share],
  ].filter(([, share]) => share > 0);
  if (!named.length) return el("p.soft.small", {}, "Not known.");
  if (named.length === 1) return el("p.soft.small", {}, `Only the ${named[0][0].toLowerCase()}.`);
  return el("ul.ranks", {}, named.map(([name, share]) => el("li", {}, el("span", {}, name), el("span.number", {}, percent(share, 0)), bar(share, `Share of the ${name.toLowerCase()}`))));
}

function ranks(answer) {
  return el(
    "div",
    {},
    el("h3", {}, "Most probable", tip("the other categories", "The model gives every category a probability; together they make 100 %. Two close ones at the top mean it hesitates between them.")),
    el(
      "ol.ranks",
      {},
      (answer.top_k || []).slice(0, SHOWN).map((one) =>
        el("li", {}, el("span", { dir: "auto", title: one.label }, leaf(one.label)), el("span.number", {}, percent(one.probability)), bar(one.probability, `Probability of ${leaf(one.label)}`)),
      ),
    ),
    (answer.label_set || []).length > 1 && answer.verdict !== "accept"
      ? el("p.soft.small", {}, `A reviewer should choose from: ${answer.label_set.map(leaf).join(", ")}.`)
      : null,
  );
}

function problems(told) {
  if (!told.length) return null;
  return el("div.note.warn", {}, el("p", {}, el("b", {}, "Not all of it could be used")), el("ul", {}, told.map((one) => el("li", {}, one))));
}

function times(answer, waited) {
  const model = answer.milliseconds === undefined ? "" : `Answered in ${duration(answer.milliseconds / 1000)}`;
  const wait = waited === null ? "." : `; on this page after ${duration(waited)}.`;
  return el(
    "p.soft.small.times",
    {},
    `${model}${wait}`,
    el("span", { id: "times-explained" }),
    tip("the time taken", "The first figure is the time the service needed, the second what you waited, with the upload and the drawing of this page."),
  );
}
