import { ask, DeniedError } from "./api.js";

/**
 * A stream of server-sent events over `fetch`, which can carry a token where `EventSource` cannot. It comes back by
 * itself, and asks for what it has missed.
 */
export class EventStream {
  #controller = new AbortController();
  #lastId = "";
  #pause = 250;

  /**
   * @param {string} path
   * @param {object} hooks
   * @param {(event: string, data: any) => void} hooks.onMessage
   * @param {(state: "live" | "lost" | "denied") => void} hooks.onConnection
   */
  constructor(path, { onMessage, onConnection }) {
    this.path = path;
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    this.#run();
  }

  close() {
    this.#controller.abort();
  }

  async #run() {
    const { signal } = this.#controller;
    while (!signal.aborted) {
      try {
        await this.#read(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof DeniedError) {
          this.onConnection("denied");
          return;
        }
      }
      this.onConnection("lost");
      await new Promise((resolve) => setTimeout(resolve, this.#pause));
      this.#pause = Math.min(this.#pause * 2, 4000);
    }
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    const headers = this.#lastId ? { "last-event-id": this.#lastId } : {};
    const response = await ask(this.path, { headers, signal });
    if (!response.body) return;
    this.#pause = 250;
    this.onConnection("live");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      const messages = (text + value).split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) this.#take(message);
    }
  }

  /** @param {string} message */
  #take(message) {
    const fields = new Map(
      message.split("\n").map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const event = fields.get("event");
    if (fields.has("id")) this.#lastId = fields.get("id") ?? "";
    if (event) this.onMessage(event, JSON.parse(fields.get("data") ?? "null"));
  }
}
