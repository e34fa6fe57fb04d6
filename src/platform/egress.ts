import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { type Outcome, rejected, retry, unknown } from '#kernel/outcome.ts';
import { departing, stayedHere } from './departure.ts';

/**
 * The one client for calls to the outside (practice systems, messaging providers).
 *
 * One call is one attempt: it follows no redirect, talks to no origin that is not on its list, and ends by a deadline.
 * (`fetch` itself repeats a request answered by 421, which says that nobody has looked at it.)
 * It never throws and never logs: URLs may carry identifiers and bodies carry patient data, so a failure is told
 * by a code alone.
 */

/** Codes of `not-sent`: provably, the other side has not seen the request. */
export type NotSentCode =
  | 'CONNECTION_REFUSED'
  | 'HOST_NOT_FOUND'
  | 'CONNECT_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'TLS_FAILED'
  | 'HOST_NOT_ALLOWED'
  | 'REQUEST_INVALID';

/** Codes of `unknown`: the bytes may have left, so it may have been done. */
export type UnknownCode = 'TIMEOUT' | 'CONNECTION_LOST' | 'BAD_RESPONSE' | 'RESPONSE_TOO_LARGE';

export type SendFailure =
  | { readonly kind: 'not-sent'; readonly code: NotSentCode }
  | { readonly kind: 'unknown'; readonly code: UnknownCode };

export type SendResult = { readonly kind: 'response'; readonly response: HttpResponse } | SendFailure;

export type EgressOptions = {
  /** Milliseconds from the first packet to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Bytes of an answer's body after decompression. */
  readonly maxResponseBytes: number;
  /** The origins that may be called. A longer URL stands for its origin. */
  readonly allow: readonly string[];
  /** Replaces the built-in `fetch`. */
  readonly fetch?: typeof fetch;
};

export type Egress = {
  /**
   * Sends a request once.
   *
   * A redirect is answered as the response that it is. `timeoutMs` overrides the client's own for this call.
   */
  readonly send: (request: HttpRequest, timeoutMs?: number) => Promise<SendResult>;
};

/**
 * Errors that arise before the first byte of a request is written. Everything else counts as `unknown`: a wrong
 * `not-sent` would repeat a write that was done. `ERR_SSL_…` and the certificate codes come out of the handshake.
 * Source: Node.js, "TLS: X509 certificate error codes" and "Common system errors"; undici, `errors.js`.
 */
const beforeSending: Readonly<Record<string, NotSentCode>> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ENOTFOUND: 'HOST_NOT_FOUND',
  EAI_AGAIN: 'HOST_NOT_FOUND',
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  CERT_HAS_EXPIRED: 'TLS_FAILED',
  CERT_NOT_YET_VALID: 'TLS_FAILED',
  CERT_REJECTED: 'TLS_FAILED',
  CERT_REVOKED: 'TLS_FAILED',
  CERT_SIGNATURE_FAILURE: 'TLS_FAILED',
  CERT_UNTRUSTED: 'TLS_FAILED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_FAILED',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TLS_FAILED',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'TLS_FAILED',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'TLS_FAILED',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLS_FAILED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_FAILED',
  HOSTNAME_MISMATCH: 'TLS_FAILED',
  INVALID_CA: 'TLS_FAILED',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_FAILED',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS_FAILED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS_FAILED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_FAILED',
};

/** A system call that fails before a connection stands; `ETIMEDOUT` alone would not say which call it was. */
const connectingCalls: readonly unknown[] = ['connect', 'getaddrinfo'];

/** Failures that the same request would meet again. */
const permanent: readonly string[] = ['HOST_NOT_ALLOWED', 'REQUEST_INVALID'];

/**
 * Makes the client.
 *
 * @throws where an entry of `allow` is no http(s) URL: a configuration error, found at start.
 */
