import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';

/** The queue whose jobs plan reminders and hand those that are due to the door. Bulk: it never holds up a patient's reply. */
export const remindersQueue = 'reminders';

const appointmentPrefix = 'appointment/';

/** Facts after which a visit stands at another time, or not at all. */
const changesOfVisits: ReadonlySet<string> = new Set([
  'AppointmentBooked',
  'AppointmentMoved',
  'AppointmentFoundMoved',
  'AppointmentCancelled',
]);

/** Plans the reminders of a visit anew. */
export function planJob(practiceId: string, appointmentId: string): OwedJob {
  return {
    queue: remindersQueue,
    data: { practiceId, what: 'plan', appointmentId },
    key: `${practiceId}/plan/${appointmentId}`,
  };
}

/** Looks whether a reminder that is due may be sent. */
export function remindJob(
  practiceId: string,
  which: { readonly appointmentId: string; readonly reminderId: string; readonly start: string },
): OwedJob {
  const { appointmentId, reminderId, start } = which;
  return {
    queue: remindersQueue,
    data: { practiceId, what: 'remind', appointmentId, reminderId, start },
    key: `${practiceId}/remind/${appointmentId}/${reminderId}/${start}`,
  };
}

/** A visit that was booked, moved or cancelled has its reminders planned anew. */
export function reminderReactions(event: StoredEvent): readonly OwedJob[] {
  if (!event.stream.startsWith(appointmentPrefix) || !changesOfVisits.has(event.type)) return [];
  return [planJob(event.practiceId, event.stream.slice(appointmentPrefix.length))];
}
