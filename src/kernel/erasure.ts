import type { Fact, StoredEvent } from './event.ts';

/** Why a patient is erased. A code and no words of one's own: the fact outlives them. */
export const erasureReasons = ['patient-request', 'legal-duty', 'test-data', 'mistake'] as const;

export type ErasureReason = (typeof erasureReasons)[number];

/**
 * Stream `erasure/<conversationId>`. Proves that it was done, when and why, and says nothing of whom. `patientIds` were made up
 * by us, and so tell nothing.
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

const streamPrefix = 'erasure/';

export const erasureStream = (conversationId: string): string => `${streamPrefix}${conversationId}`;

/** The conversations that these events erase. */
export function erasedConversations(events: readonly StoredEvent[]): readonly string[] {
  return events.flatMap(({ type, stream }) =>
    type === 'PatientErased' && stream.startsWith(streamPrefix) ? [stream.slice(streamPrefix.length)] : [],
  );
}
