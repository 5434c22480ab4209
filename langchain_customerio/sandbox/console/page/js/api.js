/** Asks the sandbox, with the token where there is one. */

const KEY = "langchain-customerio-token";

/** The token is not needed, or was refused. */
export class DeniedError extends Error {}

export const token = {
  /** @returns {string} */
  get: () => sessionStorage.getItem(KEY) ?? "",
  /** @param {string} value */
  set: (value) => sessionStorage.setItem(KEY, value),
};

/**
 * @param {string} path Below `/console/`.
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function ask(path, init = {}) {
  const headers = new Headers(init.headers);
  if (token.get()) headers.set("authorization", `Bearer ${token.get()}`);
  const response = await fetch(`/console/${path}`, { ...init, headers, cache: "no-store" });
  if (response.status === 401) throw new DeniedError("The sandbox wants its token.");
  if (!response.ok) throw new Error(await refusal(response));
  return response;
}

/**
 * @template T
 * @param {string} path
 * @param {Record<string, string | undefined>} [params]
 * @returns {Promise<T>}
 */
export async function getJson(path, params = {}) {
  return (await ask(withParams(path, params))).json();
}

/**
 * @param {string} path
 * @param {"POST" | "DELETE"} method
 * @param {unknown} [body]
 */
export async function send(path, method, body) {
  await ask(path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
}

/**
 * @param {string} path
 * @param {Record<string, string | undefined>} params
 * @returns {string}
 */
export function withParams(path, params) {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = new URLSearchParams(/** @type {[string, string][]} */ (given)).toString();
  return query ? `${path}?${query}` : path;
}

/** @param {Response} response */
async function refusal(response) {
  try {
    return (await response.json()).error;
  } catch {
    return `The sandbox answered ${response.status}.`;
  }
}
