import { createHash, type Hash } from 'node:crypto';
import type { Db, Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { Sealer } from '#security/index.ts';
import { type FileSeal, type FileState, isServable, keptStates, pieceBytes, statesBefore } from '../file.ts';
import { agrees, readMimeType, sniff, sniffBytes } from '../sniff.ts';

/**
 * The sealed bytes of files. Each piece is sealed by itself, bound to its file, its attempt and its place; the seal of the whole binds
 * how many there are and what they are together. So a piece that was moved, taken from another attempt or left out does not open, and
 * a file that ends early is found out.
 */

export type PieceDeps = { readonly db: Pick<Db, 'tx'>; readonly sealer: Pick<Sealer, 'seal' | 'open'> };

/** Another attempt took over, or nobody waits for the file any more: what this one has written counts for nothing. */
export class FileLost extends Error {
  constructor() {
    super('the file is not awaited by this attempt');
    this.name = 'FileLost';
  }
}

type Target = { readonly fileId: string; readonly subject: string };

const pieceContext = (fileId: string, writing: string, position: number) =>
  `files|piece|${fileId}|${writing}|${position}`;
const sealContext = (fileId: string, writing: string) => `files|seal|${fileId}|${writing}`;

export type Written = { readonly bytes: number; readonly sha256: string; readonly beginning: Buffer };

export type FileWriter = {
  /** Takes bytes in order; writes a piece whenever there is one. Holds no more than one piece and what it was given. */
  readonly keep: (bytes: Buffer) => Promise<void>;
  /** Writes what is left. The file counts only when `quarantineFile` has committed. */
  readonly end: () => Promise<Written>;
  readonly writing: string;
  readonly pieces: () => number;
};

/**
 * Begins an attempt to write a file; what an earlier one left is taken away.
 * @throws FileLost where it is not awaited (any more)
 */
export async function beginFile(deps: PieceDeps, practiceId: string, target: Target): Promise<FileWriter> {
  const { db } = deps;
  const writing = newId();
  await db.tx(practiceId, (tx) => takeOver(tx, target.fileId, writing));
  const hash = createHash('sha256');
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let bytes = 0;
  let pieces = 0;
  let beginning = Buffer.alloc(0);

  async function flush(): Promise<void> {
    const plain = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    const position = pieces;
    pieces += 1;
    await db.tx(practiceId, (tx) => writePiece(tx, deps, target, { writing, position, plain }));
  }

  return {
    writing,
    pieces: () => pieces,
    async keep(given) {
      hash.update(given);
      bytes += given.length;
      if (beginning.length < sniffBytes)
        beginning = Buffer.concat([beginning, given.subarray(0, sniffBytes - beginning.length)]);
      for (let rest = given; rest.length > 0; ) {
        const part = rest.subarray(0, pieceBytes - waitingBytes);
        rest = rest.subarray(part.length);
        waiting.push(part);
        waitingBytes += part.length;
        if (waitingBytes === pieceBytes) await flush();
      }
    },
    async end() {
      if (waitingBytes > 0) await flush();
      return { bytes, sha256: hash.digest('hex'), beginning };
    },
  };
}

async function takeOver(tx: Tx, fileId: string, writing: string): Promise<void> {
  const rows = await tx.query(
    `update files set writing = $3 where practice_id = $1 and file_id = $2 and state = any($4) returning file_id`,
    [tx.practiceId, fileId, writing, statesBefore('quarantined')],
  );
  if (rows.length === 0) throw new FileLost();
  await tx.query('delete from file_pieces where practice_id = $1 and file_id = $2', [tx.practiceId, fileId]);
}

type Piece = { readonly writing: string; readonly position: number; readonly plain: Buffer };

/** Its lock on the file's row makes whoever takes over, or forgets the file, come before or after, and not in between. */
async function writePiece(
  tx: Tx,
  { sealer }: PieceDeps,
  { fileId, subject }: Target,
  { writing, position, plain }: Piece,
): Promise<void> {
  const body = await sealer.seal(tx, subject, pieceContext(fileId, writing, position), plain);
  const rows = await tx.query(
    `insert into file_pieces (practice_id, file_id, writing, position, body)
     select practice_id, file_id, writing, $4, $5 from files
     where practice_id = $1 and file_id = $2 and writing = $3 and state = 'awaited' for share returning position`,
    [tx.practiceId, fileId, writing, position, body],
  );
  if (rows.length === 0) throw new FileLost();
}

/**
 * Puts a file that was written into quarantine, where it stays until it was checked.
 * @throws FileLost where another attempt was first
 */
export async function quarantineFile(
  tx: Tx,
  sealer: Pick<Sealer, 'seal'>,
  { fileId, subject }: Target,
  writer: FileWriter,
  { bytes, sha256, beginning }: Written,
  { declaredType, at }: { readonly declaredType: string | undefined; readonly at: string },
): Promise<{ readonly agrees: boolean }> {
  const sniffedType = sniff(beginning);
  const declared = readMimeType(declaredType);
  const seal: FileSeal = {
    pieces: writer.pieces(),
    bytes,
    sha256,
    ...(declared === undefined ? {} : { declaredType: declared }),
    ...(sniffedType === undefined ? {} : { sniffedType }),
  };
  const isAgreed = agrees(sniffedType, declared);
  const plain = Buffer.from(JSON.stringify(seal), 'utf8');
  const sealed = await sealer.seal(tx, subject, sealContext(fileId, writer.writing), plain);
  const rows = await tx.query(
    `update files set state = 'quarantined', code = null, attempts = attempts + 1, changed_at = $4, bytes = $5,
       sniffed_type = $6, agrees = $7, seal = $8
     where practice_id = $1 and file_id = $2 and writing = $3 and state = any($9) returning file_id`,
    [
      tx.practiceId,
      fileId,
      writer.writing,
      at,
      bytes,
      sniffedType ?? null,
      isAgreed,
      sealed,
      statesBefore('quarantined'),
    ],
  );
  if (rows.length === 0) throw new FileLost();
  return { agrees: isAgreed };
}

/** Why bytes are not given out. `DAMAGED`: they are not what was sealed. */
export class FileUnreadable extends Error {
  readonly code: 'UNKNOWN' | 'NOT_KEPT' | 'NOT_CLEARED' | 'DAMAGED';

  constructor(code: FileUnreadable['code']) {
    super(`the file cannot be read: ${code}`);
    this.name = 'FileUnreadable';
    this.code = code;
  }
}

type Kept = { readonly subject: string; readonly writing: string; readonly seal: FileSeal };

/**
 * Reads a file's bytes, a piece at a time, each opened before it is given out. What was given out of a file that turns out to be
 * damaged must be thrown away: only the end says that it is whole.
 * @param purpose `check`: for whoever clears files, in quarantine too; `serve`: for everybody else
 * @throws FileUnreadable, or `KeyDestroyed` where the patient was erased
 */
export async function* readFile(
  deps: PieceDeps,
  practiceId: string,
  fileId: string,
  purpose: 'check' | 'serve',
): AsyncGenerator<Buffer, FileSeal> {
  const { subject, writing, seal } = await deps.db.tx(practiceId, (tx) =>
    openSeal(tx, deps, fileId, purpose),
  );
  const hash = createHash('sha256');
  let bytes = 0;
  for (let position = 0; position < seal.pieces; position += 1) {
    const plain = await deps.db.tx(practiceId, (tx) =>
      openPiece(tx, deps, subject, { fileId, writing, position }),
    );
    bytes += plain.length;
    hash.update(plain);
    yield plain;
  }
  if (!isWhole(hash, bytes, seal)) throw new FileUnreadable('DAMAGED');
  return seal;
}

const isWhole = (hash: Hash, bytes: number, seal: FileSeal) =>
  bytes === seal.bytes && hash.digest('hex') === seal.sha256;

async function openSeal(
  tx: Tx,
  { sealer }: PieceDeps,
  fileId: string,
  purpose: 'check' | 'serve',
): Promise<Kept> {
  const [row] = await tx.query<{ state: FileState; subject: string; writing: string; seal: Buffer | null }>(
    'select state, subject, writing, seal from files where practice_id = $1 and file_id = $2',
    [tx.practiceId, fileId],
  );
  if (row === undefined) throw new FileUnreadable('UNKNOWN');
  if (!keptStates.includes(row.state) || row.seal === null) throw new FileUnreadable('NOT_KEPT');
  if (purpose === 'serve' && !isServable(row.state)) throw new FileUnreadable('NOT_CLEARED');
  const plain = await opened(sealer.open(tx, row.subject, sealContext(fileId, row.writing), row.seal));
  // We sealed it ourselves: its shape is ours.
  const seal = JSON.parse(plain.toString('utf8')) as FileSeal;
  return { subject: row.subject, writing: row.writing, seal };
}

async function openPiece(
  tx: Tx,
  { sealer }: PieceDeps,
  subject: string,
  { fileId, writing, position }: { fileId: string; writing: string; position: number },
): Promise<Buffer> {
  const [row] = await tx.query<{ body: Buffer }>(
    `select body from file_pieces where practice_id = $1 and file_id = $2 and writing = $3 and position = $4`,
    [tx.practiceId, fileId, writing, position],
  );
  if (row === undefined) throw new FileUnreadable('DAMAGED');
  return await opened(sealer.open(tx, subject, pieceContext(fileId, writing, position), row.body));
}

/** A seal that does not open is a file that was tampered with; a key that is gone is an erasure. */
async function opened(value: Promise<Buffer>): Promise<Buffer> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyDestroyed') throw error;
    throw new FileUnreadable('DAMAGED');
  }
}
