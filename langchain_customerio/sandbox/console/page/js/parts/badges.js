import { h } from "../dom.js";
import { count, LABELS, MEANINGS } from "../format.js";
import { icon } from "../icons.js";

/**
 * What became of a call, in a word and a sign, never in colour alone.
 *
 * @param {import("../types.js").Label} label
 */
export function outcome(label) {
  return h("span", { class: "chip", "data-label": label, title: MEANINGS[label] }, icon(label), LABELS[label]);
}

/** @param {import("../types.js").Row} row */
export function kind(row) {
  return h("span", { class: "kind" }, row.type ?? "request");
}

/**
 * Why a call was not stored, or what it lost, in the words of the sandbox.
 *
 * @param {import("../types.js").Row} row
 */
export function explanation(row) {
  if (row.reason) return row.reason;
  if (row.ignored.length) return `${count(row.ignored.length, "field")} ignored: ${row.ignored.join(", ")}`;
  return row.fault ?? "";
}
