import { fill, h } from "../dom.js";
import { count, number } from "../format.js";
import { callStream } from "../parts/call-stream.js";
import { link, route } from "../router.js";
import { on, store } from "../store.js";

/** What the real API would have lost behind a 200, by reason. @param {AbortSignal} signal */
export function swallowedView(signal) {
  const title = h("h1", {});
  const dropped = h("ul", { class: "reasons" });
  const ignored = h("ul", { class: "reasons" });
  const groups = h(
    "div",
    { class: "reason-groups" },
    h("section", {}, h("h2", {}, "Calls that were not stored"), dropped),
    h("section", {}, h("h2", {}, "Fields that were ignored"), ignored),
  );

  const showState = () => {
    const reasons = store.state?.reasons ?? [];
    const lost = store.state?.labels.dropped ?? 0;
    title.textContent = lost
      ? `${count(lost, "call")} ${lost === 1 ? "was" : "were"} answered 200 and not stored`
      : "No call was lost behind a 200";
    fillReasons(dropped, reasons, "dropped", "None.");
    fillReasons(ignored, reasons, "ignored", "None.");
  };
  const showRoute = () => store.follow({ outcome: "swallowed", q: route().params.q });

  window.addEventListener("hashchange", showRoute, { signal });
  on(signal, "state", showState);
  showRoute();
  showState();
  return h(
    "div",
    { class: "view swallowed-view" },
    h(
      "section",
      { class: "swallowed-head card", "data-label": "swallowed" },
      title,
      h(
        "p",
        { class: "muted" },
        "Without strict mode the real API answers 200 to everything, also to what it throws away. This is what nobody" +
          " would have told you.",
      ),
      groups,
    ),
    callStream(signal, { title: "Swallowed behind a 200", hasFilters: () => true }),
  );
}

/**
 * @param {HTMLElement} list
 * @param {import("../types.js").Reason[]} reasons
 * @param {string} outcome
 * @param {string} none
 */
function fillReasons(list, reasons, outcome, none) {
  const found = reasons.filter((each) => each.outcome === outcome);
  fill(
    list,
    found.map(({ reason, times }) =>
      h(
        "li",
        {},
        h("a", { href: link("swallowed", [], { q: words(reason) }) }, reason),
        h("span", { class: "number" }, number(times)),
      ),
    ),
    found.length ? null : h("li", { class: "muted" }, none),
  );
}

/** The words of a reason that a search finds again: of an ignored field, its name. @param {string} reason */
function words(reason) {
  return reason.includes(" is not a field of ") ? (reason.split(" ")[0] ?? "") : reason;
}
