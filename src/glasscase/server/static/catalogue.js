// The page Catalogue: a table goes in, findings come out.

import { Refusal, ask } from "/static/api.js";
import { find } from "/static/dom.js";
import { takeFiles } from "/static/drop.js";
import { follow, jobFile } from "/static/jobs.js";
import { showFindings } from "/static/catalogue_findings.js";

let chosen = null;
takeFiles(find("#drop"), ([file]) => {
  chosen = file;
  find("#chosen").textContent = `${file.name}, ${Math.max(1, Math.round(file.size / 1000)).toLocaleString("en")} kB`;
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
  place.hidden = false;
  place.focus({ preventScroll: true });
  place.scrollIntoView();
}

function told(error) {
  find("#look-error").textContent = error instanceof Refusal ? error.sentence : "Something went wrong on this page.";
  if (!(error instanceof Refusal)) throw error;
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
    history.replaceState(null, "", `/catalogue?job=${job.id}`);
    await show(job);
  } catch (error) {
    told(error);
  } finally {
    go.disabled = false;
  }
});

const before = new URLSearchParams(location.search).get("job");
if (before && /^[0-9a-f]{1,64}$/.test(before)) show({ id: before }).catch(told);
