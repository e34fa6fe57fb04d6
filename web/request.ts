import { serverSays } from './clock.ts';
import { presenceHeaders } from './presence.ts';
import { sessionEnded, sessionReturns } from './session/ended.ts';

/**
 * The server refused, or did not answer. `code` is the server's own (`docs/errors.md`), or `NO_ANSWER` (nothing came),
 * `UNEXPECTED_ANSWER` (it cannot be read).
 */
export class ApiError extends Error {
  readonly code: string;
  /** HTTP status; 0 where there was none. */
  readonly status: number;

  constructor(code: string, status: number) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

/** The code of whatever was thrown. */
export const codeOf = (error: unknown): string =>
  error instanceof ApiError ? error.code : 'UNEXPECTED_ANSWER';

export type RequestOptions = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** JSON. */
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Where the session has ended, wait until the same person has signed in again, then ask once more. */
  readonly waits?: boolean;
};

/**
 * One request to the API; answers with the parsed JSON body, undefined where it is empty.
 *
 * @throws ApiError
 */
export async function request(path: string, options: RequestOptions = {}): Promise<unknown> {
  const response = await answerTo(path, options);
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const code = codeIn(body) ?? (response.status >= 500 ? 'INTERNAL' : 'UNEXPECTED_ANSWER');
  if (code !== 'UNAUTHENTICATED') throw new ApiError(code, response.status);
  sessionEnded();
  if (options.waits !== true) throw new ApiError(code, response.status);
  await sessionReturns();
  return request(path, { ...options, waits: false });
}

async function answerTo(path: string, { method = 'GET', body, signal }: RequestOptions): Promise<Response> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...presenceHeaders(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const date = response.headers.get('date');
    if (date !== null) serverSays(date);
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('NO_ANSWER', 0);
  }
}

function codeIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
