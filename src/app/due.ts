import { countFigures } from '#analytics/index.ts';
import type { Parts } from './parts.ts';

/** Does what has become due by the clock, practice by practice. */
export async function lookForDue(parts: Parts): Promise<void> {
  for (const { settings } of parts.practices) {
    const { id, timeZone } = settings;
    while ((await parts.db.tx(id, (tx) => countFigures(tx, timeZone))) > 0);
  }
}
