// What was found in a catalogue: overview, doubtful labels to decide on, duplicates, problems.

import { checked } from "/static/api.js";
import { announce, el, percent, put, saveFile, tabs, tip, toast } from "/static/dom.js";

const AT_ONCE = 20;
const number = (n) => n.toLocaleString("en");

function picture(shown, size) {
  if (shown?.photo) return el(`img${size}`, { src: shown.photo, alt: "", loading: "lazy" });
  return el(`span${size}.none`, { "aria-hidden": "true" }, "no picture");
}

function card(figure, words) {
  return el("div.card", {}, el("div.figure-number", {}, figure), el("div.soft", {}, words));
}

function overview(look, pictures) {
  const audit = look.audit;
  const rate = audit?.error_rate;
  return [
    el("div.grid", {},
      card(number(look.rows), "products"),
      audit ? card(number(audit.suspects), "labels to look at") : null,
      rate && rate.value !== null ? card(percent(rate.value), `of the labels are wrong, as far as can be told (${percent(rate.low)} to ${percent(rate.high)})`) : null,
      card(number(look.duplicates.products), "products with a twin"),
      card(number(look.problems.reduce((sum, kind) => sum + kind.count, 0)), "problems")),
    el("h3", {}, "What to do first"),
    el("ol", {}, look.todo.map((one) => el("li", {}, one))),
    el("h3", {}, "What is missing"),
    el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Field"), el("th.number", { scope: "col" }, "Products without"))),
      el("tbody", {}, look.missing.map((one) => el("tr", {}, el("th", { scope: "row" }, one.field), el("td.number", {}, one.count ? `${number(one.count)} (${percent(one.share)})` : "none")))))),
    look.columns ? el("p.soft.small", {}, `Columns were read as: ${look.columns}.`) : null,
    categories(look, pictures),
  ];
}

function categories(look, pictures) {
  const level = look.categories.at(-1);
  if (!level) return null;
  const counts = level.counts || [];
  const most = Math.max(1, ...counts.map((one) => one.products));
  return el("details", { open: true }, el("summary", {}, `${number(level.classes)} categories`),
    el("div.scroll.tall", { tabindex: 0, role: "region", "aria-label": "Categories" }, el("table", {}, el("tbody", {}, counts.map((one) => {
      const length = el("progress.bar", { max: most, "aria-label": `${one.products} products` });
      length.value = one.products;
      const shown = pictures[`category-${one.label}`];
      return el("tr", {}, shown ? el("td", {}, picture(shown, ".example")) : null, el("th", { scope: "row", colspan: shown ? null : 2 }, one.label), el("td.number", {}, number(one.products)), el("td", {}, length));
    })))));
}

