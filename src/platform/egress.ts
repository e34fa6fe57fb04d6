import type { ClientRequest } from 'node:http';
import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { type Outcome, rejected, retry, unknown } from '#kernel/outcome.ts';
import { type Connections, connectTimeout, createConnections } from './connections.ts';
import { type Exchanged, exchange, isNoHttp, opened } from './exchange.ts';

/**
 * The one client for calls to the outside (practice systems, messaging providers).
 *
 * One call is one attempt: it follows no redirect, talks to no origin that is not on its list, and ends by a deadline.
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
  /** Replaces the connections that all clients of the process share. */
  readonly connections?: Connections;
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
 * What stands in the way of a connection. `ERR_SSL_…` and the certificate codes come out of the handshake.
 * Source: Node.js, "TLS: X509 certificate error codes" and "Common system errors".
 */
const whyNoConnection: Readonly<Record<string, NotSentCode>> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ENOTFOUND: 'HOST_NOT_FOUND',
  EAI_AGAIN: 'HOST_NOT_FOUND',
  [connectTimeout]: 'CONNECT_TIMEOUT',
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

/** Failures that the same request would meet again. */
const permanent: readonly string[] = ['HOST_NOT_ALLOWED', 'REQUEST_INVALID'];

const shared = createConnections();

/**
 * Makes the client.
 *
 * @throws where an entry of `allow` is no http(s) URL: a configuration error, found at start.
 */
export function createEgress(options: EgressOptions): Egress {
  const allowed = new Set(options.allow.map(originOf));
  const connections = options.connections ?? shared;
  return {
    async send(request, timeoutMs = options.timeoutMs) {
      const prepared = prepare(request, allowed, connections);
      if ('code' in prepared) return { kind: 'not-sent', code: prepared.code };
      const limits = { timeoutMs, maxBytes: options.maxResponseBytes };
      return resultOf(await exchange(prepared.outgoing, request.body, limits));
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
 * Ports of other protocols, which no web server has, and where what we say could be taken for something else.
 * Source: WHATWG, "Fetch Standard", bad port.
 */
const badPorts = new Set(
  (
    '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 139 ' +
    '143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 ' +
    '3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  ).split(' '),
);

/**
 * The list is compared with the origin as the URL parser reads it, so that `2130706433`, `0x7f.1` and
 * `[::ffff:7f00:1]` are judged as the addresses they are; the connection goes to the host as that parser wrote it.
 */
function prepare(
  request: HttpRequest,
  allowed: ReadonlySet<string>,
  connections: Connections,
): { outgoing: ClientRequest } | { code: NotSentCode } {
  const url = URL.parse(request.url);
  if (url === null) return { code: 'REQUEST_INVALID' };
  if (!allowed.has(url.origin)) return { code: 'HOST_NOT_ALLOWED' };
  return prepareTo(request, connections);
}

/** Prepares a request to an address that was found to be allowed. */
export function prepareTo(
  request: HttpRequest,
  connections: Connections,
): { outgoing: ClientRequest } | { code: NotSentCode } {
  const url = URL.parse(request.url);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || url.username !== '' || url.password !== '' || badPorts.has(url.port))
    return { code: 'REQUEST_INVALID' };
  try {
    return { outgoing: opened(url, request, connections) };
  } catch {
    // The message quotes the header; it must go no further.
    return { code: 'REQUEST_INVALID' };
  }
}

function resultOf(exchanged: Exchanged): SendResult {
  switch (exchanged.kind) {
    case 'answered': {
      const { status, headers, body } = exchanged;
      return { kind: 'response', response: { status, headers, body } };
    }
    case 'too-large':
      return { kind: 'unknown', code: 'RESPONSE_TOO_LARGE' };
    case 'bad-answer':
      return { kind: 'unknown', code: 'BAD_RESPONSE' };
    case 'late':
      return exchanged.left
        ? { kind: 'unknown', code: 'TIMEOUT' }
        : { kind: 'not-sent', code: 'CONNECT_TIMEOUT' };
    case 'failed':
      return exchanged.left
        ? { kind: 'unknown', code: 'CONNECTION_LOST' }
        : { kind: 'not-sent', code: whyNotSent(exchanged.error) };
  }
}

/**
 * What a connection's error means, in a word.
 * @param left whether a connection was given the request
 */
export function failureCode(error: unknown, left: boolean): NotSentCode | UnknownCode {
  if (isNoHttp(error)) return 'BAD_RESPONSE';
  return left ? 'CONNECTION_LOST' : whyNotSent(error);
}

/** Where several addresses were tried (an AggregateError) for different reasons, none of them is the reason. */
function whyNotSent(error: unknown): NotSentCode {
  const attempts: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = new Set(attempts.map((attempt) => whyNoConnection[codeOf(attempt)] ?? 'CONNECT_FAILED'));
  const [only = 'CONNECT_FAILED', ...others] = codes;
  return others.length === 0 ? only : 'CONNECT_FAILED';
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null ? String(Reflect.get(error, 'code')) : '';
