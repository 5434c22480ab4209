import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { count } from "../format.js";
import { lineList, neutral, warning } from "../parts/records.js";
import { refresher } from "../parts/refresher.js";
import { link, route } from "../router.js";
import { store } from "../store.js";
import { personView } from "./person.js";

/** @typedef {import("../types.js").PersonRow} PersonRow */

/** Everybody in the workspace, and one of them in full. @param {AbortSignal} signal */
export function peopleView(signal) {
  const id = route().path[0];
  const list = h("div", { class: "list-body" });
  const title = h("h1", {}, "People");
  const element = h(
    "div",
    { class: `view split ${id === undefined ? "" : "has-record"}` },
    h("section", { class: "list card", "aria-label": "People" }, title, list),
    id === undefined
      ? h(
          "p",
          { class: "record empty muted" },
          "Choose somebody to see what is known of them, and what happened to them.",
        )
      : personView(signal, id),
  );
  if (id === undefined) store.follow({}, { calls: false });

  const show = async () => {
    const { q } = route().params;
    const { total, rows } = /** @type {{ total: number, rows: PersonRow[] }} */ (await getJson("people", { q }));
    title.textContent = count(total, "person", "people");
    fill(
      list,
      rows.length
        ? lineList(
            rows.map((row) => line(row, id, q)),
            "People",
          )
        : h("p", { class: "empty muted" }, nobody(q)),
      total > rows.length
        ? h(
            "p",
            { class: "empty muted" },
            `The ${count(rows.length, "person", "people")} that changed last. Search for others.`,
          )
        : null,
    );
  };
  window.addEventListener("hashchange", refresher(signal, show), { signal });
  return element;
}

/**
 * @param {PersonRow} row
 * @param {string | undefined} id
 * @param {string | undefined} q
 */
function line(row, id, q) {
  const badges = [
    row.kind === "anonymous" ? neutral("anonymous") : null,
    row.unsubscribed ? warning("unsubscribed") : null,
    row.suppressed ? warning("suppressed") : null,
  ];
  return {
    href: link("people", [row.id], { q }),
    current: row.id === id,
    title: row.id,
    under: row.email && row.email !== row.id ? row.email : count(row.traits, "trait"),
    badges: badges.filter((badge) => badge !== null),
  };
}

/** @param {string | undefined} q */
const nobody = (q) => (q ? "Nobody matches the search." : "Nobody yet. The first identify call creates a person.");
