import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { AppointmentNews } from './turn.ts';

/** The queue whose jobs take turns: "this conversation has mail". */
export const turnsQueue = 'turns';

/** The queue whose jobs carry news from inside (an intake was filed) to the conversation that waits for it. */
export const newsQueue = 'news';

/** The job "this conversation has mail". One waits per conversation. */
export function wake(practiceId: string, conversationId: string): OwedJob {
  return { queue: turnsQueue, data: { practiceId, conversationId }, key: `${practiceId}/${conversationId}` };
}

const newsOfIntake: Readonly<Record<string, 'intake-filed' | 'intake-delayed' | 'intake-refused'>> = {
  IntakeFiled: 'intake-filed',
  FilingDelayed: 'intake-delayed',
  IntakeRefused: 'intake-refused',
};

const newsOfAppointment: Readonly<Record<string, AppointmentNews>> = {
  SlotsFound: 'slots',
  SearchDelayed: 'search-delayed',
  SearchRefused: 'search-refused',
  SlotHeld: 'held',
  SlotLost: 'lost',
  BookingDelayed: 'delayed',
  AppointmentBooked: 'booked',
  AppointmentMoved: 'moved',
  AppointmentConfirmed: 'confirmed',
  AppointmentCancelled: 'cancelled',
  ChangeRefused: 'refused',
  AppointmentFoundMoved: 'found-moved',
};

const idIn = (event: StoredEvent, kind: string): string | undefined =>
  event.stream.startsWith(`${kind}/`) ? event.stream.slice(kind.length + 1) : undefined;

/** What became of an intake or a visit, and what staff decided, is told to the conversation that it came from. */
export function conversationReactions(event: StoredEvent): readonly OwedJob[] {
  const data = newsOf(event);
  return data === undefined ? [] : [{ queue: newsQueue, data: { practiceId: event.practiceId, ...data } }];
}

function newsOf(event: StoredEvent): OwedJob['data'] | undefined {
  const intakeId = idIn(event, 'intake');
  const intakeNews = newsOfIntake[event.type];
  if (intakeId !== undefined && intakeNews !== undefined) return { kind: intakeNews, intakeId };
  const appointmentId = idIn(event, 'appointment');
  const news = newsOfAppointment[event.type];
  if (appointmentId !== undefined && news !== undefined)
    return { kind: 'appointment-news', appointmentId, news, version: event.version };
  const conversationId = idIn(event, 'handoff');
  if (conversationId !== undefined && event.type === 'HandoffResolved') {
    // Our own fact: its shape stands in the events of handoff/.
    const { resume } = event.data as { readonly resume: boolean };
    return { kind: 'staff-done', conversationId, resume, version: event.version };
  }
  return undefined;
}
