/** Error bodies of Vonage's APIs, as its error pages document them (RFC 7807). */

/** Code → HTTP status and title. Numbers are the Messages API's, words all APIs'. */
export const errorKinds = {
  unauthorized: { status: 401, title: 'Unauthorized' },
  'jwt-expired': { status: 401, title: 'JWT expired' },
  'low-balance': { status: 402, title: 'Low balance' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not Found' },
  'invalid-json': { status: 400, title: 'Invalid JSON' },
  '1000': { status: 429, title: 'Throttled' },
  '1010': { status: 422, title: 'Missing params' },
  '1020': { status: 422, title: 'Invalid params' },
  '1022': { status: 422, title: 'Invalid template' },
  '1030': { status: 500, title: 'Internal error' },
  '1060': { status: 403, title: 'Partner account barred' },
  '1120': { status: 422, title: 'Invalid sender' },
  '1170': { status: 422, title: 'Invalid or Missing Msisdn Param' },
  '1240': { status: 422, title: 'Illegal Number' },
  '1300': { status: 422, title: 'Not part of the provider network' },
  '1331': { status: 500, title: 'Provider error' },
  '1340': { status: 422, title: 'Outside of the allowed window' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ErrorCode = keyof typeof errorKinds;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code);
}

/** Raised while a request is examined; the server turns it into Vonage's error body. */
export class VonageError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string = errorKinds[code].title) {
    super(detail);
    this.code = code;
    this.detail = detail;
  }
}

function typeOf(code: ErrorCode): string {
  const page = /^\d/.test(code) ? '/messages' : '';
  return `https://developer.vonage.com/api-errors${page}#${code}`;
}

/** The body of a refused request: the title is a sentence, the code stands only behind the `#`. */
export function errorBody({ code, detail }: VonageError, instance: string): object {
  return { type: typeOf(code), title: errorKinds[code].title, detail, instance };
}

/** The error of a status: here the title is the code. */
export function statusError(code: ErrorCode, instance: string): object {
  return { type: typeOf(code), title: code, detail: errorKinds[code].title, instance };
}
