import { send } from "../api.js";
import { fill, h } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { store } from "../store.js";
import { announce } from "./announcer.js";
import { openDialog } from "./dialogs.js";

/** @type {{ title: string, text: string, fault: object }[]} */
const PRESETS = [
  { title: "503, three times", text: "The next three answers are 503.", fault: { status: 503, times: 3 } },
  {
    title: "429 with Retry-After",
    text: "The next answer asks to wait a second.",
    fault: { status: 429, retry_after: 1 },
  },
  {
    title: "Connection reset",
    text: "The next connection breaks before the call is stored.",
    fault: { reset: "before" },
  },
  { title: "Lost answer", text: "The next call is stored, and its answer never arrives.", fault: { reset: "after" } },
  { title: "Slow answer", text: "The next answer takes two seconds.", fault: { delay: 2 } },
  { title: "401", text: "The next answer says that the key is wrong.", fault: { status: 401 } },
];
const ENDPOINTS = ["/identify", "/track", "/page", "/screen", "/group", "/alias", "/batch"];

/** Lets coming requests go wrong at a click, and shows which faults wait. */
export function openFaults() {
  const abort = new AbortController();
  const waiting = h("div", { class: "waiting" });
  const show = () => fill(waiting, ...waitingFaults());
  const dialog = openDialog(
    "Faults",
    h("p", { class: "muted" }, "See how a program takes it when the API does not behave."),
    h("div", { class: "presets" }, PRESETS.map(preset)),
    custom(),
    waiting,
  );
  dialog.addEventListener("close", () => abort.abort());
  store.addEventListener("state", show, { signal: abort.signal });
  show();
}

/** @param {{ title: string, text: string, fault: object }} preset */
function preset({ title, text, fault }) {
  return h(
    "button",
    { class: "preset", type: "button", onclick: () => add(fault) },
    h("span", { class: "preset-title" }, icon("bolt"), title),
    h("span", { class: "muted" }, text),
  );
}

function custom() {
  const status = h("input", { class: "input", id: "fault-status", type: "number", min: 200, max: 599, value: 500 });
  const times = h("input", { class: "input", id: "fault-times", type: "number", min: 1, value: 1 });
  const endpoint = h(
    "select",
    { class: "input", id: "fault-endpoint" },
    h("option", { value: "" }, "any endpoint"),
    ENDPOINTS.map((name) => h("option", {}, name)),
  );
  return h(
    "form",
    {
      class: "fault-form",
      "aria-label": "A fault of your own",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        add({ status: status.valueAsNumber, times: times.valueAsNumber, endpoint: endpoint.value || null });
      },
    },
    h("label", { for: "fault-status" }, "Answer", status),
    h("label", { for: "fault-times" }, "times", times),
    h("label", { for: "fault-endpoint" }, "for", endpoint),
    h("button", { class: "button primary" }, "Add"),
  );
}

function waitingFaults() {
  const faults = store.state?.faults ?? [];
  if (!faults.length) return [h("p", { class: "muted" }, "No fault is waiting.")];
  return [
    h("h3", {}, count(faults.length, "fault is waiting", "faults are waiting")),
    h(
      "ul",
      { class: "plain-list" },
      faults.map(({ text, endpoint, times, after }) =>
        h(
          "li",
          {},
          text,
          h("span", { class: "muted" }, ` ${times === null ? "every time" : count(times, "more time")}`),
          after ? h("span", { class: "muted" }, ` after ${count(after, "request")}`) : null,
          endpoint ? h("span", { class: "muted" }, ` on ${endpoint}`) : null,
        ),
      ),
    ),
    h(
      "button",
      {
        class: "button danger",
        type: "button",
        onclick: () => change("faults", "DELETE", undefined, "No more faults."),
      },
      icon("clear"),
      "Cancel all",
    ),
  ];
}

/** @param {object} fault */
const add = (fault) => change("faults", "POST", fault, "The fault waits for the next request.");

/**
 * @param {string} path
 * @param {"POST" | "DELETE"} method
 * @param {unknown} body
 * @param {string} done
 */
async function change(path, method, body, done) {
  try {
    await send(path, method, body);
    announce(done);
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
  }
}
