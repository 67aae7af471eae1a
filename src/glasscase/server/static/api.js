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
  const told = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told || {}, answer.status, answer.headers.get("Retry-After"));
  return told;
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