/** Doubtful labels with accept / keep; decisions are kept in this browser and saved as a file. */
function worklist(job, look, pictures) {
  const cases = look.audit.cases;
  const key = `glasscase-decisions-${job.id}`;
  const decided = new Map();
  try {
    for (const [at, what] of Object.entries(JSON.parse(localStorage.getItem(key) || "{}"))) decided.set(Number(at), what);
  } catch {
    localStorage.removeItem(key);
  }
  const count = el("span", { role: "status" });
  const save = el("button.primary", { type: "button" }, "Save decisions as a file");
  const say = () => {
    const all = [...decided.values()];
    count.textContent = `${all.length} of ${cases.length} decided: ${all.filter((one) => one === "accept").length} to be changed, ${all.filter((one) => one === "keep").length} kept.`;
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(decided)));
  };
  const one = (found) => {
    const shown = pictures[`case-${found.number}`];
    const box = el("article.card.case", { "aria-label": `Row ${found.row ?? "?"}, product ${found.id}` });
    const buttons = {};
    const mark = () => {
      const what = decided.get(found.number);
      box.classList.toggle("accepted", what === "accept");
      box.classList.toggle("kept", what === "keep");
      for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === what));
    };
    const decide = (what) => {
      if (decided.get(found.number) === what) decided.delete(found.number);
      else decided.set(found.number, what);
      mark();
      say();
    };
    if (found.suggested) buttons.accept = el("button", { type: "button", onclick: () => decide("accept") }, `Change to ${found.suggested}`);
    buttons.keep = el("button", { type: "button", onclick: () => decide("keep") }, "Keep the label");
    box.append(
      picture(shown, ".picture"),
      el("div", {},
        el("p.labels", {}, found.suggested ? el("del", {}, found.label) : found.label, found.suggested ? el("span", {}, "→ ", el("strong", {}, found.suggested)) : null),
        el("p.small", {}, shown?.words || ""),
        el("p.soft.small", {}, `row ${found.row ?? "?"}, product ${found.id}`),
        el("ul.small", {}, found.reasons.map((reason) => el("li", {}, reason.text))),
        el("div.row", {}, Object.values(buttons))),
    );
    mark();
    return box;
  };
  const list = el("div");
  let shownUpTo = 0;
  const more = el("button", { type: "button", onclick: () => showMore() });
  const showMore = () => {
    const first = list.childElementCount;
    list.append(...cases.slice(shownUpTo, shownUpTo + AT_ONCE).map(one));
    shownUpTo = Math.min(cases.length, shownUpTo + AT_ONCE);
    more.hidden = shownUpTo >= cases.length;
    more.textContent = `Show more (${cases.length - shownUpTo} left)`;
    if (first) list.children[first].querySelector("button")?.focus();
  };
  save.addEventListener("click", () => download(job, decided).catch((error) => toast(error.sentence || "The file could not be made.", "bad")));
  showMore();
  say();
  return [
    el("p", {}, `A model that never saw a product doubts its label, or a twin is filed elsewhere. The most doubtful come first. It agrees with ${percent(look.audit.accuracy.value)} of all labels. `,
      tip("deciding", "Nothing is changed in your table here. The file you save says which labels to change; glasscase audit --apply makes a copy of the table with them.")),
    look.audit.level ? el("p.soft", {}, `Categories were compared at ${look.audit.level === 1 ? "their first level" : `their first ${look.audit.level} levels`}: below it there are too few products of each to judge by.`) : null,
    ...look.audit.notes.map((note) => el("p.note.warn", {}, note)),
    look.audit.suspects > cases.length ? el("p.soft", {}, `The first ${cases.length} of ${number(look.audit.suspects)} are listed.`) : null,
    cases.length ? list : el("div.empty", {}, el("p", {}, "No label looks wrong.")),
    more,
    cases.length ? el("div.sticky-actions.spread", {}, count, save) : null,
    cases.length ? correcting(job, decided) : null,
    cases.length ? el("p.soft.small", {}, "The same in a shell: ", el("code", {}, `glasscase audit table.csv${look.audit.level ? ` --level ${look.audit.level}` : ""} --apply corrections.csv --out corrected.csv`), ". Your table stays as it is. Decisions are remembered in this browser.") : null,
  ];
}

/** Decisions as the file that a table is corrected with. */
async function corrections(job, decided) {
  const answer = await fetch(`/v1/catalogues/${job.id}/corrections`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ decisions: Object.fromEntries(decided) }),
  });
  return (await checked(answer)).blob();
}

async function download(job, decided) {
  saveFile(await corrections(job, decided), "corrections.csv");
  announce("Saved.");
}

/** The table once more, to get it back with the labels that were decided: it was not kept. */
function correcting(job, decided) {
  const file = el("input", { type: "file", id: "to-correct", accept: ".csv,.tsv,.txt,.jsonl,.ndjson,.parquet" });
  const told = el("div", { role: "status" });
  const get = el("button", { type: "button" }, "Get the corrected table");
  get.addEventListener("click", async () => {
    if (!file.files.length) {
      put(told, el("p.note.warn", {}, "Choose the table first. It was not kept after it was looked at."));
      file.focus();
      return;
    }
    get.disabled = true;
    try {
      const form = new FormData();
      form.append("file", file.files[0]);
      form.append("corrections", await corrections(job, decided), "corrections.csv");
      const answer = await checked(await fetch("/v1/catalogues/corrected", { method: "POST", body: form }));
      const found = JSON.parse(answer.headers.get("X-Glasscase-Corrected"));
      saveFile(await answer.blob(), file.files[0].name.replace(/(\.[^.]+)$/, "-corrected$1"));
      put(told, el("p.note", {}, `${found.changed === 1 ? "One label was" : `${number(found.changed)} labels were`} changed. Everything else is as it was.`),
        found.not_applied ? el("p.note.warn", {}, `${number(found.not_applied)} decisions could not be applied.`) : null,
        found.problems.length ? el("ul.small", {}, found.problems.map((one) => el("li", {}, one))) : null);
    } catch (error) {
      put(told, el("p.note.warn", {}, error.sentence || "The table could not be corrected."));
    } finally {
      get.disabled = false;
    }
  });
  return el("section.card", {}, el("h3", {}, "Your table with these labels"),
    el("p", {}, "Choose the same table again (not the zip) and get a copy in which only the labels you changed are different."),
    el("div.field", {}, el("label", { for: "to-correct" }, "The table"), file), get, told);
}

