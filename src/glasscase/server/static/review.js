// The page Review: products are handed out one by one and decided by keys or by buttons. A decision
// is over when the service has stored it; until then the product stays where it is.

import { Explanation } from "/static/analysis_explanation.js";
import { Refusal, ask, worded } from "/static/api.js";
import { CategoryBox, leaf } from "/static/category_box.js";
import { announce, el, find, percent, put, toast } from "/static/dom.js";
import { drawItem, preload, title } from "/static/review_item.js";
import { watchTraining } from "/static/review_training.js";

const NAME = "glasscase-reviewer";
const AHEAD = 3;
const PARTS = "words,photo";
const SETTLED = 350; // milliseconds a product stands before its explanation is asked for

const desk = find("#desk");
const asksName = Boolean(desk.dataset.asksName);
const explanation = new Explanation(find("#explanation"));
let reviewer = asksName ? localStorage.getItem(NAME) || "" : "";
let items = [];
let shown = null;
let shownAt = 0;
let hiddenAt = 0;
let busy = false;
let explaining = null;

const box = new CategoryBox(find("#tree"), find("#tree-list"), {
  chosen: (label) => decide(label === shown?.label ? "accept" : "choose", label),
  left: () => find("#product-title").focus(),
  failed: told,
});

/** Say what went wrong; what is no refusal is a mistake of ours and goes to the console. */
function told(error) {
  toast(worded(error), "bad");
  if (!(error instanceof Refusal)) throw error;
}

/** Ask for the products to look at; those held already come again, so this renews the hold. */
async function refill() {
  const answer = await ask("/v1/reviews/next", { json: { reviewer, most: AHEAD } });
  const known = new Map(items.map((one) => [one.id, one]));
  const current = shown && answer.items.find((one) => one.id === shown.id);
  items = answer.items.map((one) => known.get(one.id) || one);
  if (current) items = [shown, ...items.filter((one) => one.id !== shown.id)];
  for (const one of answer.items) if (!known.has(one.id)) preload(one);
  tellProgress(answer);
  if (!current) show(items[0] || null);
}

function tellProgress(answer) {
  const each = answer.median_seconds;
  const pace = each === null ? "" : each < 1 ? ", under a second each" : `, ${each.toFixed(0)} s each`;
  put(find("#progress"), `${answer.decided} done in the last hour, ${answer.left} left${pace}`);
}

/** Put a product on the desk; null: there is none. */
function show(item) {
  explaining?.abort();
  shown = item;
  find("#item").hidden = item === null;
  find("#nothing").hidden = item !== null;
  explanation.hide();
  box.clear();
  if (item === null) {
    announce("Nothing to look at.");
    return;
  }
  drawItem(item, decide);
  shownAt = performance.now();
  find("#product-title").focus({ preventScroll: true });
  if (matchMedia("(max-width: 860px)").matches) scrollTo({ top: 0 });
  const says = item.label === null ? "The model has no answer." : `The model says ${leaf(item.label)}, ${percent(item.probability, 0)} sure.`;
  announce(`${title(item)}. ${says} ${item.choices.length} to choose from.`);
  if (desk.dataset.explains && item.kept && item.label !== null) explain(item);
}

/** Why the model says so, beside the product as soon as it is worked out. */
async function explain(item) {
  const mine = new AbortController();
  explaining = mine;
  explanation.start({ prediction_id: item.prediction_id, label: item.label });
  for (const name of ["near", "rival", "flip", "check"]) {
    const section = document.getElementById(`explained-${name}`);
    if (section) section.hidden = true;
  }
  const form = new FormData();
  form.append("prediction_id", item.prediction_id);
  form.append("parts", PARTS);
  await new Promise((ready) => setTimeout(ready, SETTLED)); // who decides at once needs none
  if (explaining !== mine || mine.signal.aborted) return;
  try {
    const answer = await ask("/v1/explain", { form, signal: mine.signal });
    if (explaining === mine) explanation.show(PARTS, answer);
  } catch (error) {
    if (error.name === "AbortError" || explaining !== mine) return;
    if (!(error instanceof Refusal)) throw error;
    explanation.failed(PARTS, error.sentence);
  }
}

/** Store a decision, then go on. */
async function decide(action, label = null) {
  if (!shown || busy) return;
  if (action === "accept" && shown.label === null) {
    toast("The model has no answer to accept. Choose a category.", "bad");
    return;
  }
  busy = true;
  desk.setAttribute("aria-busy", "true");
  const item = shown;
  const seconds = Math.min(86400, Math.max(0, (performance.now() - shownAt) / 1000));
  try {
    const made = await ask(`/v1/reviews/${item.id}/decide`, { json: { reviewer, action, label, seconds } });
    if (made.note) toast(made.note);
    else if (made.state === "disagreed") toast("The other person said something else: listed as disagreed.");
    next(item);
  } catch (error) {
    if (error instanceof Refusal && error.status === 409) next(item); // somebody else has it now
    told(error);
  } finally {
    busy = false;
    desk.removeAttribute("aria-busy");
  }
}

