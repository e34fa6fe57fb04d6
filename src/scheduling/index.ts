export {
  type AppointmentCommand,
  type AppointmentRefusal,
  type AppointmentState,
  appointment,
  appointmentRefusals,
  type Booked,
  type Choice,
  type OpenAppointment,
} from './appointment.ts';
export { calendarUrl } from './calendar.ts';
export {
  type LoadedAppointment,
  loadAppointment,
  type RecordedAppointment,
  recordAppointment,
} from './commands.ts';
export type { AppointmentEvent, ChangedBy, SlotOffer, SlotSearch } from './events.ts';
export {
  holdsOfSql,
  holdsToLookAtSql,
  keptTimesSql,
  nextHoldLook,
} from './holds/commands.ts';
export { expireHolds } from './holds/jobs.ts';
export { scheduleStep } from './jobs.ts';
export {
  appointmentIdOf,
  appointmentStream,
  schedulingQueue,
  schedulingReactions,
} from './reactions.ts';
export {
  type AppointmentsDeps,
  appointmentRoutes,
  calendarRoutes,
  type ReminderState,
} from './routes.ts';
export { dayBounds, dayOf, visitTypeById, visitTypeFor } from './slots.ts';
export type { PracticeForScheduling, ScheduleDeps } from './step.ts';
export {
  appointmentsView,
  bookedBetween,
  bookedBetweenSql,
  clinicianOf,
  conversationOfAppointment,
  stillUnconfirmed,
  visitOf,
  visitsBetween,
  visitsBetweenSql,
  visitsOfConversation,
  visitsOfConversationSql,
} from './views.ts';
export type { VisitRow } from './visit-row.ts';
