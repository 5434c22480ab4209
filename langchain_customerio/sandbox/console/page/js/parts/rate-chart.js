import { h, svg } from "../dom.js";
import { count, LABELS, number } from "../format.js";
import { on, store } from "../store.js";

const SECONDS = 120;
const HEIGHT = 64;
const WIDTH = 720;
/** From the bottom up. @type {import("../types.js").Label[]} */
const LAYERS = ["accepted", "duplicate", "dropped", "rejected", "faulted"];

/** Calls a second by outcome, over the last two minutes. */
export class RateChart extends HTMLElement {
  #abort = new AbortController();
  /** The sandbox's clock less that of this machine, in seconds. */
  #offset = 0;
  #timer = 0;

  connectedCallback() {
    this.bars = LAYERS.map((label) => svg("path", { class: "bar", "data-label": label }));
    this.peak = h("span", { class: "peak number" });
    this.drawing = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      svg("path", { class: "grid", d: `M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}` }),
      ...this.bars,
    );
    this.append(
      h("div", { class: "chart-head" }, h("h2", {}, "Calls a second"), this.peak),
      h("div", { class: "chart-body" }, this.drawing),
      h(
        "div",
        { class: "chart-foot muted", "aria-hidden": "true" },
        h("span", {}, "2 minutes ago"),
        h("span", {}, "now"),
      ),
    );
    on(this.#abort.signal, "state", () => {
      this.#offset = (store.state?.now ?? 0) - Date.now() / 1000;
      this.draw();
    });
    this.#timer = window.setInterval(() => this.draw(), 1000);
    this.draw();
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearInterval(this.#timer);
  }

  draw() {
    if (!this.bars || !this.drawing || !this.peak) return;
    const seconds = store.state?.seconds ?? {};
    const first = Math.floor(Date.now() / 1000 + this.#offset) - SECONDS + 1;
    const columns = Array.from({ length: SECONDS }, (_, i) => seconds[first + i] ?? {});
    const most = Math.max(...columns.map(sum));
    for (const [layer, path] of paths(columns, nice(most)).entries()) this.bars[layer]?.setAttribute("d", path);
    this.peak.textContent = most ? `peak ${number(most)} a second` : "quiet";
    this.drawing.setAttribute("aria-label", describe(columns));
  }
}

/** @typedef {Partial<Record<string, number>>} Labels */

/**
 * One path for each layer, with a rectangle for each second in which something of it arrived.
 *
 * @param {Labels[]} columns
 * @param {number} top What the height of the chart stands for.
 */
function paths(columns, top) {
  const width = WIDTH / SECONDS;
  const found = LAYERS.map(() => "");
  for (const [column, labels] of columns.entries()) {
    let y = HEIGHT;
    for (const [layer, label] of LAYERS.entries()) {
      const times = labels[label] ?? 0;
      const tall = times ? Math.max((times / top) * (HEIGHT - 2), 1.5) : 0;
      y -= tall;
      if (tall) found[layer] += `M${column * width + 0.75} ${y}h${width - 1.5}v${tall}h${1.5 - width}z`;
    }
  }
  return found;
}

/** @param {Labels} labels */
const sum = (labels) => Object.values(labels).reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);

/** The next round number. @param {number} value */
function nice(value) {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** The chart in words. @param {Labels[]} columns */
function describe(columns) {
  const totals = columns.map(sum);
  const parts = LAYERS.flatMap((label) => {
    const times = columns.reduce((total, labels) => total + (labels[label] ?? 0), 0);
    return times ? [`${number(times)} ${LABELS[label].toLowerCase()}`] : [];
  });
  const all = totals.reduce((total, value) => total + value, 0);
  return `${count(all, "call")} in the last two minutes, at most ${number(Math.max(...totals))} in a second. ${parts.join(", ")}`;
}

customElements.define("rate-chart", RateChart);
