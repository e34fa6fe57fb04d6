import type { Fact, StoredEvent } from './event.ts';

/** Why a patient is erased. A code and no words of one's own: the fact outlives them. */
export const erasureReasons = ['patient-request', 'legal-duty', 'test-data', 'mistake'] as const;

export type ErasureReason = (typeof erasureReasons)[number];

/**
 * Stream `erasure/<conversationId>`. The database was emptied: when and why, and nothing of whom. `patientIds` were made up by us,
 * and so tell nothing. That it is done, outside of the database too, says `ErasureFinished` alone.
 */
export type PatientErased = Fact<
  'PatientErased',
  {
    readonly conversationId: string;
    readonly patientIds: readonly string[];
    readonly reason: ErasureReason;
    readonly at: string;
  }
>;

/**
 * Recorded with `PatientErased`, and each time that an erasure is done again: the shares that are to be destroyed outside of the
 * database. Owed until an `ErasureFinished` follows. All ids are ours, or random.
 */
export type SharesOwed = Fact<
  'SharesOwed',
  {
    readonly conversationId: string;
    /** All that are erased together. */
    readonly conversationIds: readonly string[];
    /** Whose keys were destroyed. */
    readonly subjects: readonly string[];
    /** Of raw deliveries: `<tree>:<point>`, both in hexadecimal. On the first conversation of an erasure alone. */
    readonly deliveries: readonly string[];
    /** Some of it was sealed without a share: by an earlier release, or with a key file that could not be changed. */
    readonly isShareMissing: boolean;
    readonly at: string;
  }
>;

/** The end of an erasure. `missing`: there was not a share for everything, so that earlier backups still open in part. */
export type ErasureFinished = Fact<
  'ErasureFinished',
  { readonly conversationId: string; readonly shares: 'destroyed' | 'missing'; readonly at: string }
>;

export type ErasureEvent = PatientErased | SharesOwed | ErasureFinished;

const streamPrefix = 'erasure/';

export const erasureStream = (conversationId: string): string => `${streamPrefix}${conversationId}`;

/** The conversations that these events erase. */
export function erasedConversations(events: readonly StoredEvent[]): readonly string[] {
  return events.flatMap(({ type, stream }) =>
    type === 'PatientErased' && stream.startsWith(streamPrefix) ? [stream.slice(streamPrefix.length)] : [],
  );
}
