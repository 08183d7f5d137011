import { at } from "../base";
import type { ErrorObject } from "../protocol";
import { Failure, noAnswer, offline } from "../words/failure";

// JSON over HTTP; `path` is without the base path. Throws Failure, whatever goes wrong.
export async function request<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["Authorization"] = `Bearer ${token}`;
  const init: RequestInit = { method, headers, cache: "no-store", signal: timeout(15_000) };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(at(path), init);
  } catch (error) {
    throw error instanceof DOMException && error.name === "TimeoutError" ? noAnswer() : offline();
  }
  const answer: unknown = response.status === 204 ? {} : await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as T;
  throw new Failure(errorOf(response.status, answer));
}

function timeout(milliseconds: number): AbortSignal {
  if ("timeout" in AbortSignal) return AbortSignal.timeout(milliseconds);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException("", "TimeoutError")), milliseconds);
  return controller.signal;
}

// A proxy in between may answer without our error object.
function errorOf(status: number, answer: unknown): ErrorObject {
  const error = (answer as { error?: ErrorObject } | null)?.error;
  if (typeof error?.type === "string") return error;
  const type = status === 413 ? "PAYLOAD_TOO_LARGE" : status >= 502 && status <= 504 ? "SERVER_BUSY" : "INTERNAL";
  return { type, message: `HTTP ${status}` };
}
