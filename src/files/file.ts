/**
 * Glossary of the file words.
 *
 * - **file**: one picture, voice message or document that came in with a message. Its bytes are sealed from the first to the last.
 * - **quarantine**: it is here and nobody gets to see it, for nobody has looked into it. Only `cleared` may ever be shown or handed on.
 * - **piece**: a part of the sealed bytes; each is bound to its place, and the **seal of the whole** says where they end.
 */

export const fileStates = ['awaited', 'quarantined', 'cleared', 'refused', 'missing', 'gone'] as const;

/**
 * - `awaited`: told of, and not fetched yet.
 * - `quarantined`: kept, sealed, and not checked.
 * - `cleared`: checked, and found to be what it may be.
 * - `refused`: checked, and not to be given to anybody.
 * - `missing`: could not be fetched; `code` says why.
 * - `gone`: its bytes were taken away, when its time was over.
 */
export type FileState = (typeof fileStates)[number];

/** What may become of a file. Who checks files has to ask here; what is not named here does not happen. */
export const fileTransitions: Readonly<Record<FileState, readonly FileState[]>> = {
  awaited: ['quarantined', 'missing'],
  quarantined: ['cleared', 'refused', 'gone'],
  cleared: ['gone'],
  refused: ['gone'],
  missing: [],
  gone: [],
};

export function mayBecome(from: FileState, to: FileState): boolean {
  return fileTransitions[from].includes(to);
}

/** In which states a file can come to be this one: what a statement asks before it changes one. */
export function statesBefore(to: FileState): readonly FileState[] {
  return fileStates.filter((from) => mayBecome(from, to));
}

/** States of files whose bytes are kept. */
export const keptStates: readonly FileState[] = ['quarantined', 'cleared', 'refused'];

/** May anybody be given the bytes? */
export const isServable = (state: FileState): boolean => state === 'cleared';

/** Plain bytes of one piece: what one transaction writes, and, twice, what one download holds. */
export const pieceBytes = 256 * 1024;

/** What the seal of the whole says. */
export type FileSeal = {
  readonly pieces: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** As it came with the message; words of the sender's. */
  readonly declaredType?: string;
  readonly sniffedType?: string;
};
