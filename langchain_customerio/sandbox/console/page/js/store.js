import { withParams } from "./api.js";
import { EventStream } from "./events.js";

/** Most calls that the page keeps; a search finds older ones. */
const MOST = 20_000;

/**
 * What the page knows. Tells its listeners at most once per frame: `rows`, `state`, `connection` and `reset`.
 */
class Store extends EventTarget {
  /** Calls that the search admits, the oldest first. @type {import("./types.js").Row[]} */
  rows = [];
  /** How many rows were dropped at the old end, so that a row keeps its number. */
  dropped = 0;
  /** Grows whenever the rows start afresh. */
  generation = 0;
  /** Requests that were passed over because there were too many. */
  skipped = 0;
  /** @type {import("./types.js").State | null} */
  state = null;
  /** Whether the sandbox keeps calls, or only counts them. */
  record = true;
  /** @type {"connecting" | "live" | "lost" | "denied"} */
  connection = "connecting";

  /** @type {EventStream | null} */
  #stream = null;
  #path = "";
  /** @type {Set<string>} */
  #pending = new Set();

  /**
   * Follow the calls that a search admits.
   *
   * @param {import("./types.js").Search} search
   * @param {{ calls?: boolean }} [options] Without `calls` only the numbers come.
   */
  follow(search, { calls = true } = {}) {
    this.#open(withParams("events", { ...search, calls: calls ? undefined : "no" }), false);
  }

  /** Start afresh: with a new token, or because the same search would find something else. */
  restart() {
    this.#open(this.#path, true);
  }

  /**
   * @param {string} path
   * @param {boolean} again
   */
  #open(path, again) {
    if (path === this.#path && !again) return;
    this.#path = path;
    this.#stream?.close();
    this.#forget();
    this.#stream = new EventStream(path, {
      onMessage: (event, data) => this.#take(event, data),
      onConnection: (connection) => {
        this.connection = connection;
        this.#tell("connection");
      },
    });
  }

  /**
   * @param {string} event
   * @param {any} data
   */
  #take(event, data) {
    if (event === "calls") {
      this.rows.push(...data.rows);
      this.skipped += data.skipped;
      if (this.rows.length > MOST * 1.1) {
        this.dropped += this.rows.length - MOST;
        this.rows.splice(0, this.rows.length - MOST);
      }
      this.#tell("rows");
    } else if (event === "state") {
      this.state = data;
      this.#tell("state");
    } else if (event === "reset") {
      this.record = data.record;
      this.#forget();
      this.#tell("reset");
    }
  }

  #forget() {
    this.rows = [];
    this.generation += 1;
    this.dropped = 0;
    this.skipped = 0;
    this.#tell("rows");
  }

  /** @param {string} name */
  #tell(name) {
    if (this.#pending.size === 0) requestAnimationFrame(() => this.#flush());
    this.#pending.add(name);
  }

  #flush() {
    const names = [...this.#pending];
    this.#pending.clear();
    for (const name of names) this.dispatchEvent(new Event(name));
  }
}

export const store = new Store();

/**
 * Listen for as long as an element is on the page.
 *
 * @param {AbortSignal} signal
 * @param {string} name
 * @param {() => void} listener
 */
export function on(signal, name, listener) {
  store.addEventListener(name, listener, { signal });
}
