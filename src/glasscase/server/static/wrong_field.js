// Shows the field that a refusal speaks of: opened, marked, ready to be mended.

/** Mark the field named in refusal `error` where this page has it; the mark goes with the next input. */
export function pointAt(error) {
  const field = error?.field && document.getElementById(error.field);
  if (!field) return;
  for (let part = field.closest("details"); part; part = part.parentElement?.closest("details")) part.open = true;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
}