const KINDS = { exact: "Exactly the same words and photos", near: "The same photo, or the same words", variant: "Variants: the same but for size, colour or number" };

function duplicates(look, pictures) {
  const { groups } = look.duplicates;
  if (!groups.length) return [el("div.empty", {}, el("p", {}, "No product is there twice."))];
  return [
    el("p", {}, "Groups filed under more than one category come first: one of the labels is wrong, or the categories overlap."),
    ...groups.map((group, at) =>
      el("article.card", {},
        el("div.spread", {}, el("h4", {}, KINDS[group.kind] || group.kind), group.labels.length > 1 ? el("span.tag.review", {}, "filed apart") : el("span.tag.plain", {}, `${group.size} products`)),
        el("ul.group-members", {}, group.products.map((one, place) => {
          const shown = pictures[`group-${at}-${place}`];
          return el("li", {}, picture(shown, ""), el("div.small", {}, shown?.words || ""), el("div.small", {}, el("strong", {}, one.label || "no label")), el("div.soft.small", {}, `row ${one.row ?? "?"}, ${one.id}`));
        })),
        group.size > group.products.length ? el("p.soft.small", {}, `and ${group.size - group.products.length} more`) : null)),
    look.duplicates.groups_in_all > groups.length ? el("p.soft", {}, `The first ${groups.length} groups are shown.`) : null,
  ];
}

function product(problem, pictures) {
  const shown = pictures[`problem-${problem.id}`];
  return [shown?.photo ? picture(shown, ".example") : null, shown?.words || problem.id || ""];
}

function problems(look, pictures) {
  if (!look.problems.length) return [el("div.empty", {}, el("p", {}, "Everything could be read."))];
  return look.problems.map((kind) =>
    el("details.card", { open: look.problems.length < 4 }, el("summary", {}, `${kind.kind}: ${number(kind.count)}`),
      el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Row"), el("th", { scope: "col" }, "Product"), el("th", { scope: "col" }, "What is wrong, and what to do"))),
        el("tbody", {}, kind.problems.map((one) => el("tr", {}, el("th", { scope: "row" }, one.row === null ? "all" : String(one.row)), el("td.small", {}, product(one, pictures)), el("td", {}, one.text, one.dropped ? el("span.tag.abstain", {}, "left out") : null)))))),
      kind.count > kind.problems.length ? el("p.soft", {}, `The first ${kind.problems.length} are listed.`) : null));
}

/** Show what job `job` found: look.json and pictures.json (empty where none were kept). */
export function showFindings(place, job, look, pictures) {
  const parts = [
    ["overview", "Overview", overview(look, pictures)],
    ["labels", look.audit ? `Labels (${number(look.audit.suspects)})` : "Labels", look.audit ? worklist(job, look, pictures) : [el("div.empty", {}, el("p", {}, `Labels were not checked. ${look.why_no_audit}`))]],
    ["duplicates", `Duplicates (${number(look.duplicates.groups_in_all)})`, duplicates(look, pictures)],
    ["problems", `Problems (${number(look.problems.reduce((sum, kind) => sum + kind.count, 0))})`, problems(look, pictures)],
  ];
  const list = el("div", { role: "tablist", "aria-label": "What was found" }, parts.map(([id, words]) =>
    el("button", { role: "tab", type: "button", id: `tab-${id}`, "aria-controls": `panel-${id}`, "aria-selected": id === "overview" ? "true" : "false" }, words)));
  const pages = job.files.filter((name) => name.endsWith(".html"));
  put(place, el("h2", {}, job.name), list,
    parts.map(([id, , content]) => el("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, hidden: id !== "overview" }, content)),
    pages.length ? el("p.soft.small", {}, "Pages to hand on: ", pages.map((name) => [el("a", { href: `/v1/jobs/${job.id}/files/${name}`, target: "_blank" }, name.replace(".html", "")), " "]), `(until ${(job.result.pictures_until || "").slice(0, 10)})`) : null);
  tabs(list);
}
