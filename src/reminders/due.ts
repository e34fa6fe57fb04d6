import type { ReminderSettings } from '#practice/practice.ts';

/**
 * When the reminders of a visit are due.
 *
 * - Days before the visit are counted on the calendar of the practice's zone, so that a visit at ten is reminded of at ten whatever
 *   the clocks did in between; hours are counted by the clock.
 * - What falls into the quiet hours is sent some time before they begin; where the visit was not booked by then, when they end.
 * - A visit that is booked after its reminder was due gets none: the patient has just been told.
 */

/** Milliseconds before the quiet hours begin at which what falls into them is sent. */
export const beforeQuietMs = 30 * 60_000;

/** Milliseconds before the visit after which a reminder helps nobody: the patient is on the way. */
export const lastMs = 30 * 60_000;

export type Visit = {
  /** Instants, ISO 8601 in UTC. */
  readonly start: string;
  /** Since when the visit stands at this time: booked, or moved there. */
  readonly since: string;
};

export type PlannedReminder = {
  readonly reminderId: string;
  readonly template: string;
  /** Instant, ISO 8601 in UTC. */
  readonly due: string;
  /** After this instant it is not sent any more. */
  readonly last: string;
};

type Quiet = ReminderSettings['quietHours'];

/** The reminders of a visit, the one that is nearest to it last. Those that would come too late to help are left out. */
export function remindersOfVisit(
  visit: Visit,
  settings: ReminderSettings,
  timeZone: string,
): readonly PlannedReminder[] {
  const start = Temporal.Instant.from(visit.start);
  const since = Temporal.Instant.from(visit.since);
  const wanted = settings.reminders.map(({ id, template, before }) => ({
    reminderId: id,
    template,
    instant: start.toZonedDateTimeISO(timeZone).subtract(before).toInstant(),
  }));
  return wanted
    .toSorted((a, b) => Temporal.Instant.compare(a.instant, b.instant))
    .flatMap(({ reminderId, template, instant }) => {
      const last = latest(start, instant);
      const due = possible(instant, settings.quietHours, timeZone).find(
        (each) => Temporal.Instant.compare(each, since) > 0 && Temporal.Instant.compare(each, last) <= 0,
      );
      return due === undefined ? [] : [{ reminderId, template, due: iso(due), last: iso(last) }];
    });
}

/** A reminder that is meant to come shortly before the visit may do so. */
function latest(start: Temporal.Instant, wanted: Temporal.Instant): Temporal.Instant {
  const last = start.subtract({ milliseconds: lastMs });
  return Temporal.Instant.compare(wanted, last) > 0 ? wanted : last;
}

/** The instants at which it may be sent, the better one first. */
function possible(wanted: Temporal.Instant, quiet: Quiet, timeZone: string): readonly Temporal.Instant[] {
  const period = quietAt(wanted, quiet, timeZone);
  if (period === undefined) return [wanted];
  const before = period.from.subtract({ milliseconds: beforeQuietMs });
  return [before, period.to].filter((each) => quietAt(each, quiet, timeZone) === undefined);
}

type Period = { readonly from: Temporal.Instant; readonly to: Temporal.Instant };

/** The quiet hours that an instant lies in. Where clocks change, in doubt the longer of two. */
function quietAt(instant: Temporal.Instant, quiet: Quiet, timeZone: string): Period | undefined {
  const local = instant.toZonedDateTimeISO(timeZone).toPlainDateTime();
  const from = Temporal.PlainTime.from(quiet.from);
  const to = Temporal.PlainTime.from(quiet.to);
  const time = local.toPlainTime();
  const isAfterFrom = Temporal.PlainTime.compare(time, from) >= 0;
  const isBeforeTo = Temporal.PlainTime.compare(time, to) < 0;
  const isOverMidnight = Temporal.PlainTime.compare(from, to) > 0;
  if (isOverMidnight ? !isAfterFrom && !isBeforeTo : !isAfterFrom || !isBeforeTo) return undefined;
  const today = local.toPlainDate();
  const first = isOverMidnight && !isAfterFrom ? today.subtract({ days: 1 }) : today;
  const end = isOverMidnight ? first.add({ days: 1 }) : first;
  const at = (date: Temporal.PlainDate, clock: Temporal.PlainTime, disambiguation: 'earlier' | 'later') =>
    date.toPlainDateTime(clock).toZonedDateTime(timeZone, { disambiguation }).toInstant();
  return { from: at(first, from, 'earlier'), to: at(end, to, 'later') };
}

/** When the quiet hours end that an instant lies in; undefined outside of them. */
export function quietUntil(at: string, quiet: Quiet, timeZone: string): string | undefined {
  const period = quietAt(Temporal.Instant.from(at), quiet, timeZone);
  return period === undefined ? undefined : iso(period.to);
}

/** With milliseconds, as all our instants are written. */
function iso(instant: Temporal.Instant): string {
  return instant.toString({ fractionalSecondDigits: 3 });
}
