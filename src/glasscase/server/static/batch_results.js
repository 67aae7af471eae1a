// Results of a batch: filtered, sorted, page by page. What is looked for stands in the address.

import { ask } from "/static/api.js";
import { el, find, percent, plainly, put } from "/static/dom.js";

const ROWS = 50;
const COLUMNS = [
  ["row", "Row"],
  ["product_id", "Product"],
  ["label", "Category"],
  ["probability", "Sure"],
  ["verdict", "Verdict"],
];
const PATIENCE_MS = 250;

export class Results {
  constructor(path) {
    this.path = path;
    const asked = new URLSearchParams(location.search);
    this.view = {
      start: Math.max(0, Number(asked.get("start")) || 0),
      sort: COLUMNS.some(([name]) => name === asked.get("sort")) ? asked.get("sort") : "row",
      descending: asked.get("descending") === "true",
    };
    for (const name of ["words", "verdict"]) find(`#${name}`).value = asked.get(name) || "";
    this.label = asked.get("label") || "";
    find("#problems").checked = asked.get("problems") === "true";
    this.waiting = null;
    this.focus = "";
    this.running = null;
    const filters = find("#filters");
    filters.addEventListener("submit", (event) => event.preventDefault());
    filters.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.label = find("#label").value;
      this.waiting = setTimeout(() => this.go(0), PATIENCE_MS);
    });
    find("#back").addEventListener("click", () => this.go(this.view.start - ROWS));
    find("#on").addEventListener("click", () => this.go(this.view.start + ROWS));
  }

  /** Ask again; `gently`: not while somebody is in the middle of the table. */
  refresh(gently = false) {
    if (gently && find("#table-place").contains(document.activeElement)) return;
    this.load();
  }

  go(start) {
    this.view.start = Math.max(0, start);
    this.load();
  }

  async load() {
    this.running?.abort();
    const own = new AbortController();
    this.running = own;
    const asked = this.query();
    history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
    asked.set("most", ROWS);
    try {
      this.show(await ask(`${this.path}/results?${asked}`, { signal: own.signal }));
    } catch (refusal) {
      if (refusal.name !== "AbortError") find("#count").textContent = refusal.sentence;
    }
  }

  query() {
    const told = {
      words: find("#words").value.trim(),
      verdict: find("#verdict").value,
      label: this.label,
      problems: find("#problems").checked ? "true" : "",
      sort: this.view.sort === "row" ? "" : this.view.sort,
      descending: this.view.descending ? "true" : "",
      start: this.view.start || "",
    };
    return new URLSearchParams(Object.entries(told).filter(([, value]) => value !== ""));
  }

  show({ rows, total, labels }) {
    this.offer(labels);
    const all = `${total.toLocaleString("en")} ${total === 1 ? "row" : "rows"}`;
    find("#count").textContent = total ? all : "No row is like that.";
    put(find("#table-place"), total ? this.table(rows) : "");
    if (this.focus) document.querySelector(`[data-sort="${this.focus}"]`)?.focus();
    this.focus = "";
    const last = Math.min(this.view.start + ROWS, total);
    find("#page-words").textContent = total ? `${(this.view.start + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
    find("#back").disabled = this.view.start === 0;
    find("#on").disabled = last >= total;
    find(".paging").hidden = total <= ROWS;
  }

  /** The categories there are, with how many rows each has. */
  offer(labels) {
    const select = find("#label");
    if (select === document.activeElement) return;
    const known = Object.entries(labels).map(([label, count]) => el("option", { value: label }, `${label} (${count.toLocaleString("en")})`));
    put(select, el("option", { value: "" }, "any"), known);
    select.value = this.label;
    if (select.value !== this.label) {
      select.append(el("option", { value: this.label }, this.label));
      select.value = this.label;
    }
  }

  table(rows) {
    const heads = COLUMNS.map(([name, words]) => this.head(name, words));
    const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span.sr", {}, "Photo")), heads, el("th", { scope: "col" }, "Why, and what is wrong")));
    return el("div.scroll", {}, el("table.results-table", {}, el("caption.sr", {}, "Answers of this batch"), head, el("tbody", {}, rows.map(rowOf))));
  }

  head(name, words) {
    const here = this.view.sort === name;
    const order = here ? (this.view.descending ? "descending" : "ascending") : "none";
    const sort = () => {
      this.view.descending = here ? !this.view.descending : name === "probability";
      this.view.sort = name;
      this.focus = name;
      this.go(0);
    };
    return el("th", { scope: "col", "aria-sort": order }, el("button", { type: "button", onclick: sort, dataset: { sort: name } }, words));
  }
}

function rowOf(row) {
  const photo = row.photo
    ? el("img.thumbnail", { src: row.photo, alt: "", loading: "lazy", width: 56, height: 56 })
    : el("span.no-thumbnail", { "aria-hidden": "true" });
  const name = row.title || row.id || `row ${row.row}`;
  const product = el("a", { href: `/analysis?prediction=${encodeURIComponent(row.prediction_id)}`, dir: "auto" }, name);
  const above = row.category && row.category !== row.label ? el("span.soft.small", {}, `surely in ${row.category}`) : null;
  return el("tr", { dataset: { row: row.row }, class: row.problem ? "has-problem" : null },
    el("td.photo-cell", {}, photo),
    el("td.number", { dataset: { name: "Row" } }, row.row.toLocaleString("en")),
    el("th", { scope: "row" }, product, row.title && row.id ? el("span.soft.small", {}, row.id) : null),
    el("td", { dataset: { name: "Category" } }, row.label || el("span.soft", {}, "none"), above),
    el("td.number", { dataset: { name: "Sure" } }, row.probability === null ? "–" : percent(row.probability)),
    el("td", { dataset: { name: "Verdict" } }, el(`span.tag.${row.verdict}`, {}, row.verdict)),
    el("td.why", {}, row.problem ? el("span.problem", {}, row.problem) : null, row.reason === row.problem ? null : el("span.soft.small", {}, plainly(row.reason))),
  );
}
