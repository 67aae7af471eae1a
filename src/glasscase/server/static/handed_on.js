// A result that one page hands on to Insights; it stays in this tab and is taken once.

const PLACE = "glasscase.result";

/** Go to Insights with `result`, what a page was answered, called `name`. */
export function reportOn(result, name) {
  sessionStorage.setItem(PLACE, JSON.stringify({ name, result }));
  location.assign("/insights");
}

/** The result that was handed on, as a file; null where there is none. */
export function handedOn() {
  const held = sessionStorage.getItem(PLACE);
  if (!held) return null;
  sessionStorage.removeItem(PLACE);
  const { name, result } = JSON.parse(held);
  return new File([JSON.stringify(result)], name, { type: "application/json" });
}
