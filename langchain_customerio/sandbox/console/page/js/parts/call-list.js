import { fill, h } from "../dom.js";
import { clock, count } from "../format.js";
import { icon } from "../icons.js";
import { on, store } from "../store.js";
import { explanation, kind, outcome } from "./badges.js";

const NARROW = matchMedia("(max-width: 760px)");
const OVERSCAN = 6;
const COLUMNS = ["Time", "Call", "Who", "What", "Outcome", "Status"];

/**
 * The calls, the newest first. Only the rows in sight are elements, so that ten thousand cost no more than thirty. What
 * one reads stays where it is while new calls arrive above.
 *
 * Sends `open` with the row that was chosen.
 */
export class CallList extends HTMLElement {
  /** Rows in sight by their number. @type {Map<number, HTMLElement>} */
  #shown = new Map();
  /** The number of the row that the keyboard is on; rows are numbered as they arrive. */
  #active = -1;
  /** The number that the next row will have, as of the last drawing. */
  #end = 0;
  #unseen = 0;
  #generation = -1;
  /** The call that is open, as `number.index`. */
  #open = "";
  #abort = new AbortController();

  connectedCallback() {
    this.space = h("div", { class: "call-space", role: "rowgroup" });
    this.grid = h(
      "div",
      {
        class: "call-grid",
        role: "grid",
        tabindex: 0,
        "aria-label": "Calls, the newest first",
        "aria-colcount": COLUMNS.length,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
        onfocus: () => this.#enter(),
        onscroll: () => this.draw(),
      },
      head(),
      this.space,
    );
    this.newer = h("button", {
      class: "button primary newer",
      type: "button",
      hidden: true,
      onclick: () => this.toTop(),
    });
    this.append(this.grid, this.newer);
    this.space.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
    NARROW.addEventListener("change", () => this.draw(), { signal: this.#abort.signal });
    on(this.#abort.signal, "rows", () => this.draw());
    this.draw();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** Mark the call that is open. @param {string} key */
  set open(key) {
    this.#open = key;
    for (const [id, element] of this.#shown) this.#mark(id, element);
  }

  toTop() {
    this.#unseen = 0;
    if (this.grid) this.grid.scrollTop = 0;
    this.draw();
  }

  get #height() {
    return NARROW.matches ? 62 : 38;
  }

  /** How much of the rows is in sight: the names of the columns stay on top. */
  get #sight() {
    const names = NARROW.matches ? 0 : 32;
    return Math.max((this.grid?.clientHeight ?? 0) - names, 0);
  }

  #startOver() {
    for (const element of this.#shown.values()) element.remove();
    this.#shown.clear();
    this.#generation = store.generation;
    this.#end = 0;
    this.#active = -1;
    this.#unseen = 0;
    if (this.grid) this.grid.scrollTop = 0;
    this.grid?.removeAttribute("aria-activedescendant");
  }

  /** Bring the elements in line with the rows and the place that is scrolled to. */
  draw() {
    const { space, grid } = this;
    if (!(space && grid)) return;
    const height = this.#height;
    const total = store.rows.length;
    const end = store.dropped + total;
    if (this.#generation !== store.generation) this.#startOver();
    const arrived = Math.max(end - this.#end, 0);
    const away = grid.scrollTop > height / 2;
    this.#end = end;
    space.style.height = `${total * height}px`;
    if (arrived && away) {
      grid.scrollTop += arrived * height;
      this.#unseen += arrived;
    } else if (!away) {
      this.#unseen = 0;
    }
    grid.setAttribute("aria-rowcount", String(total + 1));
    this.#drawNewer();
    this.#place(height, total, end);
  }

  /**
   * @param {number} height
   * @param {number} total
   * @param {number} end
   */
  #place(height, total, end) {
    const { space, grid } = this;
    if (!(space && grid)) return;
    const first = Math.max(Math.floor(grid.scrollTop / height) - OVERSCAN, 0);
    const last = Math.min(Math.ceil((grid.scrollTop + this.#sight) / height) + OVERSCAN, total);
    for (const [id, element] of this.#shown) {
      const place = end - 1 - id;
      if (place < first || place >= last) {
        element.remove();
        this.#shown.delete(id);
      }
    }
    for (let place = first; place < last; place++) {
      const id = end - 1 - place;
      const row = store.rows[id - store.dropped];
      if (!row) continue;
      let element = this.#shown.get(id);
      if (!element) {
        element = this.#draw(row, id);
        this.#shown.set(id, element);
        space.append(element);
      }
      element.style.transform = `translateY(${place * height}px)`;
      element.setAttribute("aria-rowindex", String(place + 2));
    }
  }

  /**
   * @param {import("../types.js").Row} row
   * @param {number} id
   */
  #draw(row, id) {
    const why = explanation(row);
    const element = h(
      "div",
      { class: "call-row", role: "row", id: `call-${id}`, "data-id": id, "data-label": row.label },
      h("span", { role: "gridcell", class: "time mono number" }, clock(row.at)),
      h("span", { role: "gridcell", class: "type" }, kind(row)),
      h("span", { role: "gridcell", class: "who", title: row.who }, row.who || "–"),
      h("span", { role: "gridcell", class: "what", title: row.what }, row.what || "–"),
      h(
        "span",
        { role: "gridcell", class: "outcome" },
        outcome(row.label),
        h("span", { class: "why", title: why }, why),
      ),
      h(
        "span",
        { role: "gridcell", class: "status mono number" },
        row.fault ? h("span", { class: "hit", title: row.fault }, icon("bolt")) : null,
        row.status ?? "none",
        row.strict ? h("span", { class: "strict", title: "Strict mode" }, "strict") : null,
      ),
    );
    this.#mark(id, element);
    return element;
  }

  /**
   * @param {number} id
   * @param {HTMLElement} element
   */
  #mark(id, element) {
    const row = store.rows[id - store.dropped];
    element.classList.toggle("active", id === this.#active);
    element.setAttribute("aria-selected", String(row ? `${row.number}.${row.index}` === this.#open : false));
  }

  #drawNewer() {
    if (!this.newer) return;
    this.newer.hidden = this.#unseen === 0;
    if (this.#unseen) fill(this.newer, icon("up"), count(this.#unseen, "new call"));
  }

  #enter() {
    if (this.#active < 0 && store.rows.length) this.#go(0);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const place = this.#end - 1 - this.#active;
    const page = Math.max(Math.floor(this.#sight / this.#height) - 1, 1);
    /** @type {Record<string, number>} */
    const steps = {
      ArrowDown: place + 1,
      j: place + 1,
      ArrowUp: place - 1,
      k: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: store.rows.length - 1,
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      event.preventDefault();
      this.#go(steps[event.key] ?? 0);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose(this.#active);
    }
  }

  /** Move the keyboard to a place, and the place into sight. @param {number} wanted */
  #go(wanted) {
    const { grid } = this;
    if (!grid || !store.rows.length) return;
    const place = Math.min(Math.max(wanted, 0), store.rows.length - 1);
    const height = this.#height;
    this.#active = this.#end - 1 - place;
    if (place * height < grid.scrollTop) grid.scrollTop = place * height;
    const below = (place + 1) * height - this.#sight;
    if (below > grid.scrollTop) grid.scrollTop = below;
    this.draw();
    for (const [id, element] of this.#shown) this.#mark(id, element);
    grid.setAttribute("aria-activedescendant", `call-${this.#active}`);
  }

  /** @param {Event} event */
  #click(event) {
    const element = event.target instanceof Element ? event.target.closest(".call-row") : null;
    if (!(element instanceof HTMLElement)) return;
    this.#active = Number(element.dataset.id);
    this.#choose(this.#active);
  }

  /** @param {number} id */
  #choose(id) {
    const row = store.rows[id - store.dropped];
    if (!row) return;
    for (const [each, element] of this.#shown) this.#mark(each, element);
    this.grid?.setAttribute("aria-activedescendant", `call-${id}`);
    this.dispatchEvent(new CustomEvent("open", { detail: row }));
  }
}

function head() {
  return h(
    "div",
    { class: "call-head", role: "rowgroup" },
    h(
      "div",
      { class: "call-row head", role: "row", "aria-rowindex": 1 },
      COLUMNS.map((name) => h("span", { role: "columnheader" }, name)),
    ),
  );
}

customElements.define("call-list", CallList);
