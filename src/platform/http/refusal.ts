import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { type ErrorCode, errorBody, errorCatalogue, HttpError } from './errors.ts';

/** Turns what went wrong, with a request or before there was one, into one of our errors. */

/** Seconds after which it is worth asking again; `Retry-After` of every 503. */
export const retryAfterSeconds = 2;

const codeOfFastifyError: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION',
};

/** Codes that say the database cannot be reached or takes nobody: what came is refused before anything was stored. */
const outOfReach = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300']);

/** Turns whatever was thrown into one of our errors; the text of a foreign error never leaves. */
export function asHttpError(error: FastifyError): HttpError {
  if (error instanceof HttpError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const first = error.validation[0];
    const place = `${error.validationContext ?? 'body'}${(first?.instancePath ?? '').replaceAll('/', '.')}`;
    return new HttpError('VALIDATION', {
      field: place,
      ...(first?.message ? { expected: first.message } : {}),
    });
  }
  const known = codeOfFastifyError[error.code];
  if (known !== undefined) return new HttpError(known);
  if (outOfReach.has(error.code)) return new HttpError('UNAVAILABLE');
  return new HttpError((error.statusCode ?? 500) < 500 ? 'VALIDATION' : 'INTERNAL');
}

const codeOfParserError: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

/** A whole answer, for a socket where there is no reply object. */
function wholeAnswer(error: HttpError): string {
  const body = JSON.stringify(errorBody(error));
  const { status } = errorCatalogue[error.code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? [`retry-after: ${retryAfterSeconds}`] : []),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** The answer to a connection for which there is no place. */
export const noPlace = wholeAnswer(new HttpError('UNAVAILABLE'));

/** What arrived is no request: the error that it is, and what to say to the socket, or undefined where nobody listens. */
export function unreadable(
  error: Error & { code?: string },
  socket: Socket,
): { readonly code: ErrorCode; readonly answer: string | undefined } {
  const known = new HttpError(codeOfParserError[error.code ?? ''] ?? 'MALFORMED_REQUEST');
  const isHeard = !socket.destroyed && socket.writable && error.code !== 'ECONNRESET';
  return { code: known.code, answer: isHeard ? wholeAnswer(known) : undefined };
}
