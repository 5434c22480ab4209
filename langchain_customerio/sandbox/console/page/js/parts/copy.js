import { h } from "../dom.js";
import { icon } from "../icons.js";
import { announce } from "./announcer.js";

/**
 * A button that copies a text.
 *
 * @param {string} name What the button says.
 * @param {() => string} text
 * @param {{ quiet?: boolean }} [options] `quiet` shows the sign alone.
 */
export function copyButton(name, text, { quiet = false } = {}) {
  return h(
    "button",
    {
      class: quiet ? "button plain square copy" : "button copy",
      type: "button",
      "aria-label": quiet ? name : null,
      title: quiet ? name : null,
      onclick: async () => announce((await copy(text())) ? "Copied." : "The browser did not let the page copy."),
    },
    icon("copy"),
    quiet ? null : name,
  );
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
  // Beyond loopback and without TLS a page has no clipboard.
  const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
