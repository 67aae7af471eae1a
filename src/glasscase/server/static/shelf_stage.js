// The photo with its boxes: chosen by pointer or keys, drawn by hand, removed.

import { el, put, svg } from "/static/dom.js";

const OTHERS = "#7a7f87";
const LEAST_PX = 6;

/** The photo of `result` in `place`; tells `on.choose(product)`, `on.remove(product)`, `on.drawn(box)`. */
export class Stage {
  constructor(place, address, result, on) {
    this.place = place;
    this.on = on;
    this.boxes = new Map();
    this.photo = el("img", { src: address, alt: `Shelf photo ${result.photo.name} with ${result.products.length} boxes` });
    this.layer = svg("svg", { viewBox: `0 0 ${result.photo.width} ${result.photo.height}`, preserveAspectRatio: "none", role: "group", "aria-label": "Products on the shelf" });
    put(place, this.photo, this.layer);
    this.show(result);
    this.layer.addEventListener("keydown", (event) => this.keyed(event));
    this.layer.addEventListener("pointerdown", (event) => this.begin(event));
  }

  show(result) {
    this.result = result;
    const hatch = svg("pattern", { id: "hatch", width: 14, height: 14, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 14, height: 14, fill: "#ffd40033" }), svg("line", { x1: 0, y1: 0, x2: 0, y2: 14, stroke: "#ffd400", "stroke-width": 4 }));
    const lines = result.figures.rows.map((row) => svg("line.row-line", { x1: 0, y1: row.left_px, x2: result.photo.width, y2: row.right_px }));
    const gaps = result.figures.gaps.map((gap) => svg("rect.gap", place(gap), svg("title", {}, "A product may be missing here")));
    this.boxes = new Map(result.products.map((one) => [one, this.box(one)]));
    put(this.layer, svg("defs", {}, hatch), lines, gaps, [...this.boxes.values()].map(([edge, box]) => [edge, box]));
    const first = this.boxes.values().next().value;
    first?.[1].setAttribute("tabindex", "0");
  }

  box(one) {
    const known = one.name !== "unknown";
    const colour = known ? this.result.colours[one.brand || one.name] || OTHERS : "#f5f5f5";
    const told = one.told || `${known ? one.name : "Not recognised"}, row ${one.row}, box ${one.number}`;
    const edge = svg("rect.box.edge", place(one));
    const box = svg(`rect.box${known ? "" : ".unknown"}`, { ...place(one), stroke: colour, tabindex: "-1", role: "button", "aria-label": told }, svg("title", {}, told));
    box.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && !this.drawing && this.choose(one, { focus: false }));
    box.addEventListener("click", () => !this.drawing && this.choose(one));
    box.addEventListener("focus", () => this.choose(one, { focus: false }));
    return [edge, box];
  }

  choose(one, { focus = true } = {}) {
    for (const [other, [, box]] of this.boxes) {
      const on = other === one;
      box.classList.toggle("chosen", on);
      box.setAttribute("tabindex", on ? "0" : "-1");
      if (on && focus) box.focus();
    }
    if (this.chosen !== one) this.on.choose(one);
    this.chosen = one;
  }

  keyed(event) {
    const all = [...this.boxes.keys()];
    const at = all.findIndex((one) => this.boxes.get(one)[1] === document.activeElement);
    if (at < 0) return;
    if (["Delete", "Backspace"].includes(event.key)) this.on.remove(all[at]);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) this.choose(all[(next + all.length) % all.length]);
    if (next !== undefined || event.key === "Backspace") event.preventDefault();
  }

  setDrawing(on) {
    this.drawing = on;
    this.place.classList.toggle("drawing", on);
  }

  begin(event) {
    if (!this.drawing || event.button > 0) return;
    event.preventDefault();
    const start = this.at(event);
    const fresh = svg("rect.fresh", { x: start.x, y: start.y, width: 0, height: 0 });
    this.layer.append(fresh);
    this.layer.setPointerCapture(event.pointerId);
    let box = null;
    const move = (moved) => {
      box = between(start, this.at(moved));
      for (const [name, value] of Object.entries(place(box))) fresh.setAttribute(name, value);
    };
    const end = () => {
      this.layer.removeEventListener("pointermove", move);
      fresh.remove();
      if (box && box.right - box.left >= LEAST_PX && box.bottom - box.top >= LEAST_PX) this.on.drawn(box);
    };
    this.layer.addEventListener("pointermove", move);
    this.layer.addEventListener("pointerup", end, { once: true });
    this.layer.addEventListener("pointercancel", end, { once: true });
  }

  at(event) {
    const frame = this.layer.getBoundingClientRect();
    const { width, height } = this.result.photo;
    const clipped = (value, most) => Math.min(most, Math.max(0, value));
    return { x: clipped(((event.clientX - frame.left) / frame.width) * width, width), y: clipped(((event.clientY - frame.top) / frame.height) * height, height) };
  }

  /** The part of the photo in a box, as a canvas. */
  cut(one) {
    const scale = this.photo.naturalWidth / this.result.photo.width;
    const [wide, high] = [one.right - one.left, one.bottom - one.top].map((px) => Math.max(1, Math.round(px * scale)));
    const canvas = el("canvas", { width: wide, height: high, role: "img", "aria-label": "The product, cut out of the photo" });
    canvas.getContext("2d").drawImage(this.photo, one.left * scale, one.top * scale, wide, high, 0, 0, wide, high);
    return canvas;
  }
}

function place(box) {
  return { x: box.left, y: box.top, width: Math.max(0, box.right - box.left), height: Math.max(0, box.bottom - box.top) };
}

function between(a, b) {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
}
