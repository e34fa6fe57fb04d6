/**
 * Every error code that an HTTP answer may carry. A code is never reused; `docs/errors.md` lists the same, and a test
 * holds the two together.
 */
export const errorCatalogue = {
  VALIDATION: { status: 400, message: 'A field is not as expected.' },
  MALFORMED_REQUEST: { status: 400, message: 'This is not an HTTP request that can be read.' },
  MALFORMED_JSON: { status: 400, message: 'The body is not well-formed JSON.' },
  UNAUTHENTICATED: { status: 401, message: 'This needs a sign-in or a token.' },
  BAD_SIGNATURE: { status: 401, message: 'The signature does not match the body.' },
  VERIFICATION_FAILED: { status: 403, message: 'The verify token does not match.' },
  SIGN_IN_FAILED: { status: 401, message: 'The sign-in did not succeed.' },
  FORBIDDEN: { status: 403, message: 'Your role does not allow this.' },
  CROSS_SITE: { status: 403, message: 'This request came from another site.' },
  NOT_FOUND: { status: 404, message: 'There is nothing here.' },
  UNKNOWN_ACCOUNT: { status: 404, message: 'No channel account has this name.' },
  REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.' },
  LEASE_HELD: { status: 409, message: 'A colleague has this conversation.' },
  STALE_TOKEN: { status: 409, message: 'The conversation has another owner by now.' },
  WINDOW_CLOSED: {
    status: 409,
    message: 'The time for free text is over; only an approved template may be sent.',
  },
  NOT_CONSENTED: { status: 409, message: 'The patient has stopped all messages.' },
  CONFLICT: { status: 409, message: 'Somebody changed this meanwhile.' },
  LINK_USED: { status: 410, message: 'This link was used or has ended.' },
  BODY_TOO_LARGE: { status: 413, message: 'The body is larger than allowed.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'This content type is not read here.' },
  TOO_MANY_ATTEMPTS: { status: 429, message: 'Too many attempts; try again later.' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The headers are larger than allowed.' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side; nothing was half-written.' },
  UNAVAILABLE: { status: 503, message: 'The service cannot take this now; try again.' },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error that a route means to answer with. It names the field and what was expected, never what was sent. */
export class HttpError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly expected: string | undefined;
  readonly example: string | undefined;

  constructor(code: ErrorCode, detail: { field?: string; expected?: string; example?: string } = {}) {
    super(errorCatalogue[code].message);
    this.name = 'HttpError';
    this.code = code;
    this.field = detail.field;
    this.expected = detail.expected;
    this.example = detail.example;
  }
}

export type ErrorBody = {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly field?: string;
    readonly expected?: string;
    readonly example?: string;
  };
};

/** The body of an error answer. */
export function errorBody(error: HttpError): ErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.expected === undefined ? {} : { expected: error.expected }),
      ...(error.example === undefined ? {} : { example: error.example }),
    },
  };
}
