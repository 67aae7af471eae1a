// Follows a job of the service to its end, showing how far it is.

import { ask } from "/static/api.js";
import { announce, el, put } from "/static/dom.js";

const OVER = ["finished", "failed", "cancelled"];
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Show the job in `place` until it is over; the job as it is then.
 * @param {{id: string}} job
 * @param {HTMLElement} place
 * @param {string} what such as "Comparing"
 */
export async function follow(job, place, what) {
  const bar = el("progress.bar", { "aria-label": what });
  const words = el("p.soft", {}, `${what}: waiting for its turn.`);
  const stop = el("button", {
    type: "button",
    onclick: async () => {
      stop.disabled = true;
      await ask(`/v1/jobs/${job.id}/cancel`, { method: "POST" }).catch(() => {});
    },
  }, "Stop");
  put(place, el("div.card", {}, words, bar, stop));
  place.hidden = false;
  let told = await ask(`/v1/jobs/${job.id}`);
  for (let pause = 250; !OVER.includes(told.state); pause = Math.min(2000, pause * 1.4)) {
    if (told.total) {
      bar.max = told.total;
      bar.value = told.done;
    }
    if (told.message) words.textContent = `${what}: ${told.message}.`;
    await wait(pause);
    told = await ask(`/v1/jobs/${job.id}`);
  }
  if (told.state === "finished") {
    put(place);
    announce(`${what}: done.`);
  } else {
    const reason = told.state === "cancelled" ? "It was stopped." : told.message;
    put(place, el("p.error", { role: "alert" }, reason));
  }
  return told;
}

/** Put the job into the address of this page, so that it is shown again after a reload or by a link. */
export const remember = (job) => history.replaceState(null, "", `${location.pathname}?job=${job.id}`);

/** The job in the address of this page; null where there is none. */
export function remembered() {
  const id = new URLSearchParams(location.search).get("job");
  return id && /^[0-9a-f]{1,64}$/.test(id) ? { id } : null;
}

/** A file that a finished job left, as JSON. */
export const jobFile = (job, name) => ask(`/v1/jobs/${job.id}/files/${name}`);
