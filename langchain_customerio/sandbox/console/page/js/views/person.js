import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { count, dayAndTime } from "../format.js";
import { icon } from "../icons.js";
import { card, fieldList, initial, neutral, plainList, warning } from "../parts/records.js";
import { refresher } from "../parts/refresher.js";
import { timeline } from "../parts/timeline.js";
import { link } from "../router.js";
import { store } from "../store.js";

/** @typedef {import("../types.js").Person} Person */

/**
 * All that is known of somebody, and what happened to them.
 *
 * @param {AbortSignal} signal
 * @param {string} id
 */
export function personView(signal, id) {
  const head = h("header", { class: "record-head" });
  const cards = h("div", { class: "cards" });
  const element = h("article", { class: "record person", "aria-label": `Person ${id}` }, head, cards, timeline(signal));
  let identifiers = "";

  store.follow({ person: id });
  refresher(signal, async () => {
    const person = /** @type {Person} */ (await getJson("person", { id }));
    // A merge gives the person a past under other ids: the timeline begins again.
    const now = person.identifiers.join("\n");
    if (identifiers && now !== identifiers) store.restart();
    identifiers = now;
    fill(head, ...headOf(person));
    fill(cards, ...cardsOf(person));
  });
  return element;
}

/** @param {Person} person */
function* headOf(person) {
  yield h("a", { class: "button plain back", href: link("people") }, icon("back"), "People");
  yield h("span", { class: "avatar large", "aria-hidden": "true" }, initial(person.id));
  yield h(
    "div",
    { class: "record-title" },
    h("h1", {}, person.id),
    h("p", { class: "muted" }, under(person)),
    h("p", { class: "record-badges" }, ...badges(person)),
  );
  yield h("a", { class: "button record-action", href: link("calls", [], { person: person.id }) }, "Show in calls");
}

/** @param {Person} person */
function under(person) {
  if (person.kind === "unknown") return "Not in the workspace: never identified, or deleted.";
  const parts = [
    person.email && person.email !== person.id ? person.email : "",
    `first seen ${dayAndTime(person.created_at)}`,
    person.updated_at ? `last changed ${dayAndTime(person.updated_at)}` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** @param {Person} person */
function badges(person) {
  return [
    person.kind === "anonymous" ? neutral("anonymous visitor") : null,
    person.unsubscribed ? warning("unsubscribed") : null,
    person.suppressed.length ? warning("suppressed") : null,
    person.deletions.some((each) => each.kind === "person") ? warning("deleted at least once") : null,
  ];
}

/** @param {Person} person */
function* cardsOf(person) {
  yield card("Traits", "people", fieldList(person.traits, "None."));
  yield card(
    "Consent",
    "accepted",
    h(
      "p",
      { class: "consent" },
      person.unsubscribed
        ? warning("unsubscribed from everything")
        : h("span", { class: "chip", "data-label": "accepted" }, "subscribed"),
    ),
    person.preferences.length
      ? fieldList(person.preferences, "")
      : h("p", { class: "muted" }, "No preferences by topic."),
    person.suppressed.length ? h("p", {}, "Suppressed: ", h("code", {}, person.suppressed.join(", "))) : null,
  );
  yield card("Devices", "device", plainList(person.devices.map(device), "None."));
  yield card("Groups", "objects", plainList(person.groups.map(group), "Member of nothing."));
  yield card("Identity", "identifiers", plainList(identity(person), "Known by this id alone."));
}

/** @param {import("../types.js").Device} found */
function device(found) {
  return [
    h("span", { class: "kind" }, found.type),
    " ",
    h("code", {}, found.token),
    found.app ? ` in ${found.app}` : "",
  ];
}

/** @param {import("../types.js").Membership} found */
function group(found) {
  return [
    h("a", { href: link("objects", [found.type_id, found.id]) }, found.name ?? found.id),
    h("span", { class: "muted" }, ` type ${found.type_id}`),
    found.attributes.length ? fieldList(found.attributes, "") : "",
  ];
}

/** @param {Person} person */
function identity(person) {
  /** @type {(Node | string)[][]} */
  const found = [];
  for (const id of person.anonymous_ids) found.push(["Was the anonymous visitor ", h("code", {}, id)]);
  for (const id of person.previous_ids) found.push(["Took in the person ", h("code", {}, id)]);
  for (const [from, to] of person.aliases) found.push(["Alias ", h("code", {}, from), " → ", h("code", {}, to)]);
  for (const each of person.deletions) {
    const there = each.found ? "" : ", which was not there";
    found.push([`${each.event}: ${each.kind} `, h("code", {}, each.id), there]);
  }
  return found;
}

/** @param {number} value */
export const members = (value) => count(value, "member");
