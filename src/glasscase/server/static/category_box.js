// A box in which a category of a large tree is found while one types (ARIA combobox with a listbox).

import { ask } from "/static/api.js";
import { announce, el, put } from "/static/dom.js";

export const leaf = (label) => label.split(" > ").at(-1);
export const above = (label) => label.split(" > ").slice(0, -1).join(" › ");

export class CategoryBox {
  /** `chosen(label)` is called with what was taken; `left()` when Escape leaves the box. */
  constructor(input, list, { chosen, left, failed }) {
    Object.assign(this, { input, list, chosen, left, failed });
    this._found = [];
    this._at = -1;
    this._asking = null;
    this._takeFirst = false; // Enter came before what it is about
    input.addEventListener("input", () => this._search());
    input.addEventListener("focus", () => this._search());
    input.addEventListener("keydown", (event) => this._key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const row = event.target.closest('[role="option"]');
      if (row) this._take(Number(row.dataset.at));
    });
  }

  /** Empty and closed, for the next product. */
  clear() {
    this.input.value = "";
    this.close();
  }

  close() {
    this._asking?.abort();
    this._asking = null;
    this._takeFirst = false;
    this._found = [];
    this._at = -1;
    put(this.list);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  async _search() {
    this._asking?.abort();
    this._takeFirst = false;
    const asking = new AbortController();
    this._asking = asking;
    try {
      const words = encodeURIComponent(this.input.value);
      const told = await ask(`/v1/categories?most=12&words=${words}`, { signal: asking.signal });
      if (this._asking !== asking || document.activeElement !== this.input) return;
      this._asking = null;
      this._show(told.categories);
      if (this._takeFirst) this._take(this._at);
    } catch (error) {
      if (error.name !== "AbortError") this.failed(error);
    }
  }

  _show(found) {
    this._found = found;
    this._at = this.input.value.trim() && found.length ? 0 : -1;
    const rows = found.map((one, at) =>
      el("li", { role: "option", id: `tree-${at}`, "aria-selected": "false", dataset: { at } },
        leaf(one.label), one.path.length > 1 ? el("span.path", {}, above(one.label)) : null,
        one.known ? null : el("span.path", {}, "not known to the model yet")),
    );
    put(this.list, rows.length ? rows : el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "No category fits these letters."));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    announce(found.length ? `${found.length} categories` : "No category fits these letters");
    this._mark();
  }

  _mark() {
    const rows = [...this.list.querySelectorAll("[data-at]")];
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === this._at)));
    const row = rows[this._at];
    if (!row) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
    return undefined;
  }

  _key(event) {
    const last = this._found.length - 1;
    const next = { ArrowDown: this._at >= last ? 0 : this._at + 1, ArrowUp: this._at <= 0 ? last : this._at - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this._at = next;
      this._mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this._asking) this._takeFirst = true;
      else this._take(this._at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.clear();
      this.left();
    }
  }

  _take(at) {
    const one = this._found[at];
    if (!one) return;
    this.clear();
    this.chosen(one.label);
  }
}
