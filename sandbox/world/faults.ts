import type { FaultInput, Faults as FhirFaults, FhirServer } from '../fhir/index.ts';
import type { NamedFaults } from '../provider/faults.ts';
import { type Provider, type ProviderName, providerNames } from '../provider/provider.ts';

/** What a fault is armed at: a provider, or the practice systems. */
export type FaultTarget = ProviderName | 'fhir';

export const faultTargets = [...providerNames, 'fhir'] as const;

export type WorldFault = {
  readonly target: FaultTarget;
  readonly fault: string;
  /** In words. */
  readonly label: string;
  /** How many more occasions it will meet; false when it is off, true when it stays until it is switched off. */
  readonly active: boolean | number;
};

const labels: Readonly<Record<string, string>> = {
  'timeout-before': 'Sends time out, not done',
  'timeout-after': 'Sends time out, but were done',
  'http-500': 'Sends fail with an error 500',
  throttled: 'Sends are throttled',
  html: 'Sends are answered with an HTML page',
  'template-rejected': 'New templates are rejected',
  'template-pending': 'New templates wait for approval',
  'read-without-delivered': 'Read comes without delivered',
  'failed-after-sent': 'Sent messages fail later',
  'http-500-after': 'Sends fail with an error 500, but were done',
  undelivered: 'Sent messages are not delivered',
  stuck: 'Sent messages never arrive: the phone is off',
  lost: 'Messages of patients are never delivered to us',
  'lost-status': 'Statuses are never told',
  'list-500': 'Lists fail with an error 500',
  duplicate: 'Webhooks come twice',
  delay: 'Webhooks come five seconds late',
  'wrong-signature': 'Webhooks have a wrong signature at first',
  reorder: 'The next webhooks come in reverse order',
  batch: 'The next updates come in one webhook',
};

/** A reordering or a batch of one would not be seen. */
const counts: Readonly<Record<string, number>> = { reorder: 3, batch: 3 };

/** The practice system's bad days, by a name of ours. */
const fhirFaults = {
  down: { label: 'Practice system is down (503)', input: { kind: 'unavailable' } },
  throttled: { label: 'Practice system throttles (429)', input: { kind: 'throttle', retryAfterSeconds: 2 } },
  slow: { label: 'Practice system answers after four seconds', input: { kind: 'slow', ms: 4_000 } },
  'timeout-before': { label: 'Practice system times out, not done', input: { kind: 'timeout' } },
  'timeout-after': {
    label: 'Practice system times out, but did it',
    input: { kind: 'timeout', when: 'after' },
  },
  reset: { label: 'Practice system drops the connection', input: { kind: 'reset' } },
  html: { label: 'A proxy answers for the practice system', input: { kind: 'html' } },
  'half-json': { label: 'Practice system sends half an answer', input: { kind: 'half-json' } },
} as const satisfies Record<string, { label: string; input: FaultInput }>;

const defaultCount = 3;

/** Every fault that can be asked for, with what is left of it. */
export function listFaults(
  providers: readonly Pick<Provider, 'name' | 'faults'>[],
  fhir: FhirServer | undefined,
): readonly WorldFault[] {
  const armed = fhir?.faults.list() ?? [];
  return [
    ...providers.flatMap(({ name, faults }) =>
      faults.names.map((fault) => ({
        target: name,
        fault,
        label: labels[fault] ?? fault,
        active: faults.list().find((one) => one.fault === fault)?.count ?? false,
      })),
    ),
    ...Object.entries(fhirFaults).map(([fault, { label, input }]) => {
      const found = armed.find((one) => isSame(one, input));
      return {
        target: 'fhir' as const,
        fault,
        label,
        active: found === undefined ? false : (found.times ?? true),
      };
    }),
  ];
}

export function faultNames(faults: NamedFaults | undefined): readonly string[] {
  return faults?.names ?? Object.keys(fhirFaults);
}

export type FaultRequest = {
  readonly fault: string;
  /** 0 switches it off. */
  readonly count?: number | undefined;
  readonly code?: number | undefined;
  readonly delayMs?: number | undefined;
};

/** Arms a fault of a provider. False when there is none of this name. */
export function setProviderFault(
  faults: NamedFaults,
  { fault, count, code, delayMs }: FaultRequest,
): boolean {
  if (!faults.names.includes(fault)) return false;
  if (count === 0) faults.clear(fault);
  else {
    faults.set(fault, {
      count: count ?? counts[fault] ?? defaultCount,
      ...(code === undefined ? {} : { code }),
      ...(delayMs === undefined ? {} : { delayMs }),
    });
  }
  return true;
}

/** Arms a fault of the practice systems. False when there is none of this name. */
export function setFhirFault(faults: FhirFaults, { fault, count }: FaultRequest): boolean {
  const found = Object.entries(fhirFaults).find(([name]) => name === fault)?.[1];
  if (found === undefined) return false;
  const others = faults.list().filter((one) => !isSame(one, found.input));
  faults.clear();
  faults.add(...others);
  if (count !== 0) faults.add({ ...found.input, times: count ?? defaultCount });
  return true;
}

function isSame(fault: FaultInput, input: FaultInput): boolean {
  return fault.kind === input.kind && (fault.when ?? 'before') === (input.when ?? 'before');
}
