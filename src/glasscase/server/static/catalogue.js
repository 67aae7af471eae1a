// The page Catalogue: a table goes in, findings come out.

import { ask, sayIn } from "/static/api.js";
import { bring, find } from "/static/dom.js";
import { sized, takeFiles } from "/static/drop.js";
import { follow, jobFile, remember, remembered } from "/static/jobs.js";
import { showFindings } from "/static/catalogue_findings.js";

const told = sayIn(find("#look-error"));
let chosen = null;
takeFiles(find("#drop"), ([file]) => {
  chosen = file;
  find("#chosen").textContent = sized(file);
  find("#look-error").textContent = "";
});

const keep = find("#keep");
const showDays = () => {
  find("#days-field").hidden = !keep.checked;
};
keep.addEventListener("change", showDays);
showDays(); // a browser that goes back remembers the box

async function show(job) {
  const over = await follow(job, find("#job"), "Looking");
  if (over.state !== "finished") return;
  const look = await jobFile(over, "look.json");
  const pictures = over.files.includes("pictures.json")
    ? await jobFile(over, "pictures.json").catch(() => ({}))
    : {};
  const place = find("#found");
  showFindings(place, over, look, pictures);
  bring(place);
}

find("#look").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!chosen) {
    find("#look-error").textContent = "Choose a table first.";
    return;
  }
  const go = find("#go");
  go.disabled = true;
  find("#look-error").textContent = "";
  try {
    const form = new FormData();
    form.append("file", chosen);
    form.append("labels", find("#labels").checked ? "yes" : "no");
    form.append("effort", find("#good").checked ? "good" : "quick");
    form.append("keep_days", keep.checked ? String(Number(find("#days").value) || 7) : "0");
    if (find("#label").value.trim()) form.append("label", find("#label").value.trim());
    const job = await ask("/v1/catalogues", { form });
    remember(job);
    await show(job);
  } catch (error) {
    told(error);
  } finally {
    go.disabled = false;
  }
});

const before = remembered();
if (before) show(before).catch(told);