function next(item) {
  items = items.filter((one) => one.id !== item.id);
  show(items[0] || null);
  refill().then(figures).catch(told);
}

async function undo() {
  if (busy) return;
  try {
    const { item } = await ask("/v1/reviews/undo", { json: { reviewer } });
    if (!item) {
      toast("There is nothing to undo.");
      return;
    }
    items = [item, ...items.filter((one) => one.id !== item.id)];
    show(item);
    toast(`Taken back: ${title(item)}`);
    tellProgress(await ask("/v1/reviews/next", { json: { reviewer, most: AHEAD } }));
    figures();
  } catch (error) {
    told(error);
  }
}

async function secondOpinion() {
  if (!shown || busy || shown.wanted > 1) return;
  try {
    const item = await ask(`/v1/reviews/${shown.id}/second-opinion`, { json: { reviewer } });
    if (item.id !== shown.id) return;
    shown.wanted = item.wanted;
    find("#second-note").hidden = false;
    find("#second").disabled = true;
    find("#product-title").focus({ preventScroll: true });
    announce("Another person is asked as well. Say what you think.");
  } catch (error) {
    told(error);
  }
}

/** The figures under the product. */
async function figures() {
  const stats = await ask("/v1/reviews/stats");
  const card = (value, words) => el("div.card", {}, el("p.figure-number", {}, value), el("p.soft", {}, words));
  const agree = stats.pairs ? `${stats.agreed} of ${stats.pairs}` : "–";
  put(
    find("#figures"),
    card(String(stats.counts.open), stats.counts.held ? `open, ${stats.counts.held} of them being looked at` : "open"),
    card(String(stats.counts.decided), `decided, ${stats.decided_last_hour} in the last hour`),
    card(String(stats.counts.disagreed), "on which people disagree"),
    card(agree, "second opinions that agree"),
    stats.people.length > 1 ? people(stats.people) : null,
  );
}

function people(all) {
  const rows = all.map((one) => el("tr", {}, el("th", { scope: "row" }, one.by), el("td.number", {}, one.decided), el("td.number", {}, one.skipped), el("td.number", {}, one.median_seconds === null ? "–" : `${one.median_seconds.toFixed(0)} s`)));
  const head = ["Person", "Decided", "Skipped", "Each"].map((name, at) => el(at ? "th.number" : "th", { scope: "col" }, name));
  return el("div.card.scroll", { tabindex: "0", role: "group", "aria-label": "The last 24 hours" }, el("table", {}, el("caption", {}, "The last 24 hours"), el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
}

const KEYS = {
  a: () => decide("accept"),
  Enter: () => decide("accept"),
  c: () => find("#tree").focus(),
  "/": () => find("#tree").focus(),
  s: () => decide("skip"),
  u: undo,
  o: secondOpinion,
  "?": () => find("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
  const onControl = event.target.closest("button, a, summary");
  if (event.key === "Enter" && onControl) return; // it does what it says
  const choice = /^[1-9]$/.test(event.key) ? shown?.choices[Number(event.key) - 1] : null;
  const act = choice ? () => decide(choice.label === shown.label ? "accept" : "choose", choice.label) : KEYS[event.key] || KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

find("#skip").addEventListener("click", () => decide("skip"));
find("#second").addEventListener("click", secondOpinion);
find("#undo").addEventListener("click", undo);
find("#show-keys").addEventListener("click", () => find("#keys").showModal());
find("#look-again").addEventListener("click", () => refill().catch(told));

// Time on another tab is no time of looking; products are held as long as the page is open.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenAt = performance.now();
  else if (hiddenAt) shownAt += performance.now() - hiddenAt;
});
setInterval(() => items.length && !busy && refill().catch(() => {}), (1000 * Number(desk.dataset.holdSeconds)) / 3);
addEventListener("pagehide", () => {
  for (const one of items) {
    fetch(`/v1/reviews/${one.id}/release`, {
      method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ reviewer }),
    });
  }
});
addEventListener("pageshow", (event) => event.persisted && begin());

/** Whose desk this is; asked once where no key says it. */
function askName() {
  const dialog = find("#who");
  find("#who-name").value = reviewer;
  dialog.showModal();
}

function begin() {
  if (asksName) find("#who-am-i").textContent = reviewer ? `You are ${reviewer}` : "Who reviews?";
  refill().then(figures).catch(told);
}

if (asksName) {
  find("#who-am-i").addEventListener("click", askName);
  find("#who-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = find("#who-name").value.trim().replace(/\s+/g, " ");
    if (!name) return;
    reviewer = name;
    localStorage.setItem(NAME, name);
    find("#who").close();
    items = [];
    shown = null;
    begin();
  });
}
if (asksName && !reviewer) {
  find("#progress").textContent = "Say who reviews, then the first product comes.";
  askName();
} else begin();
watchTraining();
