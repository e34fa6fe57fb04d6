import {
  type BookEvent,
  type Books,
  eventsOf,
  sameInstant,
  textOf,
  type Violation,
  violation,
} from './books.ts';
import { takenOf } from './replies.ts';

/** Reminders: once each, and none for a visit that does not stand as it says. */

/** Milliseconds that a reminder may have been on its way when the visit was cancelled. */
const onItsWayMs = 20_000;

export function checkReminders(books: Books): readonly Violation[] {
  const sent = books.events.filter(({ type }) => type === 'ReminderSent');
  return [...sentTwice(sent), ...sent.flatMap((event) => sentInVain(books, event))];
}

function sentTwice(sent: readonly BookEvent[]): readonly Violation[] {
  const named = Map.groupBy(sent, ({ data }) =>
    [data.appointmentId, data.start, data.reminderId].map(textOf).join(' '),
  );
  return [...named].flatMap(([name, all]) =>
    all.length < 2 ? [] : [violation('doubled', `a reminder was decided on ${all.length} times`, name)],
  );
}

/** Two looks: did the product know better when it let it go; and was it taken long after the visit was cancelled? */
function sentInVain(books: Books, { data }: BookEvent): readonly Violation[] {
  const [messageId, visit, start] = [data.messageId, data.appointmentId, data.start].map(textOf);
  const taken = takenOf(books).findLast(({ ourId }) => ourId === messageId);
  if (taken === undefined || messageId === undefined || visit === undefined || start === undefined) return [];
  const claims = eventsOf(books, 'message').get(messageId) ?? [];
  const claim = claims.findLast(({ type }) => type === 'MessageClaimed');
  const past = (eventsOf(books, 'appointment').get(visit) ?? []).filter(
    ({ position }) => position < (claim?.position ?? 0),
  );
  if (!standsAt(past, start))
    return [violation('reminder', 'a reminder left for a visit that stood otherwise', visit, messageId)];
  const cancelled = books.practice.find(
    (entry) =>
      entry.type === 'Appointment' &&
      entry.status === 'cancelled' &&
      (entry.identifiers ?? []).some((identifier) => identifier.endsWith(`/appointment|${visit}`)) &&
      sameInstant(entry.start ?? '', start),
  );
  if (cancelled === undefined || taken.wall < cancelled.wall + onItsWayMs) return [];
  return [violation('reminder', 'a reminder came long after its visit was cancelled', visit, messageId)];
}

/** Does the visit stand at this time, with no change under way? */
export function standsAt(events: readonly BookEvent[], start: string): boolean {
  let at = '';
  let isChanging = false;
  for (const { type, data } of events) {
    if (['AppointmentBooked', 'AppointmentMoved', 'AppointmentFoundMoved'].includes(type)) {
      at = startOf(data.offer);
      isChanging = false;
    } else if (type === 'AppointmentCancelled') at = '';
    else if (type === 'CancellationRequested' || (type === 'BookingRequested' && data.moves === true))
      isChanging = true;
    else if (type === 'ChangeRefused' || type === 'SlotLost' || type === 'HoldDropped') isChanging = false;
  }
  return !isChanging && at !== '' && sameInstant(at, start);
}

function startOf(offer: unknown): string {
  return typeof offer === 'object' && offer !== null && 'start' in offer ? textOf(offer.start) : '';
}
