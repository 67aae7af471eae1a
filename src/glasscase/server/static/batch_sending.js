// The page of all batches: a file is sent as a draft, then its own page opens.

import { Refusal } from "/static/api.js";
import { announce, find, percent } from "/static/dom.js";
import { takeFiles } from "/static/drop.js";

const form = find("#send");
const zone = find("#zone");
const error = find("#send-error");

takeFiles(zone, ([file]) => send(file));
form.addEventListener("submit", (event) => event.preventDefault());

async function send(file) {
  error.textContent = "";
  const most = Number(form.dataset.mostMegabytes);
  if (file.size > most * 1e6) {
    error.textContent = `${file.name} has ${(file.size / 1e6).toFixed(0)} MB, the most is ${most}. Send it in parts.`;
    return;
  }
  const told = new FormData();
  told.append("start", "false");
  told.append("file", file, file.name);
  busy(true);
  try {
    const made = await post("/v1/batches", told, (share) => {
      find("#sending-bar").value = share;
      find("#sending-words").textContent = share < 1 ? `Sending ${file.name}: ${percent(share, 0)}` : `Looking at ${file.name} …`;
    });
    announce("The file was read.");
    location.assign(`/batch/${made.batch.id}`);
  } catch (refusal) {
    error.textContent = refusal.sentence || String(refusal);
    busy(false);
  }
}

function busy(on) {
  find("#sending").hidden = !on;
  zone.hidden = on;
}

/** POST a form and hear how much of it is sent; `fetch` does not tell. */
function post(path, body, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.upload.addEventListener("load", () => progress(1));
    request.addEventListener("load", () => {
      if (request.status < 400) resolve(request.response);
      else reject(new Refusal(request.response || {}, request.status));
    });
    request.addEventListener("error", () =>
      reject(new Refusal({ message: "the file could not be sent", remedy: "Is the service still running?" }, 0)),
    );
    request.send(body);
  });
}
