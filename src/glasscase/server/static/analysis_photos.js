// The photos of the product: chosen files with previews that can be taken away again.

import { announce, el, put } from "/static/dom.js";

const MEGABYTE = 1_000_000;

export class Photos {
  /** @param {HTMLElement} list of previews; options: most, mostMegabytes, refuse(words) */
  constructor(list, { most, mostMegabytes, refuse }) {
    this.files = [];
    this._list = list;
    this._most = most;
    this._mostMegabytes = mostMegabytes;
    this._refuse = refuse;
    this._addresses = [];
  }

  /** Take more files; what is no picture, too large or one too many is said. */
  add(files) {
    const refused = [];
    for (const file of files) {
      if (!file.type.startsWith("image/")) refused.push(`${file.name} is not a picture.`);
      else if (file.size > this._mostMegabytes * MEGABYTE) {
        refused.push(`${file.name} has ${(file.size / MEGABYTE).toFixed(1)} MB; ${this._mostMegabytes} MB are allowed.`);
      } else if (this.files.length >= this._most) {
        refused.push(`${this._most} photos are the most; ${file.name} was left out.`);
      } else this.files.push(this._named(file));
    }
    this._draw();
    if (refused.length) this._refuse(refused.join(" "));
    else announce(`${this.files.length} ${this.files.length === 1 ? "photo" : "photos"} chosen.`);
  }

  /** Photos that lie on this service. */
  async fetch(addresses) {
    for (const address of addresses) {
      const answer = await fetch(address);
      if (!answer.ok) continue;
      const data = await answer.blob();
      this.files.push(this._named(new File([data], address.split("/").at(-1), { type: data.type })));
    }
    this._draw();
  }

  clear() {
    this.files = [];
    this._draw();
  }

  /** Two photos of one name could not be told apart in the explanation. */
  _named(file) {
    const taken = new Set(this.files.map((one) => one.name));
    let name = file.name || "photo";
    for (let number = 2; taken.has(name); number += 1) name = `${number}-${file.name || "photo"}`;
    return name === file.name ? file : new File([file], name, { type: file.type });
  }

  _draw() {
    this._addresses.forEach((address) => URL.revokeObjectURL(address));
    this._addresses = this.files.map((file) => URL.createObjectURL(file));
    put(
      this._list,
      this.files.map((file, number) =>
        el(
          "li",
          {},
          el("img", { src: this._addresses[number], alt: `Photo ${number + 1}: ${file.name}` }),
          el("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => this._remove(number) }, "×"),
        ),
      ),
    );
  }

  _remove(number) {
    const [gone] = this.files.splice(number, 1);
    this._draw();
    announce(`${gone.name} removed.`);
    const buttons = this._list.querySelectorAll("button");
    (buttons[Math.min(number, buttons.length - 1)] || document.querySelector("#photos")).focus();
  }
}
