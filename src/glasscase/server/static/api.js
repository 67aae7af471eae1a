// Talks to the service: one function, errors as the service words them.

/** A refusal of the service: what is wrong (message), where (field), what to do (remedy). */
export class Refusal extends Error {
  constructor(told, status, retryAfter = 0) {
    super(told.message || `the service answered ${status}`);
    this.code = told.code || "no_answer";
    this.field = told.field || null;
    this.remedy = told.remedy || "";
    this.requestId = told.request_id || "";
    this.status = status;
    this.retryAfter = Number(retryAfter) || 0;
  }

  /** What a person reads. */
  get sentence() {
    const first = this.message.charAt(0).toUpperCase() + this.message.slice(1);
    return `${first}. ${this.remedy}`.trim();
  }
}

/** What a person reads of an error; what is no refusal is a mistake of ours. */
export const worded = (error) => (error instanceof Refusal ? error.sentence : "Something went wrong on this page.");

/** A function that says an error in `place`; what is no refusal goes to the console as well. */
export function sayIn(place) {
  return (error) => {
    place.textContent = worded(error);
    if (!(error instanceof Refusal)) throw error;
  };
}

/** `answer` of a fetch if the service did as it was asked, else its refusal. */
export async function checked(answer) {
  if (answer.ok) return answer;
  throw new Refusal((await answer.json().catch(() => null)) || {}, answer.status, answer.headers.get("Retry-After"));
}

/**
 * Ask the service; the answer as JSON.
 * @param {string} path such as "/v1/predict"
 * @param {{method?: string, json?: object, form?: FormData, signal?: AbortSignal}} options
 */
export async function ask(path, { method, json, form, signal } = {}) {
  const headers = { Accept: "application/json" };
  let body = form;
  if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  }
  let answer;
  try {
    answer = await fetch(path, { method: method || (body ? "POST" : "GET"), headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ message: "the service cannot be reached", remedy: "Is it still running?" }, 0);
  }
  await checked(answer);
  return answer.status === 204 ? null : answer.json().catch(() => ({}));
}

/** Ask again while the service says that it is busy and for how long, a few times at most. */
export async function patiently(question, { most = 5, longestSeconds = 10 } = {}) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await question();
    } catch (error) {
      const busy = error instanceof Refusal && [429, 503].includes(error.status) && error.retryAfter > 0;
      if (!busy || tried >= most || error.retryAfter > longestSeconds) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * error.retryAfter));
    }
  }
}
