// Training with what was decided: started here, followed, and offered; it answers once somebody says so.

import { ask, Refusal } from "/static/api.js";
import { announce, el, find, put } from "/static/dom.js";

const EVERY = 1000;
const OVER = ["finished", "failed", "cancelled"];

/** Wire the card, where this person may train. */
export function watchTraining() {
  if (!document.querySelector("#retrain")) return;
  const button = find("#retrain-start");
  button.addEventListener("click", () => start(button).catch(told));
  latest(button).catch(told);
}

async function latest(button) {
  const { jobs } = await ask("/v1/models/retrain");
  const job = jobs[0];
  if (!job) return;
  if (OVER.includes(job.state)) draw(job);
  else await follow(job, button);
}

async function start(button) {
  put(find("#retrain-result"));
  await follow(await ask("/v1/models/retrain", { json: {} }), button);
}

async function follow(job, button) {
  button.disabled = true;
  try {
    while (!OVER.includes(job.state)) {
      say(job.message || "Waiting to begin …");
      const line = find("#retrain-progress");
      line.hidden = false;
      if (job.total) Object.assign(line, { max: job.total, value: job.done });
      else line.removeAttribute("value");
      await new Promise((ready) => setTimeout(ready, EVERY));
      job = await ask(`/v1/models/retrain/${job.id}`);
    }
  } finally {
    button.disabled = false;
    find("#retrain-progress").hidden = true;
  }
  draw(job);
}

function draw(job) {
  if (job.state !== "finished") {
    say(job.message || "The training was stopped.");
    return;
  }
  const { report } = job;
  find("#retrain-start").classList.remove("primary"); // what was made is the next thing to look at
  say(report.advice);
  announce(report.advice);
  const use = el("button.primary", { type: "button", onclick: () => activate(job, use).catch(told) }, "Let the new model answer");
  put(
    find("#retrain-result"),
    el("ul", {}, report.sentences.map((one) => el("li", {}, one))),
    el("p.row", {}, job.active ? el("span.tag.accept", {}, "it answers now") : use, el("a.button", { href: `/v1/models/retrain/${job.id}/report`, target: "_blank", rel: "noopener" }, "Report before and after")),
  );
}

async function activate(job, button) {
  button.disabled = true;
  try {
    await ask(`/v1/models/${job.report.model}/activate`, { method: "POST" });
  } finally {
    button.disabled = false;
  }
  button.replaceWith(el("span.tag.accept", {}, "it answers now"));
  announce("The new model answers now.");
}

function say(words) {
  find("#retrain-state").textContent = words;
}

function told(error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.sentence);
}
