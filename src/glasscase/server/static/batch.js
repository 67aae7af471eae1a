// The page of one batch: which part is shown follows from its state, which is asked for again and again.

import { ask } from "/static/api.js";
import { announce, duration, el, find, put } from "/static/dom.js";
import { showDraft } from "/static/batch_columns.js";
import { Results } from "/static/batch_results.js";

const FIRST_MS = 700;
const SLOWEST_MS = 20_000;
const HIDDEN_MS = 5_000;
const OVER = ["finished", "failed", "cancelled"];
const WORDS = {
  waiting: "It waits for its turn.",
  paused: "It is paused.",
  cancelled: "It was cancelled; what was answered before stays.",
  finished: "Every row has an answer.",
};

const root = find("#batch");
const path = `/v1/batches/${JSON.parse(root.dataset.batch).id}`;
const results = new Results(path);
let batch = null;
let wait = FIRST_MS;
let timer = null;

/** Show `told`, the batch as it stands now. */
function show(told) {
  const before = batch;
  batch = told;
  find("#state").textContent = told.state;
  find("#failed").hidden = told.state !== "failed";
  find("#failed").textContent = `It could not be finished. ${told.message}`;
  find("#draft").hidden = told.state !== "draft";
  find("#running").hidden = told.state === "draft";
  find("#results").hidden = !told.done;
  find("#delete").hidden = told.state === "running" || told.state === "draft";
  find("#progress-bar").value = told.total ? told.done / told.total : 0;
  find("#progress-words").textContent = progressWords(told);
  find("#pause").hidden = !["running", "waiting"].includes(told.state);
  find("#resume").hidden = told.state !== "paused";
  find("#cancel").hidden = OVER.includes(told.state);
  put(find("#verdicts"), verdicts(told));
  if (told.done && (!before || before.done !== told.done || before.state !== told.state)) results.refresh(told.state === "running");
  if (before && before.state !== told.state && WORDS[told.state]) announce(WORDS[told.state]);
}

function progressWords(told) {
  const rows = `${told.done.toLocaleString("en")} of ${told.total.toLocaleString("en")} rows`;
  if (told.state !== "running") return told.state === "finished" ? `${told.done.toLocaleString("en")} rows. ${WORDS.finished}` : `${rows}. ${WORDS[told.state] || ""}`;
  if (!told.rows_per_second) return `${rows} …`;
  const speed = told.rows_per_second < 10 ? told.rows_per_second.toFixed(1) : Math.round(told.rows_per_second);
  return `${rows} · ${speed} rows a second · ${duration(Math.max(1, told.seconds_left))} left`;
}

function verdicts(told) {
  const shown = [
    ["accept", told.counts.accept, "can be taken as they are"],
    ["review", told.counts.review, "should be looked at"],
    ["abstain", told.counts.abstain, "the model does not know"],
    ["plain", told.problems, "have a problem"],
  ];
  return shown.map(([kind, count, words]) =>
    el("div", {}, el("dt", {}, el(`span.tag.${kind}`, {}, kind === "plain" ? "problem" : kind)), el("dd", {}, el("strong", {}, count.toLocaleString("en")), ` ${words}`)),
  );
}

/** Ask how it stands, and again while it is not over. */
async function poll() {
  clearTimeout(timer);
  try {
    show(await ask(path));
    wait = FIRST_MS;
  } catch (refusal) {
    wait = Math.min(2 * wait, SLOWEST_MS);
    if (refusal.status === 404) return;
  }
  if (!OVER.includes(batch.state) && batch.state !== "draft") timer = setTimeout(poll, document.hidden ? HIDDEN_MS : wait);
}

for (const what of ["pause", "resume", "cancel"]) {
  find(`#${what}`).addEventListener("click", async () => {
    find("#steer-error").textContent = "";
    try {
      show(await ask(`${path}/${what}`, { method: "POST" }));
    } catch (refusal) {
      find("#steer-error").textContent = refusal.sentence;
    }
    poll();
  });
}
document.addEventListener("visibilitychange", () => document.hidden || poll());

const dialog = find("#delete-dialog");
find("#delete").addEventListener("click", () => dialog.showModal());
find("#delete-sure").addEventListener("click", async () => {
  try {
    await ask(path, { method: "DELETE" });
    location.assign("/batch");
  } catch (refusal) {
    find("#delete-error").textContent = refusal.sentence;
  }
});

show(JSON.parse(root.dataset.batch));
if (batch.state === "draft") {
  showDraft(path, {
    usualDays: Number(root.dataset.usualDays),
    reviewDays: Number(root.dataset.reviewDays),
    started: (made) => {
      show(made.batch);
      find("#running-title").scrollIntoView({ block: "center" });
      poll();
    },
  });
} else poll();
