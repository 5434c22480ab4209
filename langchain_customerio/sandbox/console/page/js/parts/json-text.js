import { h } from "../dom.js";

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Longer texts are shown without colours. */
const MOST = 50_000;

/**
 * JSON with colours. It stays text: a number keeps all its digits.
 *
 * @param {string} text
 * @param {string} label For screen readers.
 */
export function jsonText(text, label) {
  const block = h("pre", { class: "code", tabindex: 0, role: "region", "aria-label": label });
  if (text.length > MOST) {
    block.textContent = text;
    return block;
  }
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    block.append(text.slice(end, match.index));
    const [whole, string, colon, literal] = match;
    if (string) {
      block.append(h("span", { class: colon ? "key" : "string" }, string), colon ?? "");
    } else {
      block.append(h("span", { class: literal ? "literal" : "number" }, whole));
    }
    end = match.index + whole.length;
  }
  block.append(text.slice(end));
  return block;
}
