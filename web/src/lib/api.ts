/** The way to the HTTP API: JSON in and out, the mark against forged requests, and errors as the server names them. */

import { refusal } from "./refusals";

export type Json = Record<string, unknown>;

/** What the server refused, by the name that docs/reference/errors.md gives it; "Offline" if it was not reached. */
export class ApiError extends Error {
  constructor(
    readonly kind: string,
    readonly status: number,
    detail: string,
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  get offline(): boolean {
    return this.kind === "Offline";
  }
}

let csrf = "";
let signedOut: () => void = () => {};

/** Sets the mark that proves that a request comes from this page; it comes with the session. */
export function useCsrf(token: string): void {
  csrf = token;
}

/** Has `listener` called whenever the server no longer knows who we are. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** Returns a path with a query; what is null, undefined or "" is left out. */
export function withQuery(path: string, query: Query): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) value.forEach((one: string) => found.append(name, one));
    else found.append(name, String(value));
  }
  const text = found.toString();
  return text ? `${path}?${text}` : path;
}

export interface Asking {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether a 401 is an answer like any other, and no reason to show the sign-in page. */
  quiet?: boolean;
}

/** Makes a request and returns the response, whatever its body is.
 *
 * @throws ApiError if the server refuses, or is not there.
 */
export async function ask(method: string, path: string, asking: Asking = {}): Promise<Response> {
  const headers: Record<string, string> = { ...asking.headers };
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  if (asking.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(asking.body === undefined ? {} : { body: JSON.stringify(asking.body) }),
      ...(asking.signal ? { signal: asking.signal } : {}),
    });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
    throw new ApiError("Offline", 0, "");
  }
  if (response.ok) return response;
  const error = await problemOf(response);
  if (error.status === 401 && error.kind !== "SignInRefused" && !asking.quiet) signedOut();
  throw error;
}

async function problemOf(response: Response): Promise<ApiError> {
  const after = Number(response.headers.get("Retry-After")) || null;
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    const kind = problem.title ?? "Unknown";
    return new ApiError(kind, response.status, refusal(kind, problem.detail ?? problem.title ?? ""), after);
  } catch {
    return new ApiError("Unknown", response.status, `${response.status} ${response.statusText}`.trim(), after);
  }
}

async function json<T>(method: string, path: string, asking?: Asking): Promise<T> {
  const response = await ask(method, path, asking);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
  get: <T>(path: string, query: Query = {}, asking?: Asking) => json<T>("GET", withQuery(path, query), asking),
  post: <T>(path: string, body: unknown = {}, asking: Asking = {}) => json<T>("POST", path, { ...asking, body }),
  put: <T>(path: string, body: unknown = {}, asking: Asking = {}) => json<T>("PUT", path, { ...asking, body }),
  patch: <T>(path: string, body: unknown, asking: Asking = {}) => json<T>("PATCH", path, { ...asking, body }),
  delete: <T>(path: string, asking?: Asking) => json<T>("DELETE", path, asking),
};
