import { svg } from "./dom.js";

/** Outlines on a grid of 24 by 24. @type {Record<string, string>} */
const PATHS = {
  accepted: "M5 12.5 10 17 19 7.5",
  arrow: "m9 6 6 6-6 6",
  back: "m15 6-6 6 6 6",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  calls: "M4 6h16M4 12h16M4 18h10",
  clear: "M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  device: "M8 3h8v18H8zM11 18h2",
  download: "M12 4v11m-5-5 5 5 5-5M4 20h16",
  dropped: "M12 4v10M12 18.5v.5",
  duplicate: "M8 8h12v12H8zM16 4H4v12",
  faulted: "M13 3 5 14h6l-1 7 8-11h-6z",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M12 18v.1",
  identifiers: "M4 9h16M4 15h16M10 4 8 20M16 4l-2 16",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z",
  objects: "M4 8.5 12 4l8 4.5v7L12 20l-8-4.5zM4 8.5l8 4.5 8-4.5M12 13v7",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2.2.8 3.5 2.600 3.500 5.500",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  rejected: "M6 6l12 12M18 6 6 18",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.500 4.500",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M5 19l1.500-1.500M17.500 6.500 19 5",
  swallowed: "M3 12c3-5 6-7 9-7s6 2 9 7c-3 5-6 7-9 7s-6-2-9-7zM4 20 20 4",
  system: "M3 5h18v11H3zM8 20h8M12 16v4",
  up: "m6 14 6-6 6 6",
};

/**
 * A picture that says nothing more than the text beside it, so that screen readers pass over it.
 *
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] ?? "" }),
  );
}
