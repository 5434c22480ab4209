import { getJson } from "../api.js";
import { fill, h } from "../dom.js";
import { count, dayAndTime, MEANINGS, size } from "../format.js";
import { icon } from "../icons.js";
import { link } from "../router.js";
import { kind, outcome } from "./badges.js";
import { copyButton } from "./copy.js";
import { jsonText } from "./json-text.js";

/** @typedef {import("../types.js").CallDetail} Detail */

const SNIPPETS = /** @type {const} */ ([
  ["python", "Python"],
  ["curl", "curl"],
  ["tool", "tool call"],
]);

/**
 * One call: what became of it and why, what was sent and answered, and code that sends it again.
 *
 * Sends `close`.
 */
export class CallDetail extends HTMLElement {
  #key = "";

  /** Show a call, or nothing. @param {string} key As `number.index`. */
  async show(key) {
    if (key === this.#key) return;
    this.#key = key;
    this.hidden = !key;
    if (!key) return;
    try {
      const detail = /** @type {Detail} */ (await getJson(`calls/${key.replace(".", "/")}`));
      if (key === this.#key) this.#draw(detail);
    } catch (error) {
      if (key === this.#key) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} message */
  #fail(message) {
    fill(this, this.#head("Call"), h("p", { class: "empty" }, message));
  }

  /** @param {...(Node | string)} title */
  #head(...title) {
    const close = () => this.dispatchEvent(new Event("close"));
    return h(
      "header",
      { class: "detail-head" },
      h("h2", { tabindex: -1 }, ...title),
      h(
        "button",
        { class: "button plain square", type: "button", "aria-label": "Close the call", onclick: close },
        icon("close"),
      ),
    );
  }

  /** @param {Detail} detail */
  #draw(detail) {
    const { row } = detail;
    fill(
      this,
      this.#head(kind(row), h("span", { class: "detail-what" }, row.what || row.endpoint)),
      h("div", { class: "detail-body" }, verdict(detail), facts(detail), ...sections(detail)),
    );
    this.querySelector(".detail-body")?.scrollTo(0, 0);
  }
}

/** @param {Detail} detail */
function verdict({ row, reason, ignored }) {
  return h(
    "div",
    { class: "verdict", "data-label": row.label },
    h("p", { class: "verdict-line" }, outcome(row.label), h("span", {}, MEANINGS[row.label])),
    reason ? h("p", { class: "verdict-why" }, reason) : null,
    row.fault ? h("p", { class: "verdict-why" }, icon("bolt"), ` ${row.fault}`) : null,
    ignored.length
      ? h(
          "p",
          { class: "verdict-why" },
          "Ignored, because the API has no such fields: ",
          h("code", {}, ignored.join(", ")),
        )
      : null,
  );
}

/** @param {Detail} detail */
function facts({ row, message_id, calls, request }) {
  /** @type {[string, Node | string][]} */
  const found = [
    ["Arrived", dayAndTime(row.at)],
    ["Who", row.who ? h("a", { href: link("people", [row.who]) }, row.who) : "–"],
    ["Message id", message_id ? h("code", {}, message_id) : "none"],
    ["Request", `${row.number}${calls > 1 ? `, call ${row.index + 1} of ${calls}` : ""}`],
    ["Mode", row.strict ? "strict: errors are answered" : "permissive: always answers 200"],
    ["API key", request.key ? h("code", {}, request.key) : "none"],
  ];
  return h(
    "dl",
    { class: "facts" },
    found.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** @param {Detail} detail */
function* sections({ row, call, request, answer, snippets }) {
  yield h(
    "div",
    { class: "detail-actions" },
    copyButton("Copy link", () => location.href),
    ...SNIPPETS.filter(([name]) => snippets[name]).map(([name, title]) =>
      copyButton(`Copy as ${title}`, () => snippets[name] ?? ""),
    ),
  );
  if (call) yield section("Call", true, jsonText(call, "The call as JSON"));
  yield section(
    `Request, ${size(request.bytes)}`,
    !call,
    h("p", { class: "mono request-line" }, `${request.method} ${request.path}`),
    headers(request.headers),
    request.body === null ? h("p", { class: "muted" }, "The body is not text.") : jsonText(request.body, "The body"),
  );
  yield section(
    `Answer, ${row.status ?? "none"}`,
    true,
    row.status === null ? h("p", { class: "muted" }, "The client got no answer.") : headers(answer.headers),
    answer.body ? jsonText(answer.body, "The body of the answer") : null,
  );
  for (const [name, title] of SNIPPETS) {
    const text = snippets[name];
    if (text) yield section(`As ${title}`, false, h("pre", { class: "code", tabindex: 0 }, text));
  }
}

/**
 * @param {string} title
 * @param {boolean} open
 * @param {...(Node | null)} children
 */
function section(title, open, ...children) {
  return h("details", { class: "section", open }, h("summary", {}, icon("arrow"), title), ...children);
}

/** @param {Record<string, string>} all */
function headers(all) {
  const lines = Object.entries(all).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return lines.length ? h("dl", { class: "headers mono" }, lines) : h("p", { class: "muted" }, count(0, "header"));
}

customElements.define("call-detail", CallDetail);
