import { z } from 'zod';
import { refusal } from './shapes.ts';

/** The product would not, or did not answer (`status` 0). */
export class StaffError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(what: string, status: number, code: string) {
    super(`${what}: ${code} (${status})`);
    this.name = 'StaffError';
    this.status = status;
    this.code = code;
  }
}

/** A browser of staff: it keeps its cookie, and says that it is on the product's own site. */
export type StaffClient = {
  readonly get: <S extends z.ZodType>(path: string, schema: S) => Promise<z.infer<S>>;
  readonly post: <S extends z.ZodType>(path: string, body: object, schema: S) => Promise<z.infer<S>>;
  /** For what is merely done: the answer is not read. */
  readonly act: (path: string, body: object) => Promise<void>;
};

/** Milliseconds. */
const timeoutMs = 10_000;

/** @param productUrl where the product's web role listens: `http://127.0.0.1:8080` */
export function createStaffClient(productUrl: string, signal?: AbortSignal): StaffClient {
  const { origin } = new URL(productUrl);
  let cookie: string | undefined;

  async function ask(path: string, body?: object): Promise<unknown> {
    const what = `${body === undefined ? 'GET' : 'POST'} ${path.split('?')[0]}`;
    const stopped = AbortSignal.timeout(timeoutMs);
    const response = await fetch(new URL(path, productUrl), {
      headers: {
        origin,
        'sec-fetch-site': 'same-origin',
        ...(cookie === undefined ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: signal === undefined ? stopped : AbortSignal.any([signal, stopped]),
    }).catch(() => {
      throw new StaffError(what, 0, 'NO_ANSWER');
    });
    for (const set of response.headers.getSetCookie()) cookie = set.split(';')[0];
    const text = await response.text();
    if (!response.ok) throw new StaffError(what, response.status, codeOf(text));
    return text === '' ? undefined : JSON.parse(text);
  }

  async function read<S extends z.ZodType>(path: string, schema: S, body?: object): Promise<z.infer<S>> {
    const parsed = schema.safeParse(await ask(path, body));
    if (!parsed.success) throw new StaffError(path, 0, `UNEXPECTED_ANSWER ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }

  return {
    get: (path, schema) => read(path, schema),
    post: (path, body, schema) => read(path, schema, body),
    act: async (path, body) => void (await ask(path, body)),
  };
}

function codeOf(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).error.code;
  } catch {
    return 'UNREADABLE';
  }
}
