import type { Account, Accounts, MediaSource, MediaSources } from '#channels/index.ts';
import type { AskStep, FetchStep, InboundMedia, MediaStep } from '#channels/media.ts';
import {
  beginFile,
  type FileEvent,
  FileLost,
  type FileWriter,
  fileStream,
  findFile,
  type KnownFile,
  keptLately,
  missFile,
  putOffFile,
  quarantineFile,
  type Written,
} from '#files/index.ts';
import type { HttpResponse } from '#kernel/http.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { DownloadCode, Downloads } from '#platform/download.ts';
import type { JobHandler } from '#platform/job.ts';
import { findMail } from '#platform/mailbox.ts';
import { type ConversationDeps, openMail } from '../commands.ts';
import { fetchJob } from './commands.ts';

export type MediaDeps = Pick<ConversationDeps, 'db' | 'store' | 'sealer' | 'queues' | 'clock' | 'metrics'> & {
  readonly accounts: Accounts;
  readonly sources: MediaSources;
  readonly downloads: Downloads;
  /** Larger ones are not kept. */
  readonly maxFileBytes: number;
};

/** What is to be done about the file once an attempt is over; `kept` is done already. */
type Result = { readonly kind: 'kept' } | Exclude<MediaStep, AskStep | FetchStep>;

/** Asking, fetching, and what redirects lead to; a provider that sends us in a ring is told so. */
const maxCalls = 8;

/** Milliseconds for all of them together: well within the two minutes after which a job is taken for dead and begun anew. */
const attemptMs = 100_000;

/** Bytes of an answer that says where a file lies. */
const maxAskBytes = 64 * 1024;

/** Milliseconds. The first delay; each is twice the one before, up to the last. */
const firstDelayMs = 5_000;
const lastDelayMs = 3_600_000;

/** Milliseconds that an account waits whose key cannot be used: until somebody mends it. */
const keyPauseMs = 300_000;

/**
 * The job of the `media` queue: fetches one file. All its calls read, so whatever became of an attempt, it may be made again; a file
 * that is kept, given up or forgotten is not fetched any more. What does not succeed is tried again, with growing delays, for as long as
 * the provider keeps the file; then staff are told that it is not to be had.
 */
export function fetchFile(deps: MediaDeps): JobHandler {
  return async ({ data }) => {
    const practiceId = String(data.practiceId);
    const known = await deps.db.tx(practiceId, (tx) => readFile(tx, deps, String(data.fileId)));
    if (known === undefined) return;
    const result = await fetched(deps, practiceId, known);
    if (result !== undefined) await deps.db.tx(practiceId, (tx) => settle(tx, deps, known, result));
  };
}

type Known = {
  readonly file: KnownFile;
  readonly media: InboundMedia | undefined;
  /** The conversation has filled what it may today. */
  readonly isFull: boolean;
};

/**
 * What one conversation may fill in a day: files, and bytes in files of the largest size. Whoever sends more is not refused: the rest is
 * fetched later, while the provider keeps it.
 */
const filesPerDay = 100;
const largestPerDay = 10;
const dayMs = 24 * 3_600_000;

/** Undefined where nobody waits for the file (any more). What the message said is sealed in the mailbox. */
async function readFile(tx: Tx, deps: MediaDeps, fileId: string): Promise<Known | undefined> {
  const file = await findFile(tx, fileId);
  if (file?.state !== 'awaited') return undefined;
  const since = new Date(deps.clock.now() - dayMs).toISOString();
  const kept = await keptLately(tx, file.conversationId, since);
  const isFull = kept.files >= filesPerDay || kept.bytes >= largestPerDay * deps.maxFileBytes;
  const letter = await findMail(tx, file.mailKey);
  if (letter === undefined) return { file, media: undefined, isFull };
  const mail = await openMail(tx, deps.sealer, letter);
  const content = mail.kind === 'message' ? mail.content : undefined;
  return { file, media: content?.kind === 'media' ? content : undefined, isFull };
}

