import { type ClientRequest, type IncomingMessage, request as plainly } from 'node:http';
import { request as securely } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { HttpRequest } from '#kernel/http.ts';
import type { Connections } from './connections.ts';

/** One request and its answer over a connection. Nothing is followed, and nothing is repeated. */

export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'too-large' }
  /** Came back as something that is no HTTP, or in a compression that cannot be undone. */
  | { readonly kind: 'bad-answer' }
  /** @param left whether a connection was given the request, so that bytes of it may have left */
  | { readonly kind: 'failed'; readonly left: boolean; readonly error: unknown }
  | { readonly kind: 'late'; readonly left: boolean };

export type Limits = {
  /** Milliseconds from now to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Bytes of the body, as it comes and when it is unpacked. */
  readonly maxBytes: number;
};

/**
 * Prepares the request; it leaves with `exchange`.
 * @throws where a header cannot be written: the message quotes it
 */
export function opened(url: URL, { method, headers, body }: HttpRequest, over: Connections): ClientRequest {
  const isSecure = url.protocol === 'https:';
  over.closeIdle();
  const options = {
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    method,
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'vestibule',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    joinDuplicateHeaders: true,
  };
  return isSecure ? securely({ ...options, agent: over.https }) : plainly({ ...options, agent: over.http });
}

/** Sends the request and takes in its answer. Never rejects. */
export function exchange(
  request: ClientRequest,
  body: string | undefined,
  limits: Limits,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    let left = false;
    const settle = (result: Exchanged) => {
      clearTimeout(timer);
      resolve(result);
    };
    const fail = (error: unknown) =>
      settle(isNoHttp(error) ? { kind: 'bad-answer' } : { kind: 'failed', left, error });
    const timer = setTimeout(() => {
      settle({ kind: 'late', left });
      request.destroy();
    }, limits.timeoutMs);
    request.once('socket', () => {
      left = true;
    });
    request.on('error', fail);
    // The last word, where nothing was said before: an answer that turns into another protocol.
    const closed = () => fail(undefined);
    request.once('close', closed);
    request.once('response', (answer) => {
      request.off('close', closed);
      takeIn(answer, limits.maxBytes, settle, fail);
    });
    request.end(body);
  });
}

function takeIn(
  answer: IncomingMessage,
  maxBytes: number,
  settle: (result: Exchanged) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= maxBytes) return;
    settle({ kind: 'too-large' });
    // Closes the connection: the rest is not taken in.
    answer.destroy();
  });
  answer.on('error', fail);
  answer.on('end', () => {
    const [first = Buffer.alloc(0)] = chunks;
    const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
    const coding = answer.headers['content-encoding'];
    if (coding === undefined || body.length === 0) settle(answered(answer, body));
    else
      unpacked(body, coding, maxBytes).then(
        (plain) => settle(answered(answer, plain)),
        (error) => settle({ kind: codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'bad-answer' }),
      );
  });
}

const utf8 = new TextDecoder();

function answered(answer: IncomingMessage, body: Uint8Array): Exchanged {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  // An answer always has a status; the type is shared with requests, which have none.
  return { kind: 'answered', status: answer.statusCode ?? 0, headers, body: utf8.decode(body) };
}

const unzip = { gzip: promisify(gunzip), zlib: promisify(inflate), deflate: promisify(inflateRaw) };
const unbrotli = promisify(brotliDecompress);

/** Undoes the codings in reverse; one that we did not ask for is left as it is. Ends missing at the end are borne with, as browsers do. */
async function unpacked(body: Buffer, codings: string, maxBytes: number): Promise<Buffer> {
  const lenient = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes };
  let plain = body;
  for (const coding of codings.toLowerCase().split(',').toReversed()) {
    const name = coding.trim();
    if (name === 'gzip' || name === 'x-gzip') plain = await unzip.gzip(plain, lenient);
    // Some servers leave out the two bytes of zlib's head, which begin with an 8.
    else if (name === 'deflate')
      plain = await (((plain[0] ?? 0) & 0x0f) === 8 ? unzip.zlib : unzip.deflate)(plain, lenient);
    else if (name === 'br') {
      const finishFlush = constants.BROTLI_OPERATION_FLUSH;
      plain = await unbrotli(plain, { finishFlush, maxOutputLength: maxBytes });
    }
  }
  return plain;
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;

/** Something answered, but not in HTTP. A head that ends in its midst is a lost connection. */
export function isNoHttp(error: unknown): boolean {
  const code = String(codeOf(error));
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
}
