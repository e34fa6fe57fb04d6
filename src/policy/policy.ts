import type { ContentMode, DataClass } from '#kernel/phi.ts';

/** What `minimal` lets onto a messaging channel: nothing that tells why somebody is a patient. */
const logisticsOnly: ReadonlySet<DataClass> = new Set(['none', 'logistics']);

/**
 * May content of this class go out on a messaging channel of a practice in this mode? Fails closed: `acknowledged` holds no more
 * than `minimal` until a patient's recorded acknowledgement widens it.
 */
export function mayCarry(mode: ContentMode, dataClass: DataClass): boolean {
  return mode === 'open' || logisticsOnly.has(dataClass);
}
