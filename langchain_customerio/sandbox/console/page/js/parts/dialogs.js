import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * Show a dialog until it is closed; Escape closes it, and the focus goes back to where it was.
 *
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function openDialog(title, ...children) {
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-label": title, onclose: () => dialog.remove() },
    h(
      "header",
      { class: "dialog-head" },
      h("h2", {}, title),
      h(
        "button",
        { class: "button plain square", type: "button", "aria-label": "Close", onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    h("div", { class: "dialog-body" }, ...children),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Ask before something cannot be undone.
 *
 * @param {string} question
 * @param {string} text
 * @param {string} yes
 * @param {() => void} act
 */
export function confirm(question, text, yes, act) {
  const dialog = openDialog(
    question,
    h("p", {}, text),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"),
      h(
        "button",
        {
          class: "button primary",
          type: "button",
          onclick: () => {
            dialog.close();
            act();
          },
        },
        yes,
      ),
    ),
  );
}

/** The keys that work on the page. */
export function openHelp() {
  const keys = [
    ["/", "search"],
    ["↑ ↓ or j k", "move in the list of calls"],
    ["Page ↑ ↓, Home, End", "move further"],
    ["Enter", "open a call"],
    ["Escape", "close a call, a dialog or the search"],
    ["?", "this help"],
  ];
  openDialog(
    "Keys",
    h(
      "dl",
      { class: "keys" },
      keys.map(([key, text]) => h("div", {}, h("dt", {}, h("kbd", {}, key ?? "")), h("dd", {}, text ?? ""))),
    ),
  );
}

/**
 * Ask for the token.
 *
 * @param {(token: string) => void} use
 */
export function askForToken(use) {
  const input = h("input", { type: "password", id: "token", autocomplete: "off", required: true, class: "input" });
  const form = h(
    "form",
    {
      class: "token-form",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        dialog.close();
        use(input.value.trim());
      },
    },
    h("label", { for: "token" }, "Token"),
    input,
    h("button", { class: "button primary" }, "Show the sandbox"),
  );
  const dialog = openDialog(
    "This sandbox asks for its token",
    h("p", { class: "muted" }, "Other machines can connect to it. The token was printed where it was started."),
    form,
  );
}
