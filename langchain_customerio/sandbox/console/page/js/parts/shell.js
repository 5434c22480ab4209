import { ask, send, withParams } from "../api.js";
import { fill, h, svg } from "../dom.js";
import { count, number } from "../format.js";
import { icon } from "../icons.js";
import { change, link, route } from "../router.js";
import { store } from "../store.js";
import { announce } from "./announcer.js";
import { connect } from "./connect.js";
import { confirm, openDialog, openHelp } from "./dialogs.js";
import { openFaults } from "./faults.js";
import { themeButton } from "./theme.js";

const SEARCH_PAUSE_MS = 200;

/** @type {[string, string, string, () => number | undefined][]} View, title, icon, number beside it. */
const PLACES = [
  ["calls", "Calls", "calls", () => store.state?.counts.calls],
  ["swallowed", "Swallowed", "swallowed", () => store.state?.labels.dropped ?? 0],
  [
    "people",
    "People",
    "people",
    () => (store.state ? store.state.holds.people + store.state.holds.anonymous : undefined),
  ],
  ["objects", "Objects", "objects", () => store.state?.holds.objects],
  ["identifiers", "Identifiers", "identifiers", () => store.state?.holds.identifiers],
];

/** What is around every view: name, search, buttons and the way to the views. */
export function shell() {
  const main = h("main", { id: "main", tabindex: -1 });
  const live = h("span", { class: "live", role: "status" });
  const faults = h("span", { class: "badge", hidden: true });
  const links = PLACES.map(placeLink);
  const root = h(
    "div",
    { class: "shell" },
    h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to the content"),
    h("header", { class: "top" }, brand(live), search(), actions(faults)),
    h(
      "nav",
      { class: "places", "aria-label": "Views" },
      h(
        "ul",
        {},
        links.map(({ element }) => h("li", {}, element)),
      ),
      h(
        "button",
        { class: "button plain connect-button", type: "button", onclick: () => openDialog("Connect", ...connect()) },
        icon("plug"),
        h("span", {}, "Connect"),
      ),
    ),
    main,
  );
  const show = () => {
    for (const each of links) each.update();
    const waiting = store.state?.faults.length ?? 0;
    faults.hidden = !waiting;
    faults.textContent = number(waiting);
    fill(live, h("span", { class: "pulse", "aria-hidden": "true" }), connectionText());
    live.dataset.connection = store.connection;
  };
  for (const name of ["state", "connection", "reset"]) store.addEventListener(name, show);
  window.addEventListener("hashchange", show);
  show();
  return { root, main };
}

function connectionText() {
  return { connecting: "Connecting", live: "Live", lost: "Reconnecting", denied: "Token needed" }[store.connection];
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** @param {HTMLElement} live */
function brand(live) {
  const mark = svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("rect", { width: 32, height: 32, rx: 9 }),
    svg("path", { d: "M7 12.500 16 8l9 4.500v8L16 25l-9-4.500zm0 0 9 4.500 9-4.500M16 17v8" }),
  );
  return h("div", { class: "brand" }, mark, h("span", { class: "brand-name" }, "Sandbox"), live);
}

function search() {
  let timer = 0;
  const input = h("input", {
    type: "search",
    class: "input",
    placeholder: "Search everything",
    "aria-label": "Search everything",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => {
      clearTimeout(timer);
      timer = window.setTimeout(
        () => change({ q: input.value.trim(), call: undefined }, { replace: true }),
        SEARCH_PAUSE_MS,
      );
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      input.value = "";
      change({ q: undefined }, { replace: true });
      input.blur();
    },
  });
  const follow = () => {
    if (document.activeElement !== input) input.value = route().params.q ?? "";
  };
  window.addEventListener("hashchange", follow);
  window.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      input.focus();
    } else if (event.key === "?") {
      openHelp();
    } else if (event.key === "Escape" && route().params.call) {
      change({ call: undefined });
    }
  });
  follow();
  return h("search", { class: "search" }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"));
}

/** @param {HTMLElement} faults */
function actions(faults) {
  return h(
    "div",
    { class: "actions" },
    h(
      "button",
      { class: "button", type: "button", onclick: openFaults },
      icon("bolt"),
      h("span", { class: "wide" }, "Faults"),
      faults,
    ),
    action("download", "Export", "Download the stored calls that the filters show, as JSON Lines", download),
    action("clear", "Clear", "Forget everything that has arrived", clear),
    themeButton(),
    h(
      "button",
      { class: "button plain square help", type: "button", "aria-label": "Keys", onclick: openHelp },
      icon("help"),
    ),
  );
}

/**
 * @param {string} sign
 * @param {string} name
 * @param {string} title
 * @param {() => void} act
 */
function action(sign, name, title, act) {
  return h(
    "button",
    { class: "button", type: "button", title, onclick: act },
    icon(sign),
    h("span", { class: "wide" }, name),
  );
}

async function download() {
  try {
    const { q, type, outcome, person } = route().params;
    const response = await ask(withParams("export.jsonl", { q, type, outcome, person }));
    const anchor = h("a", { href: URL.createObjectURL(await response.blob()), download: "calls.jsonl" });
    anchor.click();
    URL.revokeObjectURL(anchor.href);
    announce("The calls are downloaded as calls.jsonl.");
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
  }
}

function clear() {
  const calls = count(store.state?.counts.calls ?? 0, "call");
  confirm(
    "Clear the sandbox?",
    `It forgets ${calls}, everybody in it, and waiting faults. This cannot be undone.`,
    "Clear",
    async () => {
      try {
        await send("clear", "POST");
        change({ call: undefined });
        announce("The sandbox is empty.");
      } catch (error) {
        announce(error instanceof Error ? error.message : String(error));
      }
    },
  );
}

/** @param {[string, string, string, () => number | undefined]} place */
function placeLink([view, title, sign, value]) {
  const badge = h("span", { class: "place-count number" });
  const element = h(
    "a",
    { class: "place", href: link(view), "data-view": view },
    icon(sign),
    h("span", {}, title),
    badge,
  );
  const update = () => {
    const { view: current, params } = route();
    element.setAttribute("href", link(view, [], { q: params.q }));
    if (current === view) element.setAttribute("aria-current", "page");
    else element.removeAttribute("aria-current");
    const found = value();
    badge.textContent = found === undefined ? "" : number(found);
    element.classList.toggle("has-some", Boolean(found));
  };
  return { element, update };
}
