import { describe, expect, test } from 'vitest';
import {
  areStatusesSilent,
  historyWeeks,
  hourMs,
  type SeenTraffic,
  silenceOf,
  slotsOfZone,
} from './silence.ts';

const zone = 'America/Sao_Paulo';
const slotOf = slotsOfZone(zone);
/** A Monday, 00:00 in the zone. */
const monday = Date.parse('2026-03-02T03:00:00.000Z');
const weekMs = 168 * hourMs;

/** Numbers between 0 and 1, the same with every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Messages per hour: the practice is open on weekdays from 8 to 18; at night and on weekends few write. */
type Shape = { readonly open: number; readonly closed: number; readonly burst: number };

function rateAt(ms: number, { open, closed }: Shape): number {
  const slot = slotOf(ms);
  const isOpen = slot < 120 && slot % 24 >= 8 && slot % 24 < 18;
  return isOpen ? open : closed;
}

/** When patients write: Poisson with the rate of the hour; each who writes sends up to `burst` messages within minutes. */
function arrivals(shape: Shape, weeks: number, seed: number): readonly number[] {
  const next = random(seed);
  const times: number[] = [];
  for (let hour = monday; hour < monday + weeks * weekMs; hour += hourMs) {
    const rate = rateAt(hour, shape) / ((1 + shape.burst) / 2);
    for (let at = -Math.log(1 - next()) / rate; at < 1; at += -Math.log(1 - next()) / rate) {
      const size = 1 + Math.floor(next() * shape.burst);
      for (let i = 0; i < size; i++) times.push(Math.round(hour + at * hourMs + i * 40_000));
    }
  }
  return times.toSorted((a, b) => a - b);
}

function trafficUntil(times: readonly number[], count: number): SeenTraffic {
  const counts = new Map<number, number>();
  const lastAt = times[count - 1] ?? 0;
  for (const at of times.slice(0, count)) {
    if (at < lastAt - (historyWeeks + 1) * weekMs) continue;
    const hour = Math.floor(at / hourMs) * hourMs;
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  const hours = [...counts].map(([hour, n]) => ({ hour, count: n }));
  return { hours, firstAt: times[0] ?? 0, lastAt };
}

/** How many messages such a practice really gets between two instants, on the average. */
function trulyExpected(shape: Shape, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; ) {
    const end = Math.min(Math.floor(at / hourMs) * hourMs + hourMs, to);
    sum += rateAt(at, shape) * ((end - at) / hourMs);
    at = end;
  }
  return sum;
}

/** Gaps of a whole history that were taken for a silence at their end. */
function alarmsIn(times: readonly number[], shape: Shape): number {
  let alarms = 0;
  for (let i = 1; i < times.length; i++) {
    const [last = 0, next = 0] = [times[i - 1], times[i]];
    // Looking costs time. So short is no silence, and what is taken for one with so few expected is looked for elsewhere.
    if (next - last < hourMs / 2 || trulyExpected(shape, last, next) < 4) continue;
    if (silenceOf(trafficUntil(times, i), slotOf, next) !== undefined) alarms += 1;
  }
  return alarms;
}

const shapes: readonly (readonly [string, Shape, weeks: number])[] = [
  ['a hospital', { open: 60, closed: 6, burst: 1 }, 8],
  ['a practice', { open: 12, closed: 0.3, burst: 1 }, 16],
  ['a practice whose patients write in bursts', { open: 12, closed: 0.3, burst: 9 }, 12],
  ['a small practice', { open: 1.5, closed: 0.02, burst: 1 }, 40],
  ['a practice that hardly anybody writes to', { open: 0.1, closed: 0.01, burst: 5 }, 52],
];

describe.each(shapes)('%s', (_, shape, weeks) => {
  test('about one false alarm a year at most, nights and weekends among it', () => {
    const runs = [1, 2];
    const alarms = runs
      .map((seed) => alarmsIn(arrivals(shape, weeks, seed), shape))
      .reduce((a, b) => a + b, 0);
    const years = (runs.length * weeks) / 52;
    // Poisson: with this mean, more than that is seen once in a thousand runs.
    expect(alarms).toBeLessThanOrEqual(Math.ceil(years + 3.5 * Math.sqrt(years)));
  });
});

test.each([
  ['a hospital', 60, 1],
  ['a practice', 12, 2],
  ['a small practice', 1.5, 20],
])(
  '%s (%d messages an hour) that falls silent on a Tuesday at ten is told of within %d open hours',
  (_, open, within) => {
    const shape = { open, closed: open / 40, burst: 1 };
    const stop = monday + 10 * weekMs + (24 + 10) * hourMs;
    const times = arrivals(shape, 11, 7).filter((at) => at < stop);
    const traffic = trafficUntil(times, times.length);
    let openHours = 0;
    let now = stop;
    while (silenceOf(traffic, slotOf, now) === undefined && now < stop + 2 * weekMs) {
      now += hourMs / 12;
      if (rateAt(now, shape) === open) openHours += 1 / 12;
    }
    expect(openHours).toBeLessThanOrEqual(within);
    const silence = silenceOf(traffic, slotOf, now);
    expect(silence?.since).toBe(new Date(traffic.lastAt).toISOString());
    expect(silence?.expected).toBeGreaterThan(3);
  },
);

test.each(shapes)('%s: where less than five messages were to come, no silence is told', (_, shape) => {
  const times = arrivals(shape, 10, 11);
  const traffic = trafficUntil(times, times.length);
  const last = times.at(-1) ?? 0;
  let now = last;
  while (trulyExpected(shape, last, now) < 5 && now < last + 2 * weekMs) now += hourMs / 4;
  expect(silenceOf(traffic, slotOf, now - hourMs / 4)).toBeUndefined();
});

test('a night and a weekend add nothing where nobody ever writes then', () => {
  const shape = { open: 6, closed: 0, burst: 1 };
  const friday = monday + 4 * 24 * hourMs + 18 * hourMs + 8 * weekMs;
  const times = arrivals(shape, 9, 3).filter((at) => at < friday);
  const traffic = trafficUntil(times, times.length);
  expect(silenceOf(traffic, slotOf, friday + 61 * hourMs)).toBeUndefined();
  expect(silenceOf(traffic, slotOf, friday + 66 * hourMs)).toBeDefined();
});

test('an account without a history of two weeks raises none, however long it is silent', () => {
  const times = arrivals({ open: 30, closed: 3, burst: 1 }, 2, 5).filter(
    (at) => at < monday + 13 * 24 * hourMs,
  );
  const traffic = trafficUntil(times, times.length);
  for (const days of [1, 3, 30])
    expect(silenceOf(traffic, slotOf, traffic.lastAt + days * 24 * hourMs)).toBeUndefined();
  expect(
    silenceOf({ hours: [], firstAt: monday, lastAt: monday }, slotOf, monday + 9 * weekMs),
  ).toBeUndefined();
});

test('the week follows the clocks of the zone, also when they change', () => {
  const berlin = slotsOfZone('Europe/Berlin');
  expect(berlin(Date.parse('2026-03-27T08:30:00Z'))).toBe(4 * 24 + 9);
  expect(berlin(Date.parse('2026-04-03T07:30:00Z'))).toBe(4 * 24 + 9);
});

test.each([
  [3, 15, true],
  [2, 600, false],
  [500, 14, false],
  [0, 0, false],
])('%d messages taken in %d minutes without any status: silent %s', (messages, minutes, expected) => {
  expect(areStatusesSilent({ messages, since: monday }, monday + minutes * 60_000)).toBe(expected);
});
