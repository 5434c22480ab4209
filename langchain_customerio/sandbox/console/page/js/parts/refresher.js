import { on } from "../store.js";

const PAUSE_MS = 500;

/**
 * Run a task now, and again when something has changed, but never twice at once and not more than twice a second.
 *
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} task
 * @returns {() => void} Runs it again as soon as it may.
 */
export function refresher(signal, task) {
  let busy = false;
  let wanted = false;
  const run = async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      try {
        await task();
      } catch {
        // The connection is gone; the next change asks again.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    busy = false;
  };
  on(signal, "state", run);
  on(signal, "reset", run);
  run();
  return run;
}
