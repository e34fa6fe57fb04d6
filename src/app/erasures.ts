import { finishErasures } from '#conversation/index.ts';
import { isoNow } from '#platform/clock.ts';
import { errorCode, errorPlace } from '#platform/log.ts';
import type { Parts } from './parts.ts';
import { defaultKeep } from './retention.ts';

export type ErasureParts = Pick<Parts, 'db' | 'store' | 'clock' | 'log' | 'keyProvider' | 'keep'> & {
  readonly practiceIds: readonly string[];
};

/** Milliseconds between two looks for erasures that were broken off. */
export const erasuresEveryMs = 300_000;

/**
 * Makes the look that finishes erasures that were broken off: a process was killed in one, or the key file could not be written. What
 * stands in the way of one practice's does not hold up the others'.
 */
export function erasureLook(parts: ErasureParts): () => Promise<void> {
  const { db, store, clock, log, keyProvider: provider } = parts;
  const keptDays = (parts.keep ?? defaultKeep).deliveriesDays;
  return async () => {
    for (const practiceId of parts.practiceIds) {
      try {
        const finished = await finishErasures({ db, store, provider, keptDays }, practiceId, isoNow(clock));
        if (finished.length > 0)
          log.warn('an erasure that was broken off is finished', { practiceId, count: finished.length });
      } catch (error) {
        log.error('an erasure is not finished: earlier backups still open', {
          practiceId,
          code: errorCode(error),
          what: errorPlace(error),
        });
      }
    }
  };
}
