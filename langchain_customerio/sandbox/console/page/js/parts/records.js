import { h } from "../dom.js";
import { number } from "../format.js";
import { icon } from "../icons.js";

/** Pieces that the pages of people and objects share. */

/**
 * A card with a title.
 *
 * @param {string} title
 * @param {string} sign The name of an icon.
 * @param {...(Node | string | null | (Node | null)[])} children
 */
export function card(title, sign, ...children) {
  return h("section", { class: "card record-card" }, h("h2", {}, icon(sign), title), ...children);
}

/**
 * Values by their path.
 *
 * @param {import("../types.js").Field[]} fields
 * @param {string} none What to say when there are none.
 */
export function fieldList(fields, none) {
  if (!fields.length) return h("p", { class: "muted" }, none);
  return h(
    "dl",
    { class: "fields" },
    fields.map(({ name, value, text }) =>
      h(
        "div",
        {},
        h("dt", {}, name),
        h("dd", { class: text ? "text" : "mono json" }, text && value === "" ? "(empty)" : value),
      ),
    ),
  );
}

/**
 * @param {(Node | string)[][]} items
 * @param {string} none What to say when there are none.
 * @param {number} [total] How many there are, where not all of them came.
 */
export function plainList(items, none, total = items.length) {
  if (!items.length) return h("p", { class: "muted" }, none);
  return h(
    "ul",
    { class: "plain-list" },
    items.map((parts) => h("li", {}, ...parts)),
    total > items.length ? h("li", { class: "muted" }, `and ${number(total - items.length)} more`) : null,
  );
}

/**
 * A list on the left of which each line leads to a page on the right.
 *
 * @param {{ href: string, current: boolean, title: string, under: string, badges: Node[] }[]} lines
 * @param {string} label
 */
export function lineList(lines, label) {
  return h(
    "ul",
    { class: "lines", "aria-label": label },
    lines.map(({ href, current, title, under, badges }) =>
      h(
        "li",
        {},
        h(
          "a",
          { class: "line", href, "aria-current": current ? "page" : null },
          h("span", { class: "avatar", "aria-hidden": "true" }, initial(title)),
          h(
            "span",
            { class: "line-text" },
            h("span", { class: "line-title" }, title),
            h("span", { class: "muted" }, under),
          ),
          h("span", { class: "line-badges" }, ...badges),
        ),
      ),
    ),
  );
}

/** @param {string} text */
export const initial = (text) => ([...text][0] ?? "?").toUpperCase();

/** @param {string} text */
export const neutral = (text) => h("span", { class: "chip neutral" }, text);

/** @param {string} text */
export const warning = (text) => h("span", { class: "chip", "data-label": "dropped" }, text);
