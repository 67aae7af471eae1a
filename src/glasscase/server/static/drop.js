// Files dropped on a zone, pasted into the page, or chosen by its input: one way in for all three.

/** "shop.csv, 12 kB": which file was taken. */
export const sized = (file) => `${file.name}, ${Math.max(1, Math.round(file.size / 1000)).toLocaleString("en")} kB`;

/**
 * Make `zone` (a .drop with an <input type="file"> inside) take files.
 * @param {HTMLElement} zone
 * @param {(files: File[]) => void} take called with what came, never with an empty list
 * @param {{paste?: boolean, anywhere?: boolean}} options paste: also what is pasted into the page;
 *   anywhere: a file dropped beside the zone counts too, so that the browser does not leave the page
 */
export function takeFiles(zone, take, { paste = false, anywhere = true } = {}) {
  const input = zone.querySelector('input[type="file"]');
  const give = (list) => {
    const files = [...(list || [])];
    if (files.length) take(input.multiple ? files : files.slice(0, 1));
  };
  input.addEventListener("change", () => {
    give(input.files);
    input.value = ""; // the same file may be chosen again
  });
  const place = anywhere ? document : zone;
  let depth = 0;
  const holdsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  place.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    zone.classList.add("over");
  });
  place.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) zone.classList.remove("over");
  });
  place.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  place.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    zone.classList.remove("over");
    give(event.dataTransfer.files);
  });
  if (paste) {
    document.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files;
      if (!files?.length) return;
      event.preventDefault();
      give(files);
    });
  }
}
