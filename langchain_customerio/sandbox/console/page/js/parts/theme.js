import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

const KEY = "langchain-customerio-theme";
/** @type {[string, string, string][]} Theme, icon, name. */
const THEMES = [
  ["system", "system", "as the system"],
  ["light", "sun", "light"],
  ["dark", "moon", "dark"],
];

/** A button that goes round light, dark and whatever the system has. */
export function themeButton() {
  let chosen = localStorage.getItem(KEY) ?? "system";
  const button = h("button", { class: "button plain square", type: "button", onclick: () => next() });
  const show = () => {
    const [, sign, name] = THEMES.find(([theme]) => theme === chosen) ?? ["", "system", "as the system"];
    document.documentElement.dataset.theme = chosen;
    button.setAttribute("aria-label", `Colours: ${name}`);
    button.setAttribute("title", `Colours: ${name}`);
    fill(button, icon(sign));
  };
  const next = () => {
    const place = THEMES.findIndex(([theme]) => theme === chosen);
    chosen = THEMES[(place + 1) % THEMES.length]?.[0] ?? "system";
    localStorage.setItem(KEY, chosen);
    show();
  };
  show();
  return button;
}
