import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { type Connections, createConnections } from './connections.ts';
import { failureCode, type NotSentCode, prepareTo, type UnknownCode } from './egress.ts';

/**
 * Takes in a file from outside, piece by piece: whoever asks for it gets each piece as it comes and says when the next may come, so
 * that no more than a piece is ever held here.
 *
 * One call is one attempt and one answer: a redirect is told as the answer that it is. It never logs, and throws only what `keep`
 * throws.
 */

export type DownloadCode =
  | NotSentCode
  | UnknownCode
  /** No byte came for too long. */
  | 'STALLED'
  /** Packed, though we asked that it is not: what it unpacks to nobody has measured. */
  | 'PACKED'
  /** Fewer bytes than were announced, or nothing that says where the file ends. */
  | 'NOT_WHOLE';

export type Downloaded =
  /** Status 200: all of it went to `keep`. */
  | {
      readonly kind: 'file';
      readonly bytes: number;
      /** Hexadecimal, of all bytes. */
      readonly sha256: string;
      /** As the answer says it: lower case, without parameters. */
      readonly mimeType: string | undefined;
    }
  /** Any other status: nothing went to `keep`. The beginning of its body, as text. */
  | { readonly kind: 'answer'; readonly answer: HttpResponse }
  | { readonly kind: 'failed'; readonly code: DownloadCode };

export type Download = {
  readonly request: HttpRequest;
  /** Asked of the address before anything else. */
  readonly allows: (url: string) => boolean;
  readonly maxBytes: number;
  /** Milliseconds, where this one gets less than others. */
  readonly timeoutMs?: number;
  /**
   * Takes the next piece, in order; the one after is not read before it resolves. The piece is its to keep.
   * @throws whatever it likes: the download ends there, and passes it on
   */
  readonly keep: (piece: Buffer) => Promise<void>;
};

export type DownloadOptions = {
  /** Milliseconds from the first packet to the last byte. */
  readonly timeoutMs: number;
  /** Milliseconds between two pieces, and until the head of the answer. */
  readonly stallMs: number;
  /** Replaces the connections of downloads, which are kept apart from those that send. */
  readonly connections?: Connections;
};

export type Downloads = (download: Download) => Promise<Downloaded>;

/** Bytes of an answer that is no file: enough for an error's words. */
const maxAnswerBytes = 64 * 1024;

const failed = (code: DownloadCode): Downloaded => ({ kind: 'failed', code });

/** Makes the client. */
export function createDownloads(options: DownloadOptions): Downloads {
  const connections = options.connections ?? createConnections();
  return async ({ request, allows, maxBytes, keep, timeoutMs = options.timeoutMs }) => {
    if (!allows(request.url)) return failed('HOST_NOT_ALLOWED');
    const prepared = prepareTo(request, connections);
    if ('code' in prepared) return failed(prepared.code);
    const { outgoing } = prepared;
    const deadline = performance.now() + Math.min(timeoutMs, options.timeoutMs);
    const patience = (): Patience => {
      const leftMs = deadline - performance.now();
      return leftMs < options.stallMs
        ? { ms: leftMs, code: 'TIMEOUT' }
        : { ms: options.stallMs, code: 'STALLED' };
    };
    let left = false;
    outgoing.once('socket', () => {
      left = true;
    });
    const head = Promise.withResolvers<IncomingMessage | Downloaded>();
    const fail = (error: unknown) => head.resolve(failed(failureCode(error, left)));
    outgoing.on('error', fail);
    outgoing.once('close', () => fail(undefined));
    outgoing.once('response', head.resolve);
    outgoing.end();
    try {
      const { ms, code } = patience();
      const answer = await within(ms, head.promise);
      if (answer === undefined) return failed(left ? code : 'CONNECT_TIMEOUT');
      if ('kind' in answer) return answer;
      // Its error is told by the reading as well; without somebody who listens it would end the process.
      answer.on('error', () => undefined);
      if (answer.statusCode !== 200) return await readAnswer(answer, patience);
      return await readFile(answer, { maxBytes, keep, patience });
    } finally {
      // Whatever is left of the answer is not taken in; one that was read to its end gave its connection back before.
      outgoing.destroy();
    }
  };
}

/** How long the next piece may take, and what it is called when it takes longer. */
type Patience = { readonly ms: number; readonly code: 'TIMEOUT' | 'STALLED' };

/** Undefined when it took longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(timeout.resolve, Math.max(0, ms), undefined);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

type Reading = Pick<Download, 'maxBytes' | 'keep'> & {
  readonly patience: () => Patience;
};

type Piece = IteratorResult<Buffer, unknown>;

/** The next piece; `broken` where the connection was lost; else why none came in time. */
async function nextPiece(
  pieces: AsyncIterator<Buffer>,
  { ms, code }: Patience,
): Promise<Piece | 'broken' | Patience['code']> {
  const next = pieces.next().catch((): 'broken' => 'broken');
  return (await within(ms, next)) ?? code;
}

async function readFile(answer: IncomingMessage, reading: Reading): Promise<Downloaded> {
  const { maxBytes, keep, patience } = reading;
  const { headers } = answer;
  if ((headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity')
    return failed('PACKED');
  const announced = Number(headers['content-length'] ?? 'none');
  if (announced > maxBytes) return failed('RESPONSE_TOO_LARGE');
  // Where neither is said, the end of the connection is the end of the file, and a lost one looks the same.
  const saysItsEnd = !Number.isNaN(announced) || /chunked/i.test(headers['transfer-encoding'] ?? '');
  if (!saysItsEnd) return failed('NOT_WHOLE');
  const hash = createHash('sha256');
  // A stream of bytes, for no encoding was set.
  const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = 0;
  for (;;) {
    const piece = await nextPiece(pieces, patience());
    if (piece === 'broken') return failed(bytes > 0 ? 'NOT_WHOLE' : 'CONNECTION_LOST');
    if (typeof piece === 'string') return failed(piece);
    if (piece.done) break;
    bytes += piece.value.length;
    if (bytes > maxBytes) return failed('RESPONSE_TOO_LARGE');
    hash.update(piece.value);
    await keep(piece.value);
  }
  if (!answer.complete || (!Number.isNaN(announced) && bytes !== announced)) return failed('NOT_WHOLE');
  const mimeType = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return { kind: 'file', bytes, sha256: hash.digest('hex'), mimeType };
}

/** What an answer says that is no file; what is beyond the limit, packed or lost is not worth a second look. */
async function readAnswer(answer: IncomingMessage, patience: () => Patience): Promise<Downloaded> {
  const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // as above
  const kept: Buffer[] = [];
  let bytes = 0;
  while (bytes < maxAnswerBytes) {
    const piece = await nextPiece(pieces, patience());
    if (typeof piece === 'string' || piece.done) break;
    bytes += piece.value.length;
    kept.push(piece.value);
  }
  const body = Buffer.concat(kept).subarray(0, maxAnswerBytes).toString('utf8');
  return { kind: 'answer', answer: { status: answer.statusCode ?? 0, headers: headersOf(answer), body } };
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const],
  );
  return Object.fromEntries(entries);
}
