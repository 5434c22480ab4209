const NUMBER = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** What each label is called on the page. @type {Record<import("./types.js").Label, string>} */
export const LABELS = {
  accepted: "Accepted",
  duplicate: "Duplicate",
  dropped: "Dropped",
  rejected: "Refused",
  faulted: "Faulted",
};

/** A few words beside the number of a label. @type {Record<import("./types.js").Label, string>} */
export const NOTES = {
  accepted: "stored",
  duplicate: "seen before",
  dropped: "behind a 200",
  rejected: "and told so",
  faulted: "by a fault",
};

/** What each label means. @type {Record<import("./types.js").Label, string>} */
export const MEANINGS = {
  accepted: "Stored in the workspace.",
  duplicate: "Stored again: a call with this message id was stored before.",
  dropped: "Answered 200 and not stored. The real API does not tell you.",
  rejected: "Not stored, and the answer said so.",
  faulted: "An injected fault kept the sandbox from processing it.",
};

/** @param {number} value */
export const number = (value) => NUMBER.format(value);

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** @param {number} seconds Since 1970. */
export function clock(seconds) {
  const date = new Date(seconds * 1000);
  return `${CLOCK.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** @param {number | null} seconds Since 1970. */
export function dayAndTime(seconds) {
  return seconds === null ? "–" : `${DAY.format(seconds * 1000)}, ${CLOCK.format(seconds * 1000)}`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return count(bytes, "byte");
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
