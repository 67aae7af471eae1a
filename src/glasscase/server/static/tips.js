// Tooltips in plain words: .tip buttons speak on hover, focus and touch; Escape closes.

const bubble = document.createElement("div");
bubble.className = "bubble";
bubble.id = "bubble";
bubble.setAttribute("role", "tooltip");
bubble.popover = "manual";
let owner = null;

const tipOf = (target) => (target instanceof Element ? target.closest(".tip, [data-tip]") : null);

function words(tip) {
  if (tip.title) {
    tip.dataset.tip = tip.title; // without this script the browser's own tooltip does its best
    tip.removeAttribute("title");
  }
  return tip.dataset.tip || "";
}

function open(tip) {
  if (owner === tip || !words(tip)) return;
  close();
  owner = tip;
  bubble.textContent = words(tip);
  (tip.closest("dialog") || document.body).append(bubble);
  bubble.showPopover();
  tip.setAttribute("aria-describedby", "bubble");
  const at = tip.getBoundingClientRect();
  const size = bubble.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 8);
  const above = at.top - size.height - 8;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${above > 8 ? above : Math.min(at.bottom + 8, innerHeight - size.height - 8)}px`;
}

function close() {
  if (!owner) return;
  owner.removeAttribute("aria-describedby");
  owner = null;
  if (bubble.matches(":popover-open")) bubble.hidePopover();
}

document.addEventListener("pointerover", (event) => {
  const tip = tipOf(event.target);
  if (tip && event.pointerType !== "touch") open(tip);
});
document.addEventListener("pointerout", (event) => {
  if (!owner || event.pointerType === "touch" || owner === document.activeElement) return;
  const to = event.relatedTarget;
  if (!(to instanceof Node) || !(bubble.contains(to) || owner.contains(to))) close();
});
document.addEventListener("focusin", (event) => {
  const tip = tipOf(event.target);
  if (tip && tip === event.target) open(tip);
  else close();
});
document.addEventListener("focusout", () => close());
document.addEventListener("click", (event) => {
  const tip = tipOf(event.target);
  if (tip) open(tip);
  else if (!bubble.contains(event.target)) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && owner) {
    close();
    event.stopPropagation();
  }
}, true);
addEventListener("scroll", close, { passive: true, capture: true });
