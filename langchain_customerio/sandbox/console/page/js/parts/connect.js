import { h } from "../dom.js";
import { copyButton } from "./copy.js";

/** How a program is pointed at this sandbox. */
export function connect() {
  const base = `${location.origin}/v1`;
  const shell = `export CUSTOMERIO_BASE_URL=${base} CUSTOMERIO_API_KEY=sandbox`;
  const python = [
    "from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient",
    "",
    `client = PipelinesClient("sandbox", base_url="${base}")`,
    "tools = CustomerioPipelinesToolkit(client=client).get_tools()",
  ].join("\n");
  return [
    h(
      "p",
      { class: "muted" },
      "Point a program at this sandbox, with any key unless it was started with keys of its own.",
    ),
    block("In a terminal", shell),
    block("In Python", python),
  ];
}

/**
 * @param {string} title
 * @param {string} text
 */
function block(title, text) {
  return h(
    "figure",
    { class: "connect" },
    h(
      "figcaption",
      {},
      title,
      copyButton(`Copy: ${title.toLowerCase()}`, () => text, { quiet: true }),
    ),
    h("pre", { class: "code", tabindex: 0, role: "region", "aria-label": title }, text),
  );
}
