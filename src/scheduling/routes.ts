import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import type { PracticeSettings } from '#practice/index.ts';
import type { Sealer } from '#security/index.ts';
import { calendarOf, isCalendarSignature } from './calendar.ts';
import { type AppointmentRow, appointmentsPage, appointmentsQuery } from './contract.ts';
import { dayBounds, dayOf } from './slots.ts';
import { clinicianOf, visitOf, visitsBetween } from './views.ts';
import type { VisitRow } from './visit-row.ts';

/** How the reminders of a visit stand. */
export type ReminderState = Pick<AppointmentRow, 'reminder' | 'reminderAt'>;

export type AppointmentsDeps = {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly practice: (practiceId: string) => PracticeSettings | undefined;
  /** Short names by conversation: first name and initial, or a masked number. */
  readonly names: (tx: Tx, conversationIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** By appointment; those without any reminder may be left out. */
  readonly reminders: (
    tx: Tx,
    appointmentIds: readonly string[],
  ) => Promise<ReadonlyMap<string, ReminderState>>;
};

/** `GET /api/appointments`: the visits of a day, for staff. */
export function appointmentRoutes(app: FastifyInstance, deps: AppointmentsDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/appointments',
    {
      config: { access: 'staff', action: 'ReadAppointments', phi: true },
      schema: { querystring: appointmentsQuery, response: { 200: appointmentsPage } },
    },
    async (request) => {
      const { practiceId } = request.staff;
      const practice = deps.practice(practiceId);
      if (practice === undefined) throw new HttpError('NOT_FOUND');
      const { timeZone } = practice;
      const day = request.query.day ?? dayOf(isoNow(deps.clock), timeZone);
      const { from, to } = dayBounds(day, timeZone);
      const appointments = await deps.db.tx(practiceId, async (tx) => {
        await request.audit(tx, `appointments/${day}`);
        return await rowsOf(tx, deps, await visitsBetween(tx, from, to));
      });
      return { day, timeZone, appointments };
    },
  );
}

async function rowsOf(
  tx: Tx,
  deps: AppointmentsDeps,
  visits: readonly VisitRow[],
): Promise<AppointmentRow[]> {
  const names = await deps.names(tx, [...new Set(visits.map((visit) => visit.conversationId))]);
  const reminders = await deps.reminders(
    tx,
    visits.map((visit) => visit.appointmentId),
  );
  const rows: AppointmentRow[] = [];
  for (const visit of visits) {
    const { status, start, end } = visit;
    if (status === 'open' || start === undefined || end === undefined) continue;
    rows.push({
      appointmentId: visit.appointmentId,
      conversationId: visit.conversationId,
      name: names.get(visit.conversationId) ?? '',
      visitType: visit.visitType,
      clinician: (await clinicianOf(tx, deps.sealer, visit)) ?? null,
      start,
      end,
      status,
      ...(reminders.get(visit.appointmentId) ?? { reminder: 'none', reminderAt: null }),
      pmsAppointmentId: visit.pmsAppointmentId ?? null,
    });
  }
  return rows;
}

const visitLink = z.object({
  practiceId: z.string().max(40),
  appointmentId: z.string().max(100),
  /** The signature and `.ics`. */
  file: z.string().max(80),
});

/**
 * `GET /p/visit/<practice>/<appointment>/<signature>.ics`: the calendar entry of a visit. Whatever is wrong with a link is answered
 * alike, so that it cannot be used to find out which visits there are.
 */
export function calendarRoutes(
  app: FastifyInstance,
  { db, sealer, practice }: Pick<AppointmentsDeps, 'db' | 'sealer' | 'practice'>,
): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/p/visit/:practiceId/:appointmentId/:file',
      { config: { access: 'public' }, schema: { params: visitLink, hide: true } },
      async (request, reply) => {
        const { practiceId, appointmentId, file } = request.params;
        const settings = practice(practiceId);
        const signed = /^([A-Za-z0-9_-]+)\.ics$/.exec(file)?.[1];
        if (settings === undefined || signed === undefined) throw new HttpError('NOT_FOUND');
        if (!isCalendarSignature(sealer, practiceId, appointmentId, signed)) throw new HttpError('NOT_FOUND');
        const visit = await db.tx(practiceId, (tx) => visitOf(tx, appointmentId));
        const calendar = visit && calendarOf(visit, settings);
        if (calendar === undefined) throw new HttpError('NOT_FOUND');
        return reply
          .header('cache-control', 'no-store')
          .header('content-disposition', 'inline; filename="visit.ics"')
          .type('text/calendar; charset=utf-8')
          .send(calendar);
      },
    );
}
