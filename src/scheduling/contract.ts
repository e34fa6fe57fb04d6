import { z } from 'zod';

/** What `/api/appointments` answers. Names are short on purpose: opening the conversation is the deliberate act. */

export const appointmentRow = z.object({
  appointmentId: z.string(),
  conversationId: z.string(),
  /** First name and initial, or a masked number. */
  name: z.string(),
  visitType: z.string(),
  clinician: z.string().nullable(),
  start: z.string(),
  end: z.string(),
  status: z.enum(['held', 'booking', 'booked', 'confirmed', 'cancelled']),
  reminder: z.enum(['none', 'due', 'sent', 'delivered', 'read', 'failed', 'skipped']),
  /** When the next reminder is due, or the last one was sent. */
  reminderAt: z.string().nullable(),
  pmsAppointmentId: z.string().nullable(),
});

export type AppointmentRow = z.infer<typeof appointmentRow>;

export const appointmentsQuery = z.object({
  /** A day in the practice's zone; today where it is not given. */
  day: z.iso.date().optional(),
});

export const appointmentsPage = z.object({
  day: z.string(),
  timeZone: z.string(),
  appointments: z.array(appointmentRow),
});

export type AppointmentsPage = z.infer<typeof appointmentsPage>;
