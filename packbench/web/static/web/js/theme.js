// Light, dark or the system's; compact or roomy rows. Kept in a cookie, so that the server
// writes the right page at once.

const YEAR = 365 * 24 * 3600;

export function remember(name, value) {
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`;
}

export function setUpTheme() {
  const root = document.documentElement;
  const buttons = document.querySelectorAll("[data-set-theme]");
  const show = () => {
    for (const button of buttons) {
      const isOn = (root.dataset.theme || "") === button.dataset.setTheme;
      button.setAttribute("aria-pressed", String(isOn));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const theme = button.dataset.setTheme;
      if (theme) root.dataset.theme = theme;
      else delete root.dataset.theme;
      remember("theme", theme);
      show();
    });
  }
  show();
}