/** Undefined where another attempt took over, or the patient was erased meanwhile. */
async function fetched(
  deps: MediaDeps,
  practiceId: string,
  { file, media, isFull }: Known,
): Promise<Result | undefined> {
  const account = deps.accounts.find(file.channel, file.accountId);
  if (media === undefined) return { kind: 'end', code: 'NO_ADDRESS' };
  if (isFull) return { kind: 'wait', code: 'TOO_MANY', afterMs: lastDelayMs };
  if (account === undefined || account.practiceId !== practiceId)
    return { kind: 'wait', code: 'UNKNOWN_ACCOUNT', afterMs: lastDelayMs };
  try {
    const deadline = performance.now() + attemptMs;
    return await attempt(deps, { file, media, account, source: deps.sources(account), deadline });
  } catch (error) {
    if (error instanceof FileLost) return undefined;
    throw error;
  }
}

type Attempt = {
  readonly file: KnownFile;
  readonly media: InboundMedia;
  readonly account: Account;
  readonly source: MediaSource;
  /** Monotonic milliseconds: when the attempt is over. */
  readonly deadline: number;
};

async function attempt(deps: MediaDeps, given: Attempt): Promise<Result> {
  const { media, source } = given;
  let step = source.begin(media);
  for (let call = 0; call < maxCalls; call += 1) {
    if (step.kind === 'wait' || step.kind === 'end') return step;
    const done = await take(deps, given, step);
    if (done.kind !== 'answer') return done;
    step = source.next(step, done.answer, media);
  }
  return { kind: 'end', code: 'REFUSED' };
}

type Taken = Result | { readonly kind: 'answer'; readonly answer: HttpResponse };

/** One call. */
async function take(deps: MediaDeps, given: Attempt, step: AskStep | FetchStep): Promise<Taken> {
  const { source } = given;
  const request = await source.request(step, deps.clock.now());
  if (request === undefined) return { kind: 'wait', code: 'KEY_UNUSABLE', afterMs: keyPauseMs };
  return step.kind === 'ask'
    ? await asked(deps, given, request)
    : await written(deps, given, { ...step, request });
}

async function asked(
  { downloads }: MediaDeps,
  { source, deadline }: Attempt,
  request: AskStep['request'],
): Promise<Taken> {
  const pieces: Buffer[] = [];
  const keep = async (piece: Buffer) => void pieces.push(piece);
  const headers = { 'accept-encoding': 'identity', ...request.headers };
  const result = await downloads({
    request: { ...request, headers },
    allows: source.allows,
    maxBytes: maxAskBytes,
    timeoutMs: deadline - performance.now(),
    keep,
  });
  if (result.kind === 'failed') return failure(result.code, 'REFUSED');
  if (result.kind === 'answer') return result;
  return {
    kind: 'answer',
    answer: { status: 200, headers: {}, body: Buffer.concat(pieces).toString('utf8') },
  };
}

/** Writes the file as it comes; it is kept when it is what was announced. */
async function written(
  deps: MediaDeps,
  { file, media, account, source, deadline }: Attempt,
  step: FetchStep,
): Promise<Taken> {
  const { practiceId } = account;
  const writer = await beginFile(deps, practiceId, file);
  const result = await deps.downloads({
    request: step.request,
    allows: source.allows,
    maxBytes: deps.maxFileBytes,
    timeoutMs: deadline - performance.now(),
    keep: writer.keep,
  });
  if (result.kind === 'failed') return failure(result.code, 'TOO_LARGE');
  if (result.kind === 'answer') return result;
  const wrong = notTheFile(result, media, step);
  if (wrong !== undefined) return { kind: 'wait', code: wrong, atMost: 6, endAs: 'REFUSED' };
  const whole = await writer.end();
  const declaredType = step.announced.mimeType ?? result.mimeType;
  const { agrees } = await deps.db.tx(practiceId, (tx) =>
    quarantined(tx, deps, { file, writer, whole, declaredType }),
  );
  deps.metrics.count('vestibule_files', {
    channel: account.channel,
    outcome: agrees ? 'kept' : 'kept-other-type',
  });
  return { kind: 'kept' };
}

type ToKeep = {
  readonly file: KnownFile;
  readonly writer: FileWriter;
  readonly whole: Written;
  readonly declaredType: string | undefined;
};

