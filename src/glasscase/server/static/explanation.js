// The worked example of the page "How it works": one product asked about while the page is read.

import { ask, Refusal } from "/static/api.js";
import { el, find, percent, put } from "/static/dom.js";
import { ofHundred } from "/static/analysis_answer.js";
import { coloured } from "/static/analysis_explanation.js";
import { compared } from "/static/analysis_pictures.js";

const example = JSON.parse(find("#example").dataset.example);
const place = find("#example-answer");

async function product() {
  const form = new FormData();
  for (const [name, text] of example.texts) form.append(name, text);
  if (example.photo) {
    const photo = await fetch(example.photo);
    if (photo.ok) form.append("photos", await photo.blob(), "sample.jpg");
  }
  return form;
}

try {
  const answer = await ask("/v1/predict", { form: await product() });
  const asked = await product();
  asked.append("parts", "words,photo");
  asked.append("prediction_id", answer.prediction_id);
  const told = await ask("/v1/explain", { form: asked });
  put(
    place,
    el("p", {}, el("strong", {}, answer.label), ", ", el("strong", {}, percent(answer.probability)), " sure ", el(`span.tag.${answer.verdict}`, {}, answer.verdict), ". ", ofHundred(answer.probability)),
    el(
      "div.columns",
      {},
      el("div", {}, el("h3", {}, "The words"), coloured(told)),
      told.pictures.length ? el("div", {}, el("h3", {}, "The photo"), el("div.pictures", {}, told.pictures.map(compared))) : null,
    ),
    el("p", {}, told.sentence),
  );
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  put(place, el("p.error", {}, error.sentence));
}
