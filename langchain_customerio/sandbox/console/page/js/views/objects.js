import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { count, dayAndTime } from "../format.js";
import { icon } from "../icons.js";
import { card, fieldList, initial, lineList, neutral, plainList } from "../parts/records.js";
import { refresher } from "../parts/refresher.js";
import { link, route } from "../router.js";
import { store } from "../store.js";

/**
 * @typedef {import("../types.js").ObjectRow} ObjectRow
 * @typedef {import("../types.js").ObjectDetail} ObjectDetail
 */

/** Objects, such as companies, and the members of one of them. @param {AbortSignal} signal */
export function objectsView(signal) {
  const [type, id] = route().path;
  const list = h("div", { class: "list-body" });
  const title = h("h1", {}, "Objects");
  const record = h("article", { class: "record", "aria-label": "Object" });
  store.follow({}, { calls: false });

  const show = async () => {
    const { q } = route().params;
    const { total, rows } = /** @type {{ total: number, rows: ObjectRow[] }} */ (await getJson("objects", { q }));
    title.textContent = count(total, "object");
    const lines = rows.map((row) => ({
      href: link("objects", [row.type_id, row.id], { q }),
      current: row.type_id === type && row.id === id,
      title: row.name ?? row.id,
      under: `${row.id} · ${count(row.members, "member")}`,
      badges: [neutral(`type ${row.type_id}`)],
    }));
    fill(
      list,
      lines.length ? lineList(lines, "Objects") : h("p", { class: "empty muted" }, "None. A group call creates one."),
    );
    if (type !== undefined && id !== undefined) await showRecord(record, type, id);
  };
  window.addEventListener("hashchange", refresher(signal, show), { signal });
  return h(
    "div",
    { class: `view split ${id === undefined ? "" : "has-record"}` },
    h("section", { class: "list card", "aria-label": "Objects" }, title, list),
    id === undefined ? h("p", { class: "record empty muted" }, "Choose an object to see its members.") : record,
  );
}

/**
 * @param {HTMLElement} record
 * @param {string} type
 * @param {string} id
 */
async function showRecord(record, type, id) {
  const back = h("a", { class: "button plain back", href: link("objects") }, icon("back"), "Objects");
  try {
    const found = /** @type {ObjectDetail} */ (await getJson("object", { type, id }));
    fill(
      record,
      head(
        back,
        found.name ?? found.id,
        `${found.id} · type ${found.type_id} · first seen ${dayAndTime(found.created_at)}`,
      ),
      cards(found),
    );
  } catch (error) {
    fill(record, head(back, id, error instanceof Error ? error.message : String(error)));
  }
}

/**
 * @param {Node} back
 * @param {string} title
 * @param {string} under
 */
function head(back, title, under) {
  return h(
    "header",
    { class: "record-head" },
    back,
    h("span", { class: "avatar large", "aria-hidden": "true" }, initial(title)),
    h("div", { class: "record-title" }, h("h1", {}, title), h("p", { class: "muted" }, under)),
  );
}

/** @param {ObjectDetail} found */
function cards(found) {
  const members = found.members_listed.map((member) => [
    h("a", { href: link("people", [member.id]) }, member.id),
    member.attributes.length ? fieldList(member.attributes, "") : "",
  ]);
  return h(
    "div",
    { class: "cards" },
    card("Traits", "objects", fieldList(found.traits, "None.")),
    card(count(found.members, "member"), "people", plainList(members, "Nobody belongs to it.", found.members)),
  );
}