async function quarantined(tx: Tx, deps: MediaDeps, { file, writer, whole, declaredType }: ToKeep) {
  const at = isoNow(deps.clock);
  const result = await quarantineFile(tx, deps.sealer, file, writer, whole, { declaredType, at });
  const { fileId, conversationId } = file;
  const data = { fileId, conversationId, bytes: whole.bytes, agrees: result.agrees, at };
  await tell(tx, deps, file, { type: 'FileKept', data });
  return result;
}

/** The one fact of a file's stream: whoever looks at the conversation learns of it at once. */
async function tell(tx: Tx, { store }: MediaDeps, { fileId, conversationId }: KnownFile, fact: FileEvent) {
  const stream = fileStream(fileId);
  await store.append(tx, [{ stream, expectedVersion: 0, subject: conversationId, facts: [fact] }], {
    at: fact.data.at,
    actor: 'system',
    correlationId: conversationId,
    causationId: fileId,
  });
}

type Whole = { readonly bytes: number; readonly sha256: string; readonly mimeType: string | undefined };

/** Why what came is not what was announced; a page where a picture should be comes from a gateway on the way. */
function notTheFile(whole: Whole, media: InboundMedia, { announced }: FetchStep): string | undefined {
  if (whole.bytes === 0) return 'EMPTY';
  if (announced.sha256 !== undefined && announced.sha256 !== whole.sha256) return 'OTHER_HASH';
  if (announced.bytes !== undefined && announced.bytes !== whole.bytes) return 'OTHER_SIZE';
  const isPage = whole.mimeType === 'text/html' && !announced.mimeType?.startsWith('text/html');
  return isPage && (media.media !== 'document' || announced.mimeType !== undefined) ? 'A_PAGE' : undefined;
}

function failure(code: DownloadCode, tooLarge: 'TOO_LARGE' | 'REFUSED'): Result {
  if (code === 'RESPONSE_TOO_LARGE') return { kind: 'end', code: tooLarge };
  if (code === 'HOST_NOT_ALLOWED') return { kind: 'end', code: 'NOT_ALLOWED' };
  if (code === 'REQUEST_INVALID') return { kind: 'end', code: 'REFUSED' };
  if (code === 'PACKED') return { kind: 'wait', code, atMost: 3, endAs: 'REFUSED' };
  return { kind: 'wait', code };
}

async function settle(tx: Tx, deps: MediaDeps, { file }: Known, result: Result): Promise<void> {
  if (result.kind === 'kept') return;
  const { fileId, channel } = file;
  const at = isoNow(deps.clock);
  const end = endOf(deps, file, result);
  if (end !== undefined) {
    if (!(await missFile(tx, fileId, end, at))) return;
    const { conversationId } = file;
    await tell(tx, deps, file, { type: 'FileMissed', data: { fileId, conversationId, code: end, at } });
    tx.afterCommit(() => deps.metrics.count('vestibule_files', { channel, outcome: 'missing', code: end }));
    return;
  }
  // Whoever forgot the file in the meantime is not to be reminded of it.
  if (result.kind !== 'wait' || !(await putOffFile(tx, fileId, result.code, at))) return;
  const delayMs = Math.max(result.afterMs ?? 0, Math.min(lastDelayMs, firstDelayMs * 2 ** file.attempts));
  const { practiceId } = tx;
  await deps.queues.enqueue(tx, [fetchJob({ practiceId, ...file }, Math.ceil(delayMs / 1000))]);
  tx.afterCommit(() => deps.metrics.count('vestibule_files', { channel, outcome: 'waiting' }));
}

/** Why the file is given up; undefined while it may still come. */
function endOf(
  deps: MediaDeps,
  file: KnownFile,
  result: Exclude<Result, { kind: 'kept' }>,
): string | undefined {
  if (result.kind === 'end') return result.code;
  const times = result.code === file.code ? file.codeCount + 1 : 1;
  if (result.atMost !== undefined && times >= result.atMost) return result.endAs ?? 'REFUSED';
  const account = deps.accounts.find(file.channel, file.accountId);
  const ageMs = deps.clock.now() - Date.parse(file.sentAt);
  return ageMs > (account === undefined ? unknownLifeMs : deps.sources(account).lifeMs)
    ? 'EXPIRED'
    : undefined;
}

/** Milliseconds, where the account that the file came by is not there (any more). */
const unknownLifeMs = 7 * 24 * 3_600_000;
