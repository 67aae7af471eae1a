// Loaded before the page is drawn: the chosen theme, kept in this browser only, and the menu on phones.
(() => {
  const root = document.documentElement;
  const KEY = "glasscase-theme";
  root.classList.add("js");
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is forbidden here: the system's choice stands
    }
  };
  const show = (theme) => {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(kept());

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  document.addEventListener("DOMContentLoaded", () => {
    const theme = document.querySelector("#theme");
    const named = () => theme.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
    if (theme) {
      theme.hidden = false;
      named();
      theme.addEventListener("click", () => {
        const next = isDark() ? "light" : "dark";
        show(next);
        try {
          localStorage.setItem(KEY, next);
        } catch {
          // it holds for this page then
        }
        named();
      });
    }
    const button = document.querySelector(".menu-button");
    const menu = document.querySelector("#pages");
    button?.addEventListener("click", () => {
      const open = menu.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu?.classList.contains("open")) return;
      menu.classList.remove("open");
      button.setAttribute("aria-expanded", "false");
      button.focus();
    });
  });
})();