export function createEgress(options: EgressOptions): Egress {
  const allowed = new Set(options.allow.map(originOf));
  const fetchOnce = options.fetch ?? fetch;
  return {
    async send(request, timeoutMs = options.timeoutMs) {
      const deadline = new AbortController();
      const prepared = prepare(request, allowed, deadline.signal);
      if ('kind' in prepared) return prepared;
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      const departure = { seen: false, left: false };
      try {
        const response = await departing(departure, () => fetchOnce(prepared));
        const body = await readBody(response, options.maxResponseBytes);
        if (body === undefined) return { kind: 'unknown', code: 'RESPONSE_TOO_LARGE' };
        const headers = Object.fromEntries(response.headers);
        return { kind: 'response', response: { status: response.status, headers, body } };
      } catch (error) {
        const isOver = deadline.signal.aborted;
        if (!stayedHere(departure)) return isOver ? { kind: 'unknown', code: 'TIMEOUT' } : classify(error);
        return { kind: 'not-sent', code: isOver ? 'CONNECT_TIMEOUT' : whyNotSent(error) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * What a failed call means to the one who asked for it.
 *
 * A read changes nothing, so whatever became of it, it may be repeated; only an answer that is too large will be
 * too large again.
 */
export function outcomeOfFailure(failure: SendFailure, effect: 'read' | 'write'): Outcome<never> {
  if (failure.kind === 'not-sent') {
    return permanent.includes(failure.code) ? rejected(failure.code) : retry(failure.code);
  }
  if (effect === 'write') return unknown(failure.code);
  return failure.code === 'RESPONSE_TOO_LARGE' ? rejected(failure.code) : retry(failure.code);
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') {
    throw new Error('egress.allow: expected origins such as "https://graph.facebook.com"');
  }
  return parsed.origin;
}

/**
 * The list is compared with the origin as the URL parser reads it, so that `2130706433`, `0x7f.1` and
 * `[::ffff:7f00:1]` are judged as the addresses they are, by the same parser that `fetch` uses.
 */
function prepare(
  request: HttpRequest,
  allowed: ReadonlySet<string>,
  signal: AbortSignal,
): Request | SendFailure {
  if (!URL.canParse(request.url)) return { kind: 'not-sent', code: 'REQUEST_INVALID' };
  const url = new URL(request.url);
  if (!allowed.has(url.origin)) return { kind: 'not-sent', code: 'HOST_NOT_ALLOWED' };
  try {
    const { method, headers, body = null } = request;
    return new Request(url, { method, headers: { ...headers }, body, redirect: 'manual', signal });
  } catch {
    // The constructor's message quotes the URL or the header; it must go no further.
    return { kind: 'not-sent', code: 'REQUEST_INVALID' };
  }
}

/** Undefined where the body is larger than `maxBytes`; the rest of it is then not taken in. */
async function readBody(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, which closes the connection.
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function classify(error: unknown): SendFailure {
  const cause = error instanceof Error ? error.cause : undefined;
  // Several addresses were tried (an AggregateError): it was not sent only if none of the attempts connected.
  const attempts: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  const codes = attempts.map(notSentCode);
  const [first] = codes;
  if (first !== undefined && !codes.includes(undefined)) return { kind: 'not-sent', code: first };
  return { kind: 'unknown', code: attempts.some(isBadResponse) ? 'BAD_RESPONSE' : 'CONNECTION_LOST' };
}

/** The code of a failure that is known to have come before the first byte of the request. */
function whyNotSent(error: unknown): NotSentCode {
  const failure = classify(error);
  return failure.kind === 'not-sent' ? failure.code : 'CONNECT_FAILED';
}

/** Something answered, but not in HTTP, or in a compression that cannot be undone. */
function isBadResponse(error: unknown): boolean {
  return (
    field(error, 'name') === 'HTTPParserError' ||
    /^(UND_ERR_HEADERS_OVERFLOW|Z_)/.test(String(field(error, 'code')))
  );
}

function notSentCode(error: unknown): NotSentCode | undefined {
  // `fetch` refuses the ports of its standard's block list before it connects, and gives no code for it.
  if (field(error, 'message') === 'bad port') return 'REQUEST_INVALID';
  const known = beforeSending[String(field(error, 'code'))];
  if (known !== undefined) return known;
  return connectingCalls.includes(field(error, 'syscall')) ? 'CONNECT_FAILED' : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
