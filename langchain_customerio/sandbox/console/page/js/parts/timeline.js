import { fill, h } from "../dom.js";
import { clock, count } from "../format.js";
import { link } from "../router.js";
import { on, store } from "../store.js";
import { explanation, kind, outcome } from "./badges.js";

const STEP = 100;

/**
 * The calls that are followed, as what happened to somebody, the newest first.
 *
 * @param {AbortSignal} signal
 */
export function timeline(signal) {
  let shown = STEP;
  const list = h("ol", { class: "timeline" });
  const title = h("h2", {}, "Timeline");
  const more = h("button", { class: "button", type: "button", onclick: () => showMore() }, "Show more");

  const showMore = () => {
    shown += STEP;
    draw();
  };
  const draw = () => {
    const rows = store.rows.slice(-shown).reverse();
    title.textContent = store.rows.length ? `Timeline: ${count(store.rows.length, "call")}` : "Timeline";
    fill(list, rows.map(moment), rows.length ? null : h("li", { class: "muted" }, "No call names this person."));
    more.hidden = store.rows.length <= shown;
  };
  on(signal, "rows", draw);
  draw();
  return h("section", { class: "card record-card timeline-card" }, title, list, more);
}

/** @param {import("../types.js").Row} row */
function moment(row) {
  const why = explanation(row);
  return h(
    "li",
    { class: "moment", "data-label": row.label },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("time", { class: "mono number muted" }, clock(row.at)),
    h(
      "div",
      { class: "moment-text" },
      h(
        "a",
        { href: link("calls", [], { call: `${row.number}.${row.index}`, person: row.who }) },
        kind(row),
        h("span", { class: "moment-what" }, row.what || row.endpoint),
      ),
      h("span", { class: "moment-outcome" }, outcome(row.label), why ? h("span", { class: "muted" }, why) : null),
    ),
  );
}
