import { type Faults as AllFaults, commonFaults, createFaults as createAll } from '../provider/faults.ts';

/**
 * Besides the faults of every provider (`http-500` is error 131000, `throttled` 130429, `failed-after-sent` 131026):
 *
 * On a template that is created:
 * - `template-rejected`: Meta's review refuses it;
 * - `template-pending`: the review does not come to an end.
 *
 * On a webhook:
 * - `reorder`: the next `count` updates come in reverse order;
 * - `batch`: the next `count` updates come in one POST.
 */
export const metaFaults = [
  ...commonFaults,
  'template-rejected',
  'template-pending',
  'reorder',
  'batch',
] as const;

export type MetaFault = (typeof metaFaults)[number];

/** Meta: webhooks, "up to 1,000 updates" in one delivery. */
export const maxBatch = 1000;

export type Faults = AllFaults<MetaFault>;

export function isMetaFault(name: string): name is MetaFault {
  return metaFaults.some((fault) => fault === name);
}

/** `onChange` hears when a fault is set or cleared, so that what a fault held back can leave. */
export function createFaults(onChange?: (fault: MetaFault | undefined) => void): Faults {
  const faults = createAll<MetaFault>(onChange);
  return {
    ...faults,
    set: (fault, { count = 1, ...more } = {}) =>
      faults.set(fault, { count: fault === 'batch' ? Math.min(count, maxBatch) : count, ...more }),
  };
}
