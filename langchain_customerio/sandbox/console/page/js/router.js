/** The address of what is shown stands behind `#`, so that it can be shared, and never reaches the server. */

/** @returns {import("./types.js").Route} */
export function route() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/").map(decode);
  return { view: view || "calls", path: rest, params: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * @param {string} view
 * @param {string[]} [path]
 * @param {Record<string, string | undefined>} [params]
 */
export function link(view, path = [], params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = new URLSearchParams(/** @type {[string, string][]} */ (given)).toString();
  return `#/${[view, ...path].map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

/**
 * Change parameters of the address; an empty one goes away.
 *
 * @param {Record<string, string | undefined>} changes
 * @param {{ replace?: boolean }} [options] `replace` leaves no trace in the history.
 */
export function change(changes, { replace = false } = {}) {
  const { view, path, params } = route();
  const target = link(view, path, { ...params, ...changes });
  if (replace) {
    history.replaceState(null, "", target);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = target;
  }
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
