import type { FaultInput } from '../sandbox/fhir/index.ts';
import type { MetaFault } from '../sandbox/meta/index.ts';
import type { Way } from './fleet.ts';
import type { Random } from './random.ts';

/** What is done to the world, and when: drawn from the seed before it begins. Pure. */

/** Where a run strikes on purpose; `points.ts` says by which bytes it knows. */
export const points = [
  'after-acknowledgement',
  'send-taken',
  'send-half-answered',
  'send-not-arrived',
  'write-committed',
  'write-half-answered',
  'write-not-arrived',
  'commit-unknown',
  'commit-not-arrived',
] as const;

export type Point = (typeof points)[number];

export type Strike =
  | { readonly kind: 'kill'; readonly who: 'web' | 'worker' | 'all-workers' | 'everybody' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'commit-storm' }
  | { readonly kind: 'database-crash'; readonly downMs: number }
  | { readonly kind: 'cut'; readonly way: Way | 'front' }
  | { readonly kind: 'hold'; readonly way: Way | 'front'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly way: Way | 'front'; readonly ms: number }
  /** With `kills`, the process whose bytes they are dies in that moment; else only the connection does. */
  | { readonly kind: 'point'; readonly point: Point; readonly kills: boolean }
  | {
      readonly kind: 'webhooks';
      readonly fault: MetaFault;
      readonly count: number;
      readonly delayMs?: number;
    }
  | { readonly kind: 'repeat-old' }
  | { readonly kind: 'provider'; readonly fault: MetaFault; readonly count: number }
  | { readonly kind: 'practice-system'; readonly fault: FaultInput }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'skew'; readonly ms: number };

export type Planned = { readonly atMs: number; readonly strike: Strike };

const ways = ['database', 'provider', 'practice-system', 'front'] as const;

type Maker = readonly [weight: number, make: (random: Random) => Strike];

const makers: Readonly<Record<Strike['kind'], Maker>> = {
  kill: [5, (r) => ({ kind: 'kill', who: r.pick(['web', 'worker', 'worker', 'all-workers', 'everybody']) })],
  terminate: [1, () => ({ kind: 'terminate' })],
  'commit-storm': [2, () => ({ kind: 'commit-storm' })],
  'database-crash': [2, (r) => ({ kind: 'database-crash', downMs: r.int(0, 2_000) })],
  cut: [10, (r) => ({ kind: 'cut', way: r.pick(ways) })],
  hold: [4, (r) => ({ kind: 'hold', way: r.pick(ways), ms: r.int(200, 4_000) })],
  refuse: [4, (r) => ({ kind: 'refuse', way: r.pick(ways), ms: r.int(100, 2_000) })],
  point: [14, (r) => ({ kind: 'point', point: r.pick(points), kills: r.chance(0.4) })],
  webhooks: [12, makeWebhookFault],
  'repeat-old': [8, () => ({ kind: 'repeat-old' })],
  provider: [
    3,
    (r) => ({
      kind: 'provider',
      fault: r.pick(['throttled', 'http-500', 'html', 'timeout-before', 'timeout-after'] as const),
      count: r.int(1, 2),
    }),
  ],
  'practice-system': [6, makePracticeFault],
  clock: [4, (r) => ({ kind: 'clock', ms: r.pick([20, 60, 240]) * 60_000 })],
  skew: [3, (r) => ({ kind: 'skew', ms: r.int(-2_000, 2_000) })],
};

export const strikeKinds = Object.keys(makers) as readonly Strike['kind'][]; // the keys of this record

function makeWebhookFault(random: Random): Strike {
  const fault = random.pick([
    'duplicate',
    'duplicate',
    'reorder',
    'batch',
    'delay',
    'wrong-signature',
  ] as const);
  const count = random.int(2, 8);
  return fault === 'delay'
    ? { kind: 'webhooks', fault, count, delayMs: random.int(500, 4_000) }
    : { kind: 'webhooks', fault, count };
}

function makePracticeFault(random: Random): Strike {
  const when = random.pick(['before', 'after'] as const);
  const kind = random.pick(['unavailable', 'throttle', 'timeout', 'reset', 'html', 'half-json'] as const);
  const times = random.int(1, 3);
  const more = kind === 'unavailable' || kind === 'throttle' ? { retryAfterSeconds: random.int(0, 2) } : {};
  return { kind: 'practice-system', fault: { kind, when, times, ...more } };
}

/**
 * Of every kind and at every point one, in any order, and then as the weights say; spread over the time by chance.
 * @param everyMs how long it is between two of them, on average
 */
export function planStrikes(random: Random, fireMs: number, everyMs: number): readonly Planned[] {
  const ofEach = [
    ...strikeKinds.filter((kind) => kind !== 'point').map((kind) => makers[kind][1](random)),
    ...points.map((point): Strike => ({ kind: 'point', point, kills: random.chance(0.4) })),
  ];
  const firsts = ofEach
    .map((strike) => ({ strike, rank: random.next() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ strike }) => strike);
  const count = Math.max(firsts.length, Math.floor(fireMs / everyMs));
  const rest = Array.from({ length: count - firsts.length }, () => draw(random));
  const step = fireMs / count;
  return [...firsts, ...rest].map((strike, index) => ({
    atMs: Math.floor((index + random.next()) * step),
    strike,
  }));
}

function draw(random: Random): Strike {
  const all = Object.values(makers);
  let left = random.next() * all.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of all) {
    left -= weight;
    if (left < 0) return make(random);
  }
  return { kind: 'repeat-old' };
}
