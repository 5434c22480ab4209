import { token } from "./api.js";
import { fill } from "./dom.js";
import { startAnnouncing } from "./parts/announcer.js";
import { askForToken } from "./parts/dialogs.js";
import { shell } from "./parts/shell.js";
import { route } from "./router.js";
import { store } from "./store.js";
import { callsView } from "./views/calls.js";
import { identifiersView } from "./views/identifiers.js";
import { objectsView } from "./views/objects.js";
import { peopleView } from "./views/people.js";
import { swallowedView } from "./views/swallowed.js";

/** @type {Record<string, (signal: AbortSignal) => HTMLElement>} */
const VIEWS = {
  calls: callsView,
  swallowed: swallowedView,
  people: peopleView,
  objects: objectsView,
  identifiers: identifiersView,
};

takeToken();
const { root, main } = shell();
document.body.append(root);
startAnnouncing();
let shown = "";
let abort = new AbortController();
window.addEventListener("hashchange", show);
store.addEventListener("connection", () => {
  if (store.connection === "denied" && !document.querySelector("dialog[open]")) askForToken(useToken);
});
show();

/** Draw another view, unless only the parameters of the address have changed. */
function show() {
  const { view, path } = route();
  const place = [view, ...path].join("\n");
  if (place === shown) return;
  const first = shown === "";
  shown = place;
  abort.abort();
  abort = new AbortController();
  const make = VIEWS[view] ?? callsView;
  fill(main, make(abort.signal));
  document.title = `${view.charAt(0).toUpperCase()}${view.slice(1)} · Customer.io sandbox`;
  if (!first) main.focus({ preventScroll: true });
}

/** The token comes behind `#`, once, and does not stay in the address. */
function takeToken() {
  const found = /^#token=(.+)$/.exec(location.hash);
  if (!found?.[1]) return;
  token.set(decodeURIComponent(found[1]));
  history.replaceState(null, "", "#/calls");
}

/** @param {string} value */
function useToken(value) {
  token.set(value);
  store.restart();
}
