/** The error bodies of the Graph API, as Meta documents them for the Cloud API ("Error codes"). */

type ErrorKind = { readonly status: number; readonly title: string };

/** Code → HTTP status and title. Rate limits are answered with 400, not 429. */
export const errorKinds = {
  1: { status: 400, title: 'Invalid request' },
  100: { status: 400, title: 'Invalid parameter' },
  190: { status: 401, title: 'Authentication Error' },
  2200: { status: 400, title: 'Callback verification failed' },
  2500: { status: 400, title: 'Unknown path components' },
  130429: { status: 400, title: 'Rate limit hit' },
  131000: { status: 500, title: 'Something went wrong' },
  131016: { status: 500, title: 'Service unavailable' },
  131008: { status: 400, title: 'Required parameter is missing' },
  131009: { status: 400, title: 'Parameter value is not valid' },
  131021: { status: 400, title: 'Recipient cannot be sender' },
  131026: { status: 400, title: 'Message undeliverable' },
  131047: { status: 400, title: 'Re-engagement message' },
  131051: { status: 400, title: 'Unsupported message type' },
  131053: { status: 400, title: 'Media upload error' },
  131056: { status: 400, title: '(Business Account, Consumer Account) pair rate limit hit' },
  131059: { status: 400, title: 'Invalid cursor' },
  131031: { status: 403, title: 'Business account has been locked' },
  132000: { status: 400, title: 'Number of parameters does not match the expected number of params' },
  132001: { status: 404, title: 'Template name does not exist in the translation' },
  132005: { status: 400, title: 'Translated text too long' },
  132012: { status: 400, title: 'Parameter format does not match format in the created template' },
  132015: { status: 400, title: 'Template is paused' },
  132016: { status: 400, title: 'Template is disabled' },
  132018: { status: 400, title: 'Template parameters are not valid' },
  133010: { status: 400, title: 'Phone number not registered' },
} as const satisfies Record<number, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export function isErrorCode(code: number | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorKinds, code);
}

/** Raised while a request is examined; the server turns it into Meta's error body. */
export class GraphError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: string | undefined;
  readonly subcode: number | undefined;
  /** `GraphMethodException` for an unknown node, `OAuthException` for everything else. */
  readonly type: string;

  constructor(
    code: ErrorCode,
    details?: string,
    more: { message?: string; subcode?: number; type?: string } = {},
  ) {
    super(more.message ?? `(#${code}) ${errorKinds[code].title}`);
    this.code = code;
    this.status = errorKinds[code].status;
    this.details = details;
    this.subcode = more.subcode;
    this.type = more.type ?? 'OAuthException';
  }
}

/** The JSON body of an error answer. `trace` is Meta's reference for support. */
export function errorBody(error: GraphError, trace: string): { error: Record<string, unknown> } {
  return {
    error: {
      message: error.message,
      type: error.type,
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      ...(error.details === undefined
        ? {}
        : { error_data: { messaging_product: 'whatsapp', details: error.details } }),
      fbtrace_id: trace,
    },
  };
}

/** The one entry of `errors[]` in a `failed` status. */
export function statusError(code: number, details?: string): Record<string, unknown> {
  // Widened: any code may be asked for by a fault, known here or not.
  const kinds: Readonly<Record<number, ErrorKind>> = errorKinds;
  const title = kinds[code]?.title ?? 'Message failed to send';
  return {
    code,
    title,
    message: title,
    error_data: { details: details ?? title },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}

export function unknownNode(id: string, method: 'get' | 'post' | 'delete'): GraphError {
  return new GraphError(100, undefined, {
    message:
      `Unsupported ${method} request. Object with ID '${id}' does not exist, cannot be loaded due to missing ` +
      'permissions, or does not support this operation. Please read the Graph API documentation at ' +
      'https://developers.facebook.com/docs/graph-api',
    subcode: 33,
    type: 'GraphMethodException',
  });
}
