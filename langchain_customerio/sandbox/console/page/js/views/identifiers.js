import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { card, plainList } from "../parts/records.js";
import { refresher } from "../parts/refresher.js";
import { link } from "../router.js";
import { store } from "../store.js";

/** What was suppressed, deleted and merged. @param {AbortSignal} signal */
export function identifiersView(signal) {
  const cards = h("div", { class: "cards wide" });
  store.follow({}, { calls: false });
  refresher(signal, async () => {
    const found = /** @type {import("../types.js").Identifiers} */ (await getJson("identifiers"));
    const { totals } = found;
    const suppressed = found.suppressed.map((id) => [person(id)]);
    const aliases = found.aliases.map(([from, to]) => [h("code", {}, from), " → ", person(to)]);
    fill(
      cards,
      card("Suppressed", "rejected", plainList(suppressed, "Nobody is suppressed.", totals.suppressed)),
      card("Deleted", "clear", plainList(found.deleted.map(deletion), "Nothing was deleted.", totals.deleted)),
      card("Aliases", "link", plainList(aliases, "No alias call has arrived.", totals.aliases)),
      card("Merged", "duplicate", plainList(found.merged.map(merge), "No ids were merged.", totals.merged)),
    );
  });
  return h("div", { class: "view" }, h("h1", { class: "view-title" }, "Identifiers"), cards);
}

/** @param {string} id */
const person = (id) => h("a", { href: link("people", [id]) }, id);

/** @param {import("../types.js").Deletion} each */
function deletion(each) {
  const who = each.kind === "person" ? person(each.id) : h("code", {}, each.id);
  const whose = each.kind !== "person" && each.user_id ? [" of ", person(each.user_id)] : [];
  return [
    `${each.kind} `,
    who,
    ...whose,
    h("span", { class: "muted" }, ` ${each.event}${each.found ? "" : ", not there"}`),
  ];
}

/** @param {{ id: string, anonymous_ids: string[], previous_ids: string[] }} each */
function merge(each) {
  const ids = [...each.previous_ids, ...each.anonymous_ids];
  return [h("code", {}, ids.join(", ")), " → ", person(each.id)];
}
