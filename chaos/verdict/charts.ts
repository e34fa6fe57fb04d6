import type { PracticeEntry } from '../ledgers.ts';
import {
  type BookEvent,
  type Books,
  eventsOf,
  sameInstant,
  textOf,
  type Violation,
  violation,
} from './books.ts';

/** What stands in the practice system: charts, bookings, moves and cancellations, each once, and no slot given twice. */

const bookingSystem = /\/booking\|/;
const appointmentSystem = /\/appointment\|(.+)$/;

export function checkCharts(books: Books): readonly Violation[] {
  const appointments = Map.groupBy(
    books.practice.filter(({ type }) => type === 'Appointment'),
    ({ id }) => id,
  );
  return [
    ...createdTwice(books.practice),
    ...filedAndMissing(books),
    ...checkVisits(books, appointments),
    ...slotsGivenTwice(books.practice),
    ...slotsAtTheEnd(books.practice),
  ];
}

/** An identifier of ours names one resource. A visit that was cancelled and booked anew is another booking of the same visit. */
function createdTwice(practice: readonly PracticeEntry[]): readonly Violation[] {
  const created = practice.filter(({ kind, type }) => kind === 'create' && type !== 'Slot');
  const named = created.flatMap(({ type, id, identifiers = [] }) =>
    identifiers
      .filter((identifier) => type !== 'Appointment' || bookingSystem.test(identifier))
      .map((identifier) => ({ name: `${type} ${identifier}`, id })),
  );
  return [...Map.groupBy(named, ({ name }) => name)].flatMap(([name, all]) =>
    all.length < 2
      ? []
      : [
          violation(
            'doubled',
            `${all.length} resources with one identifier`,
            name,
            ...all.map(({ id }) => id),
          ),
        ],
  );
}

function filedAndMissing(books: Books): readonly Violation[] {
  const there = new Set(books.practice.map(({ type, id }) => `${type}/${id}`));
  return books.events.flatMap(({ type, stream, data }) =>
    (type === 'IntakeFiled' && Array.isArray(data.resources) ? data.resources : []).flatMap((reference) =>
      there.has(textOf(reference))
        ? []
        : [
            violation(
              'lost',
              'an intake counts as filed, and a resource is not there',
              stream,
              textOf(reference),
            ),
          ],
    ),
  );
}

const isLive = ({ kind, status }: PracticeEntry): boolean =>
  kind !== 'delete' && !['cancelled', 'noshow', 'entered-in-error'].includes(status ?? '');

type Change = 'booked' | 'moved' | 'cancelled' | 'confirmed';

const factOf: Readonly<Record<Change, string>> = {
  booked: 'AppointmentBooked',
  moved: 'AppointmentMoved',
  cancelled: 'AppointmentCancelled',
  confirmed: 'AppointmentConfirmed',
};

/** Each change that the product reports was made once in the practice system, and none that it does not report. */
function checkVisits(
  books: Books,
  appointments: ReadonlyMap<string, readonly PracticeEntry[]>,
): readonly Violation[] {
  const made = new Map<string, Record<Change, number>>();
  for (const [id, versions] of appointments) {
    const visit = visitOf(versions) ?? id;
    const counts = made.get(visit) ?? { booked: 0, moved: 0, cancelled: 0, confirmed: 0 };
    countChanges(versions, counts);
    made.set(visit, counts);
  }
  const told = eventsOf(books, 'appointment');
  return [...new Set([...made.keys(), ...told.keys()])].flatMap((visit) =>
    compare(visit, told.get(visit) ?? [], made.get(visit)),
  );
}

function visitOf(versions: readonly PracticeEntry[]): string | undefined {
  const identifiers = versions.flatMap((version) => version.identifiers ?? []);
  return identifiers.flatMap((identifier) => appointmentSystem.exec(identifier)?.[1] ?? [])[0];
}

function countChanges(versions: readonly PracticeEntry[], counts: Record<Change, number>): void {
  versions.forEach((version, index) => {
    const before = versions[index - 1];
    if (before === undefined) {
      if (isLive(version)) counts.booked += 1;
      return;
    }
    if (isLive(before) && !isLive(version)) counts.cancelled += 1;
    else if (isLive(version) && isElsewhere(before, version)) counts.moved += 1;
    if (isLive(version) && !hasSaidYes(before) && hasSaidYes(version)) counts.confirmed += 1;
  });
}

/** At another time, or at the same time with somebody else. */
const isElsewhere = (before: PracticeEntry, after: PracticeEntry): boolean =>
  !sameInstant(before.start ?? '', after.start ?? '') ||
  (before.slots ?? []).join() !== (after.slots ?? []).join();

const hasSaidYes = ({ participants = [] }: PracticeEntry): boolean =>
  participants.some((one) => /(^|\/)Patient\/.+=accepted$/.test(one));

function compare(
  visit: string,
  events: readonly BookEvent[],
  made: Readonly<Record<Change, number>> | undefined,
): readonly Violation[] {
  // A booking that the practice system took and that had to be undone there is no visit of anybody's.
  const changes: readonly Change[] = ['booked', 'moved', 'cancelled', 'confirmed'];
  return changes.flatMap((change) => {
    const told = events.filter(({ type }) => type === factOf[change]).length;
    const done = made?.[change] ?? 0;
    if (told === done) return [];
    const kind = done > told ? 'doubled' : 'lost';
    return [violation(kind, `a visit was ${change} ${done} times, and ${told} times by our facts`, visit)];
  });
}

/** At every moment a slot belongs to one visit. */
function slotsGivenTwice(practice: readonly PracticeEntry[]): readonly Violation[] {
  const holders = new Map<string, Set<string>>();
  const found: Violation[] = [];
  for (const entry of practice) {
    if (entry.type !== 'Appointment') continue;
    for (const held of holders.values()) held.delete(entry.id);
    if (!isLive(entry)) continue;
    for (const slot of entry.slots ?? []) {
      const held = holders.get(slot) ?? new Set();
      holders.set(slot, held.add(entry.id));
      if (held.size > 1) found.push(violation('slot', 'a slot was given to two visits', slot, ...held));
    }
  }
  return found;
}

/** What is taken is taken by somebody, what is somebody's is taken, and nothing is kept for nobody. */
function slotsAtTheEnd(practice: readonly PracticeEntry[]): readonly Violation[] {
  const latest = new Map(practice.map((entry) => [`${entry.type}/${entry.id}`, entry]));
  const all = [...latest.values()];
  const owned = new Set(
    all.filter((entry) => entry.type === 'Appointment' && isLive(entry)).flatMap(({ slots = [] }) => slots),
  );
  return all.flatMap(({ type, id, status }) => {
    if (type !== 'Slot') return [];
    const isOwned = owned.has(`Slot/${id}`);
    if (isOwned === (status === 'busy') && (isOwned || status === 'free')) return [];
    return [
      violation(
        'slot',
        `a slot is ${status} in the end, and ${isOwned ? 'a' : 'no'} visit is there`,
        `Slot/${id}`,
      ),
    ];
  });
}
