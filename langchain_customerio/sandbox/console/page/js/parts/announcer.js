import { h } from "../dom.js";
import { count, LABELS, number } from "../format.js";
import { store } from "../store.js";

const TOAST_MS = 2500;
const SUMMARY_MS = 10_000;

const toast = h("div", { class: "toast", role: "status", "aria-live": "polite" });
const summary = h("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
let timer = 0;

/** Say something in passing, on the screen and to a screen reader. @param {string} text */
export function announce(text) {
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(timer);
  timer = window.setTimeout(() => toast.classList.remove("shown"), TOAST_MS);
}

/** Tell a screen reader now and then what has arrived, so that it is not drowned in calls. */
export function startAnnouncing() {
  document.body.append(toast, summary);
  /** @type {Partial<Record<string, number>>} */
  let before = {};
  setInterval(() => {
    const labels = store.state?.labels ?? {};
    const news = Object.entries(LABELS).flatMap(([label, name]) => {
      const more = (labels[/** @type {import("../types.js").Label} */ (label)] ?? 0) - (before[label] ?? 0);
      return more > 0 ? [`${number(more)} ${name.toLowerCase()}`] : [];
    });
    const all = store.state?.counts.calls ?? 0;
    if (news.length) summary.textContent = `${count(all, "call")} so far. New: ${news.join(", ")}.`;
    before = { ...labels };
  }, SUMMARY_MS);
}
