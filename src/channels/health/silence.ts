/**
 * Expected traffic against seen traffic: is it by chance that nothing came in for so long?
 *
 * Arrivals of each hour of the week are taken for a Poisson process whose rate is the same every week. Of the history and the silence
 * together, each arrival would have fallen into the silence with the chance `f / (n + f)`, where the hour was seen `n` times before and
 * `f` of it was silent; that none did has the chance `(n / (n + f)) ^ arrivals`, whatever the rate. Over all hours of the silence these
 * multiply. So a practice that is new, small or closed needs a longer silence, and a night adds nothing.
 *
 * Messages come in bursts, and a rainy Monday brings more than others: the arrivals are divided by how much more they vary than
 * Poisson's do (variance over mean). Every message begins a gap that might be taken for a silence, so the chance that is still
 * believed in is one per year over the arrivals of a year.
 *
 * **False alarms**: about one per account and year, or fewer, as long as weeks resemble each other. A holiday does not, and the
 * alarm's words ask for it.
 */

/** An hour in which something came in; hours without are left out. */
export type SeenHour = {
  /** Its beginning: milliseconds, a multiple of an hour. */
  readonly hour: number;
  readonly count: number;
};

export type Silence = {
  /** The last that came in: ISO 8601. */
  readonly since: string;
  /** Messages that usually come in such a time. */
  readonly expected: number;
};

export const hourMs = 3_600_000;
const weekMs = 168 * hourMs;

/** How far back is looked. Longer ago, a practice was another one. */
export const historyWeeks = 8;

/** With less, a week's shape is not known. */
const leastHistoryMs = 2 * weekMs;

const falseAlarmsPerYear = 1;
const weeksPerYear = 52;

/** A silence is never shorter than this, however busy the practice: milliseconds. A provider's hiccup is no silence. */
const shortestMs = 30 * 60_000;

export type SeenTraffic = {
  readonly hours: readonly SeenHour[];
  /** When the first message ever came in, and the last: milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
};

/** The hour of the practice's week, 0 to 167, that an instant lies in. */
export type SlotOf = (ms: number) => number;

/** The slots of a time zone. Remembers what it computed: there are few distinct hours, and they are asked for again and again. */
export function slotsOfZone(timeZone: string): SlotOf {
  const known = new Map<number, number>();
  return (ms) => {
    const hour = Math.floor(ms / hourMs);
    const slot = known.get(hour);
    if (slot !== undefined) return slot;
    const { dayOfWeek, hour: local } = Temporal.Instant.fromEpochMilliseconds(
      hour * hourMs,
    ).toZonedDateTimeISO(timeZone);
    const computed = (dayOfWeek - 1) * 24 + local;
    known.set(hour, computed);
    return computed;
  };
}

type Slot = { times: number; total: number; squares: number };

/** The weeks before the silence, by hour of the week. Only whole hours count. */
function pastOf({ hours, firstAt, lastAt }: SeenTraffic, slotOf: SlotOf): ReadonlyMap<number, Slot> {
  const end = Math.floor(lastAt / hourMs) * hourMs;
  // The hour of the first message is one because of that message: it would count too much.
  const start = Math.max((Math.floor(firstAt / hourMs) + 1) * hourMs, end - historyWeeks * weekMs);
  const counts = new Map(hours.map(({ hour, count }) => [hour, count]));
  const slots = new Map<number, Slot>();
  for (let hour = start; hour < end; hour += hourMs) {
    const count = counts.get(hour) ?? 0;
    const slot = slots.get(slotOf(hour)) ?? { times: 0, total: 0, squares: 0 };
    slots.set(slotOf(hour), {
      times: slot.times + 1,
      total: slot.total + count,
      squares: slot.squares + count * count,
    });
  }
  return slots;
}

/** Variance over mean, pooled over the hours of the week; at least 1, which is Poisson's. */
export function dispersionOf(slots: Iterable<Slot>): number {
  let variance = 0;
  let mean = 0;
  for (const { times, total, squares } of slots) {
    if (times < 2) continue;
    variance += (squares - (total * total) / times) / (times - 1);
    mean += total / times;
  }
  return mean === 0 ? 1 : Math.max(1, variance / mean);
}

/**
 * The silence since the last message, where it is too long to be chance; undefined where it is not, or nothing is known yet.
 * @param now milliseconds, of the same clock as the traffic
 */
export function silenceOf(traffic: SeenTraffic, slotOf: SlotOf, now: number): Silence | undefined {
  const { firstAt, lastAt } = traffic;
  if (now - lastAt < shortestMs || lastAt - firstAt < leastHistoryMs) return undefined;
  const slots = pastOf(traffic, slotOf);
  const dispersion = dispersionOf(slots.values());
  let total = 0;
  let times = 0;
  for (const slot of slots.values()) {
    total += slot.total;
    times += slot.times;
  }
  const arrivalsPerYear = (total / dispersion / times) * 168 * weeksPerYear;
  const believed = Math.log(falseAlarmsPerYear / Math.max(1, arrivalsPerYear));
  let chance = 0;
  let expected = 0;
  // A silence of weeks adds nothing to one of days.
  for (let from = lastAt; from < Math.min(now, lastAt + 2 * weekMs); ) {
    const to = Math.min((Math.floor(from / hourMs) + 1) * hourMs, now);
    const slot = slots.get(slotOf(from));
    const part = (to - from) / hourMs;
    if (slot !== undefined) {
      chance += (slot.total / dispersion) * Math.log(slot.times / (slot.times + part));
      expected += (slot.total / slot.times) * part;
    }
    from = to;
  }
  if (chance >= believed) return undefined;
  return { since: new Date(lastAt).toISOString(), expected: Math.round(expected) };
}

/** Messages that the provider took and of which it told nothing. */
export type Untold = {
  /** Taken since the last status of any message came. */
  readonly messages: number;
  /** When the first of them was taken: milliseconds. */
  readonly since: number;
};

/** So many messages without any status are no chance: `sent` alone comes for each within seconds. */
const leastUntold = 3;
/** Milliseconds that statuses may take: a provider that is slow is not silent. */
const statusPatienceMs = 15 * 60_000;

/** True where messages were taken and nothing at all was told of them: their webhooks do not arrive. */
export function areStatusesSilent({ messages, since }: Untold, now: number): boolean {
  return messages >= leastUntold && now - since >= statusPatienceMs;
}
