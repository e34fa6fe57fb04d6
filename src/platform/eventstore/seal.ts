/**
 * Glossary of the seals of events.
 *
 * - **seal**: a keyed MAC over one event and the seal before it in its stream. Whoever can write to the database but does not
 *   have the keys cannot make one.
 * - **unsealed**: an event from before there were seals.
 * - **broken**: the event is not what was written, not where it was written, or what stood before it is gone.
 *
 * Position and xact are given by the database as the row is written, and are no part of the fact: they are not sealed.
 */

/** What a seal covers: text, and the sealed patient data, whose length the text holds. */
export type Sealable = { readonly text: string; readonly bytes: Uint8Array | null };

/** Makes and checks seals, with a key of the practice. */
export type EventSeals = {
  readonly sealEvent: (practiceId: string, content: Sealable) => Buffer;
  /** Undefined when this process does not know the key (yet): another process may have made a new one. */
  readonly isSealOf: (practiceId: string, content: Sealable, seal: Uint8Array) => boolean | undefined;
};

/** One event as it stands in its row. */
export type SealedContent = {
  readonly practiceId: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  /** What JSON holds: of a jsonb column, or of what was written into one. */
  readonly data: unknown;
  /** As sealed, so that the event's seal outlives the patient's key. */
  readonly phi: Uint8Array | null;
  readonly subject: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** Microseconds since 1970, as PostgreSQL and `microsOf` write them. */
  readonly micros: string;
};

/** A stored event does not match its seal: nothing may be done with what it says. */
export class EventSealBroken extends Error {
  readonly code = 'EVENT_SEAL_BROKEN';
  readonly stream: string;
  readonly version: number;

  constructor(stream: string, version: number) {
    super('a stored event does not match its seal');
    this.name = 'EventSealBroken';
    this.stream = stream;
    this.version = version;
  }
}

/** @param at ISO 8601; finer than milliseconds is not kept. */
export function microsOf(at: string): string {
  return (BigInt(Date.parse(at)) * 1000n).toString();
}

/** Microseconds as an instant, ISO 8601 in UTC; what is finer than milliseconds is left out. */
export function isoOf(micros: string): string {
  return new Date(Math.floor(Number(micros) / 1000)).toISOString();
}

/**
 * JSON with sorted keys: the same text for what was written and for what jsonb made of it (other order of keys, `1.0` for `1`).
 * A number beyond a double, which only another writer can have put there, is not mistaken for null.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const member of value) text += `${text === '' ? '' : ','}${canonicalJson(member)}`;
    return `[${text}]`;
  }
  // An object that is no array has members by name.
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members).sort())
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key])}`;
  return `{${text}}`;
}

/** What a seal covers: every part with its length before it, so that no two events make the same. */
export function sealable(event: SealedContent, previous: Uint8Array | null): Sealable {
  const parts = [
    event.practiceId,
    event.stream,
    String(event.version),
    event.type,
    canonicalJson(event.data),
    event.subject,
    event.actor,
    event.correlationId,
    event.causationId,
    event.micros,
    previous === null ? '' : hexOf(previous),
    event.phi === null ? 'none' : String(event.phi.length),
  ];
  let text = 'event 1';
  for (const part of parts) text += `|${part.length}:${part}`;
  return { text, bytes: event.phi };
}

const hexOf = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

export type SealState = 'sealed' | 'unsealed' | 'broken' | 'unknown key';

/**
 * How an event stands to its seal.
 * @param previous the seal before it in its stream; null when that has none, or there is no event before
 */
export function checkSeal(
  seals: EventSeals,
  event: SealedContent,
  seal: Uint8Array | null,
  previous: Uint8Array | null,
): SealState {
  // After a sealed one there is none without: it was taken off.
  if (seal === null) return previous === null ? 'unsealed' : 'broken';
  const isWhole = seals.isSealOf(event.practiceId, sealable(event, previous), seal);
  if (isWhole === undefined) return 'unknown key';
  return isWhole ? 'sealed' : 'broken';
}
