import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { count, LABELS, MEANINGS, NOTES, number } from "../format.js";
import { icon } from "../icons.js";
import { callStream } from "../parts/call-stream.js";
import { RateChart } from "../parts/rate-chart.js";
import { change, link, route } from "../router.js";
import { on, store } from "../store.js";

const KINDS = ["identify", "track", "page", "screen", "group", "alias"];
const FILTERS = ["q", "type", "outcome", "person"];

/** All calls as they arrive, with numbers over time. @param {AbortSignal} signal */
export function callsView(signal) {
  const tiles = h("div", {
    class: "tiles",
    role: "group",
    "aria-label": "Outcomes: choose one to see its calls alone",
  });
  const filters = h("div", { class: "filters" });
  const hasFilters = () => FILTERS.some((name) => route().params[name]);

  const showRoute = () => {
    const { q, type, outcome, person } = route().params;
    store.follow({ q, type, outcome, person });
    fill(filters, ...filterBar());
    if (q) showOtherFinds(filters, q);
  };
  const showState = () => fill(tiles, ...Object.keys(LABELS).map((label) => tile(label)));

  window.addEventListener("hashchange", showRoute, { signal });
  window.addEventListener("hashchange", showState, { signal });
  on(signal, "state", () => updateTiles(tiles));
  showRoute();
  showState();
  return h(
    "div",
    { class: "view calls-view" },
    h("h1", { class: "visually-hidden" }, "Calls"),
    h("section", { class: "overview card", "aria-label": "Numbers" }, new RateChart(), tiles),
    filters,
    callStream(signal, { title: "Calls", hasFilters }),
  );
}

/** @param {string} label */
function tile(label) {
  const name = /** @type {import("../types.js").Label} */ (label);
  const pressed = route().params.outcome === label;
  return h(
    "button",
    {
      class: "tile",
      type: "button",
      "data-label": label,
      "aria-pressed": String(pressed),
      title: MEANINGS[name],
      onclick: () => change({ outcome: pressed ? undefined : label, call: undefined }),
    },
    h("span", { class: "tile-name" }, icon(label), LABELS[name]),
    h("span", { class: "tile-value number" }, number(store.state?.labels[name] ?? 0)),
    h("span", { class: "tile-note" }, NOTES[name]),
  );
}

/** @param {HTMLElement} tiles */
function updateTiles(tiles) {
  for (const element of tiles.querySelectorAll("[data-label]")) {
    const label = /** @type {import("../types.js").Label} */ (element.getAttribute("data-label"));
    const value = element.querySelector(".tile-value");
    if (value) value.textContent = number(store.state?.labels[label] ?? 0);
  }
}

function filterBar() {
  const { type, outcome, person, q } = route().params;
  return [
    h(
      "div",
      { class: "segments", role: "group", "aria-label": "Kind of call" },
      ["", ...KINDS].map((kind) =>
        h(
          "button",
          {
            type: "button",
            class: "segment",
            "aria-pressed": String((type ?? "") === kind),
            onclick: () => change({ type: kind || undefined, call: undefined }),
          },
          kind || "all",
        ),
      ),
    ),
    person ? removable(`person: ${person}`, { person: undefined }) : personFilter(),
    outcome === "swallowed" ? removable("behind a 200", { outcome: undefined }) : null,
    q || type || outcome || person
      ? h(
          "button",
          {
            type: "button",
            class: "button plain",
            onclick: () => change({ q: undefined, type: undefined, outcome: undefined, person: undefined }),
          },
          "Clear filters",
        )
      : null,
  ];
}

/** A field for whoever the calls are about. */
function personFilter() {
  const input = h("input", {
    class: "input person-filter",
    placeholder: "Person, by any id",
    "aria-label": "Only the calls of a person: an id, an e-mail address or an anonymous id",
    autocomplete: "off",
    spellcheck: "false",
    onchange: () => change({ person: input.value.trim() || undefined, call: undefined }),
  });
  return input;
}

/**
 * @param {string} text
 * @param {Record<string, undefined>} changes
 */
function removable(text, changes) {
  return h(
    "button",
    {
      type: "button",
      class: "button removable",
      "aria-label": `Remove the filter ${text}`,
      onclick: () => change(changes),
    },
    text,
    icon("close"),
  );
}

/**
 * People and objects that a search finds beside the calls.
 *
 * @param {HTMLElement} filters
 * @param {string} q
 */
async function showOtherFinds(filters, q) {
  const [people, objects] = /** @type {{ total: number }[]} */ (
    await Promise.all([getJson("people", { q }), getJson("objects", { q })])
  );
  if (route().params.q !== q) return;
  const found = h("p", { class: "other-finds" });
  if (people?.total) found.append(h("a", { href: link("people", [], { q }) }, count(people.total, "person", "people")));
  if (objects?.total) found.append(h("a", { href: link("objects", [], { q }) }, count(objects.total, "object")));
  if (found.childElementCount) {
    found.prepend(h("span", { class: "muted" }, "Also found:"));
    filters.append(found);
  }
}
