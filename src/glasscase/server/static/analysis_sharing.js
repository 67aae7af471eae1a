// What can be done with an answer: keep and share its card, download it, say that it is wrong.

import { Refusal, ask, checked } from "/static/api.js";
import { el, find, put, saveFile, toast } from "/static/dom.js";

const TYPED_MILLISECONDS = 150;

/** A copy of `form` that says more; what is empty is left out. */
export function withMore(form, more) {
  const copy = new FormData();
  for (const [name, value] of form) copy.append(name, value);
  for (const [name, value] of Object.entries(more)) if (value) copy.append(name, value);
  return copy;
}

export class Sharing {
  /** @param {() => HTMLElement} actions where the buttons go */
  constructor(actions) {
    this._actions = actions;
    this._keep = find("#keep-dialog");
    this._wrong = find("#wrong-dialog");
    for (const dialog of [this._keep, this._wrong]) {
      dialog.addEventListener("click", (event) => event.target.matches("[data-close]") && dialog.close());
    }
    find("#keep-form").addEventListener("submit", (event) => this._made(event));
    find("#keep-copy").addEventListener("click", () => copy(find("#keep-link")));
    find("#wrong-form").addEventListener("submit", (event) => this._told(event));
    this._typing = null;
    find("#wrong-label").addEventListener("input", () => {
      clearTimeout(this._typing);
      this._typing = setTimeout(() => this._offer(), TYPED_MILLISECONDS);
    });
  }

  /** Buttons for `answer` about `asked` (FormData); null: its product is gone, so there is no card. */
  show(answer, asked) {
    this._answer = answer;
    this._product = asked;
    const card = asked && answer.label;
    put(
      this._actions(),
      card ? el("button", { type: "button", id: "keep", onclick: () => this._open() }, "Keep and share") : null,
      card ? el("button", { type: "button", id: "download", onclick: (event) => this._download(event.currentTarget) }, "Download the card") : null,
      el("button", { type: "button", id: "wrong", onclick: () => this._openWrong() }, "Wrong? Tell us"),
    );
  }

  _open() {
    find("#keep-error").textContent = "";
    find("#keep-link-field").hidden = true;
    find("#keep-submit").hidden = false;
    this._keep.showModal();
    find("#keep-days").select();
  }

  async _made(event) {
    event.preventDefault();
    const button = find("#keep-submit");
    const form = withMore(this._product, { prediction_id: this._answer.prediction_id, days: find("#keep-days").value });
    button.disabled = true;
    try {
      const told = await ask("/v1/cards", { form });
      find("#keep-error").textContent = "";
      find("#keep-link").value = new URL(told.url, location.href).href;
      find("#keep-until").textContent = told.until ? `It works until ${new Date(told.until).toLocaleDateString(undefined, { dateStyle: "long" })}.` : "";
      find("#keep-link-field").hidden = false;
      button.hidden = true;
      find("#keep-link").select();
    } catch (error) {
      say("#keep-error", error);
    } finally {
      button.disabled = false;
    }
  }

  async _download(button) {
    button.disabled = true;
    const form = withMore(this._product, { prediction_id: this._answer.prediction_id, format: "html" });
    try {
      const answer = await checked(await fetch("/v1/explain", { method: "POST", body: form }));
      const name = (this._answer.id || this._answer.label || "product").replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60);
      saveFile(await answer.blob(), `glasscase-${name}.html`);
      toast("The card is downloaded.");
    } catch (error) {
      toast(error instanceof Refusal ? error.sentence : "The card could not be had. Is the service still running?", "bad");
    } finally {
      button.disabled = false;
    }
  }

  _openWrong() {
    find("#wrong-error").textContent = "";
    find("#wrong-label").value = "";
    find("#wrong-comment").value = "";
    this._list((this._answer.top_k || []).slice(1).map((one) => one.label));
    this._wrong.showModal();
    find("#wrong-label").focus();
  }

  /** Offer these, unless the page brought all there are. */
  _list(labels) {
    if (find("#wrong-labels").dataset.whole !== undefined) return;
    put(find("#wrong-labels"), labels.map((label) => el("option", { value: label })));
  }

  async _offer() {
    const typed = find("#wrong-label").value.trim();
    if (!typed || find("#wrong-labels").dataset.whole !== undefined) return;
    try {
      const told = await ask(`/v1/categories?words=${encodeURIComponent(typed)}`);
      this._list(told.categories.map((one) => one.label));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // nothing is offered then; typing it out works
    }
  }

  async _told(event) {
    event.preventDefault();
    const json = { prediction_id: this._answer.prediction_id, label: find("#wrong-label").value.trim() };
    const comment = find("#wrong-comment").value.trim();
    if (comment) json.comment = comment;
    try {
      await ask("/v1/feedback", { json });
      this._wrong.close();
      toast("Thank you. It is noted beside the answer.");
    } catch (error) {
      say("#wrong-error", error);
    }
  }
}

function say(place, error) {
  if (!(error instanceof Refusal)) throw error;
  find(place).textContent = error.sentence;
}

async function copy(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    toast("The link is copied.");
  } catch {
    input.select();
    toast("Press Ctrl + C to copy the marked link.");
  }
}
