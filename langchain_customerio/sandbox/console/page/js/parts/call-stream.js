import { fill, h } from "../dom.js";
import { count } from "../format.js";
import { change, route } from "../router.js";
import { on, store } from "../store.js";
import { CallDetail } from "./call-detail.js";
import { CallList } from "./call-list.js";
import { connect } from "./connect.js";

/**
 * The list of calls beside the one that is open. The open one stands in the address.
 *
 * @param {AbortSignal} signal
 * @param {{ title: string, hasFilters: () => boolean }} options
 */
export function callStream(signal, { title, hasFilters }) {
  const list = new CallList();
  const detail = new CallDetail();
  const empty = h("div", { class: "empty-state" });
  const told = h("p", { class: "muted stream-note", role: "note" });
  const element = h(
    "section",
    { class: "stream card", "aria-label": title },
    h("div", { class: "stream-main" }, told, list, empty),
    detail,
  );
  detail.hidden = true;

  const showOpen = () => {
    const key = route().params.call ?? "";
    list.open = key;
    element.classList.toggle("has-detail", Boolean(key));
    detail.show(key);
  };
  const showRows = () => {
    const nothing = store.rows.length === 0 && store.state !== null;
    list.hidden = nothing;
    empty.hidden = !nothing;
    if (nothing) fill(empty, ...emptyState(hasFilters()));
    told.hidden = store.skipped + store.dropped === 0;
    told.textContent = `The newest ${count(store.rows.length, "call")}. A search finds older ones, too.`;
  };

  list.addEventListener("open", (event) => {
    const { number, index } = /** @type {CustomEvent<import("../types.js").Row>} */ (event).detail;
    change({ call: `${number}.${index}` });
  });
  detail.addEventListener("close", () => {
    change({ call: undefined });
    list.grid?.focus();
  });
  window.addEventListener("hashchange", showOpen, { signal });
  on(signal, "rows", showRows);
  on(signal, "state", showRows);
  showOpen();
  showRows();
  return element;
}

/** @param {boolean} filtered */
function emptyState(filtered) {
  if (!store.record) {
    return [
      h("h2", {}, "This sandbox only counts"),
      h("p", { class: "muted" }, "It was started with record=False, so it keeps no calls, no people and no objects."),
    ];
  }
  if (filtered) {
    return [
      h("h2", {}, "No call matches"),
      h("p", { class: "muted" }, "Nothing that has arrived fits the search and the filters."),
      h(
        "button",
        {
          class: "button",
          type: "button",
          onclick: () => change({ q: undefined, type: undefined, outcome: undefined, person: undefined }),
        },
        "Show all calls",
      ),
    ];
  }
  return [h("h2", {}, "Waiting for the first call"), ...connect()];
}
