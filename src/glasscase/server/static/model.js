// The page Model: figures drawn, roles set, models loaded and compared.

import { Refusal, ask, worded } from "/static/api.js";
import { find, percent, toast } from "/static/dom.js";
import { follow, jobFile } from "/static/jobs.js";
import { showComparison } from "/static/model_comparison.js";
import { showCurves } from "/static/model_curves.js";

/** Run `work`; what is refused is said in `place`. */
async function saying(place, work) {
  place.textContent = "";
  try {
    await work();
  } catch (error) {
    place.textContent = worded(error);
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Ask in a dialog; true where the person is sure. */
function sure(title, words, yes) {
  const dialog = find("#sure");
  find("#sure-title").textContent = title;
  find("#sure-words").textContent = words;
  find("#sure-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const nameOf = (id) => document.querySelector(`[data-model="${CSS.escape(id)}"] .model-name`)?.textContent || id;

// How good it is
const shown = find("#shown");
async function fetchCurves() {
  const source = find("#figures-source");
  if (!shown.value) return;
  try {
    showCurves(await ask(`/v1/models/${shown.value}/curves`));
    source.textContent = `${nameOf(shown.value)}, on the products it had not seen when it answered, in training.`;
  } catch (error) {
    find("#curves").hidden = true;
    source.textContent = worded(error).replace(/: POST .*/, ", below.");
    const measure = document.querySelector("#measure");
    if (measure) measure.open = true;
  }
}
async function fetchTraffic() {
  const place = find("#traffic");
  place.textContent = "";
  if (!shown.value) return;
  const id = shown.value;
  const told = await ask(`/v1/models/${id}/traffic`).catch(() => null);
  if (!told || id !== shown.value) return;
  const reviewed = told.reviewed ? ` Of ${told.reviewed} that people looked at, ${told.confirmed} were confirmed.` : "";
  place.textContent = told.answers
    ? `In service it answered ${told.answers.toLocaleString("en")} products and accepted ${percent(told.accepted / told.answers)} of them.${reviewed}`
    : "In service it has answered nothing yet.";
}
for (const fetchAll of [fetchCurves, fetchTraffic]) {
  shown.addEventListener("change", fetchAll);
  fetchAll();
}

document.querySelector("#evaluate")?.addEventListener("submit", (event) => {
  event.preventDefault();
  saying(find("#evaluate-error"), async () => {
    const id = shown.value;
    const form = new FormData();
    form.append("file", find("#evaluate-file").files[0]);
    if (find("#evaluate-label").value) form.append("label", find("#evaluate-label").value);
    const job = await follow(await ask(`/v1/models/${id}/evaluate`, { form }), find("#evaluate-job"), "Measuring");
    if (job.state !== "finished") return;
    const curves = await jobFile(job, "curves.json");
    showCurves(curves);
    const seen = curves.trained_on
      ? ` It was trained on ${curves.trained_on} of them: the figures flatter it.`
      : "";
    find("#figures-source").textContent = `${nameOf(id)}, on ${curves.products} products of ${curves.source}.${seen}`;
    find("#figures").scrollIntoView();
  });
});

// Roles
for (const button of document.querySelectorAll("[data-activate]")) {
  button.addEventListener("click", async () => {
    const id = button.dataset.activate;
    const words = "From the next product on it answers everybody. Requests that were begun are finished by the one before it, and you can change back at any time.";
    if (!(await sure(`Let ${nameOf(id)} answer?`, words, "Let it answer"))) return;
    button.disabled = true;
    try {
      await ask(`/v1/models/${id}/activate`, { method: "POST" });
      location.reload();
    } catch (error) {
      button.disabled = false;
      toast(worded(error), "bad");
    }
  });
}
for (const button of document.querySelectorAll("[data-forget]")) {
  button.addEventListener("click", async () => {
    const id = button.dataset.forget;
    const words = "The service no longer knows it. If it was sent as a zip, its files here are deleted.";
    if (!(await sure(`Forget ${nameOf(id)}?`, words, "Forget it"))) return;
    try {
      await ask(`/v1/models/${id}`, { method: "DELETE" });
      location.reload();
    } catch (error) {
      toast(worded(error), "bad");
    }
  });
}

const roles = document.querySelector("#roles");
if (roles) {
  const share = find("#share");
  const say = () => {
    const words = `${share.value} % of the products`;
    find("#share-shown").textContent = words;
    share.setAttribute("aria-valuetext", words);
  };
  share.addEventListener("input", say);
  say();
  roles.addEventListener("submit", (event) => {
    event.preventDefault();
    saying(find("#roles-error"), async () => {
      const shadow = find("#shadow").value;
      const challenger = find("#challenger").value;
      const words = [
        shadow ? `${nameOf(shadow)} answers everything too, unseen.` : "Nobody shadows.",
        challenger ? `${nameOf(challenger)} answers ${share.value} % of the products for real.` : "Nobody challenges.",
      ].join(" ");
      if (!(await sure("Change the roles?", words, "Change roles"))) return;
      const revision = Number(find("#revision").dataset.revision);
      await ask("/v1/models/roles", { json: { shadow, challenger, challenger_share: share.value / 100, revision } });
      location.reload();
    });
  });
}

document.querySelector("#load")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  saying(find("#load-error"), async () => {
    const file = find("#bundle").files[0];
    const path = find("#path").value.trim();
    if (!file && !path) {
      find("#load-error").textContent = "Choose a zip, or type a path.";
      return;
    }
    button.disabled = true;
    try {
      if (file) {
        const form = new FormData();
        form.append("bundle", file);
        await ask("/v1/models", { form });
      } else {
        await ask("/v1/models", { json: { path } });
      }
      location.reload();
    } finally {
      button.disabled = false;
    }
  });
});

// Comparison
const comparing = document.querySelector("#comparing");
if (comparing) {
  const on = () => comparing.elements.on.value;
  const fields = find("#compare-table-fields");
  const say = () => {
    fields.hidden = on() !== "table";
  };
  comparing.addEventListener("change", say);
  say();
  comparing.addEventListener("submit", (event) => {
    event.preventDefault();
    saying(find("#compare-error"), async () => {
      const form = new FormData();
      const ids = ["old", "new"].map((name) => find(`#${name}`).value);
      form.append("old", ids[0]);
      form.append("new", ids[1]);
      const file = find("#compare-file").files[0];
      if (on() === "table") {
        if (!file) {
          find("#compare-error").textContent = "Choose a labelled table.";
          return;
        }
        form.append("file", file);
        if (find("#compare-label").value) form.append("label", find("#compare-label").value);
      }
      const job = await follow(await ask("/v1/models/compare", { form }), find("#compare-job"), "Comparing");
      if (job.state !== "finished") return;
      const place = find("#compare-result");
      showComparison(place, await jobFile(job, "comparison.json"), job, ids.map(nameOf));
      place.focus();
    });
  });
}
