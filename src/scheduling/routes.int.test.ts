import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttp, type StaffGate } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import {
  type Clinic,
  openSchedulingWorld,
  practiceSettings,
  type World,
} from '../../test/scheduling-world.ts';
import { calendarUrl } from './calendar.ts';
import type { AppointmentsPage } from './contract.ts';
import { holdsOfSql, holdsToLookAtSql, keptTimesSql } from './holds/commands.ts';
import { appointmentRoutes, calendarRoutes } from './routes.ts';
import {
  appointmentsView,
  bookedBetween,
  bookedBetweenSql,
  conversationOfAppointment,
  visitsBetweenSql,
  visitsOfConversation,
  visitsOfConversationSql,
} from './views.ts';

let database: TestDatabase;
let world: World;
let clinic: Clinic;
let app: FastifyInstance;
const audited: (string | null)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  world = await openSchedulingWorld(database.url);
  clinic = await world.clinic();
  const staff: StaffGate = {
    admit: async () => ({
      practiceId: clinic.practiceId,
      staffId: 'm1',
      name: 'Mo Sample',
      role: 'front-desk',
      sessionId: 's1',
    }),
    audit: async (_, __, ___, target) => void audited.push(target),
  };
  app = await createHttp({
    log: createLog('silent', { write: () => {} }),
    apiToken: undefined,
    staff,
    sandbox: false,
    version: '0.0.0',
  });
  const deps = {
    db: world.db,
    sealer: world.sealer,
    clock: clinic.clock,
    practice: (id: string) => (id === clinic.practiceId ? practiceSettings(id) : undefined),
    names: async () => new Map([['c1', 'Maria E.']]),
    reminders: async () => new Map([['a1', { reminder: 'due' as const, reminderAt: clinic.at() }]]),
  };
  appointmentRoutes(app, deps);
  calendarRoutes(app, deps);
  for (const n of [1, 2]) {
    await clinic.ask(n);
    await clinic.drain();
    await clinic.tell(`a${n}`, { type: 'ChooseSlot', slotId: `s1-${n}`, holdId: `h${n}`, at: clinic.at() });
    await clinic.drain();
  }
  await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
  await clinic.drain();
  await clinic.ask(3);
});

afterAll(async () => {
  await app.close();
  await world.stop();
  await database.drop();
});

describe('the visits of a day', () => {
  const get = (day: string) => app.inject(`/api/appointments${day}`);

  test('are listed for staff, with whose and by whom, and the look is audited', async () => {
    const answer = await get('?day=2026-11-24');
    expect(answer.statusCode).toBe(200);
    expect(answer.json<AppointmentsPage>()).toEqual({
      day: '2026-11-24',
      timeZone: 'America/Sao_Paulo',
      appointments: [
        {
          appointmentId: 'a1',
          conversationId: 'c1',
          name: 'Maria E.',
          visitType: 'knee',
          clinician: 'Dr. Ana Exemplo 1',
          start: '2026-11-24T13:00:00.000Z',
          end: '2026-11-24T13:30:00.000Z',
          status: 'booked',
          reminder: 'due',
          reminderAt: clinic.at(),
          pmsAppointmentId: (await clinic.appointments())[0]?.id,
        },
        expect.objectContaining({ appointmentId: 'a2', name: '', status: 'held', reminder: 'none' }),
      ],
    });
    expect(audited).toEqual(['appointments/2026-11-24']);
  });

  test('are today’s where no day is asked for', async () => {
    expect((await get('')).json<AppointmentsPage>()).toMatchObject({ day: '2026-11-23', appointments: [] });
  });

  test('are of a day', async () => {
    expect((await get('?day=tomorrow')).statusCode).toBe(400);
  });
});

describe('the calendar entry', () => {
  const url = () => calendarUrl('', world.sealer, clinic.practiceId, 'a1');

  test('is fetched by its link: when and where, and not whose or why', async () => {
    const answer = await app.inject(url());
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/calendar; charset=utf-8',
    });
    const lines = answer.body.split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'BEGIN:VCALENDAR',
        `UID:a1@${clinic.practiceId}`,
        'DTSTART:20261124T130000Z',
        'DTEND:20261124T133000Z',
        'DTSTAMP:20261123T130000Z',
        'SEQUENCE:1',
        'STATUS:CONFIRMED',
        'SUMMARY:Clínica Exemplo\\; São Paulo',
        'LOCATION:Rua das Flores 12\\, Vila Serena',
        'END:VCALENDAR',
      ]),
    );
    expect(answer.body).not.toMatch(/knee|joelho|Ana|Maria|patient/i);
  });

  test('of another’s visit, of none, or by a made-up signature: all the same answer', async () => {
    const foreign = calendarUrl('', world.sealer, clinic.practiceId, 'a2').split('/').at(-1) ?? '';
    const answers = await Promise.all(
      [
        url().replace(/[^/]+$/, foreign),
        url().replace(/[^/]+$/, 'x.ics'),
        url().replace('.ics', ''),
        url().replace(clinic.practiceId, 'nowhere'),
        // Rightly signed, but nothing is booked.
        calendarUrl('', world.sealer, clinic.practiceId, 'a2'),
        calendarUrl('', world.sealer, clinic.practiceId, 'a77'),
      ].map((link) => app.inject(link)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(404));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  test('follows the visit: cancelled, it says so', async () => {
    await clinic.tell('a1', { type: 'RequestCancellation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    const { body } = await app.inject(url());
    expect(body).toContain('\r\nSTATUS:CANCELLED\r\n');
    expect(body).toContain('\r\nMETHOD:CANCEL\r\n');
    expect(body).toContain('\r\nSEQUENCE:2\r\n');
  });
});

describe('the read table', () => {
  const readAll = () =>
    clinic.query<{ clinicians: Buffer | null }>(
      'select * from views_appointments where practice_id = $1 order by appointment_id',
      [clinic.practiceId],
    );

  test('answers whose and when', async () => {
    const other = await world.clinic();
    await other.ask(1);
    await other.drain();
    await other.tell('a1', { type: 'ChooseSlot', slotId: 's1-2', holdId: 'h1', at: other.at() });
    await other.drain();
    await other.tell('a1', { type: 'RequestBooking', at: other.at() });
    await other.drain();
    const found = await world.db.tx(other.practiceId, async (tx) => ({
      due: await bookedBetween(tx, '2026-11-24T13:30:00Z', '2026-11-24T14:00:00Z'),
      before: await bookedBetween(tx, '2026-11-24T13:00:00Z', '2026-11-24T13:30:00Z'),
      conversation: await conversationOfAppointment(tx, 'a1'),
      unknown: await conversationOfAppointment(tx, 'a2'),
      ofConversation: await visitsOfConversation(tx, 'c1'),
    }));
    expect(found).toMatchObject({
      due: [{ appointmentId: 'a1', status: 'booked', intakeId: 'i1', pmsPatientId: 'patient-1' }],
      before: [],
      conversation: 'c1',
      ofConversation: [{ appointmentId: 'a1' }],
    });
    expect(found.unknown).toBeUndefined();
  });

  test('is the same when it is rebuilt from the events', async () => {
    const before = await readAll();
    await world.db.tx(clinic.practiceId, (tx) => world.store.rebuild(tx, appointmentsView(world.sealer)));
    const after = await readAll();
    // Sealed anew, so the bytes differ; that they open is the list's test.
    const open = (rows: typeof before) =>
      rows.map((row) => ({ ...row, clinicians: row.clinicians !== null }));
    expect(open(after)).toEqual(open(before));
    expect(before).toHaveLength(3);
  });
});

describe('in a practice with years of visits', () => {
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`set role vestibule_app`);
    await client.query(`select set_config('vestibule.practice_id', 'aurora', false)`);
    await client.query(
      `insert into slot_holds
       select 'aurora', 'h' || n, 'a' || n, 'c' || n, 's' || n % 20, 'slot' || n, tstzrange(at, at + '30 min'),
              case when n % 50 = 0 then 'held' else 'booked' end, at, at, 0
       from (select n, timestamptz '2026-01-01Z' + n * interval '1 hour' as at from generate_series(1, 3000) as n) as all_n`,
    );
    await client.query(
      `insert into views_appointments
         (practice_id, appointment_id, conversation_id, intake_id, subject, visit_type, status, starts_at, opened_at, changed_at)
       select 'aurora', 'a' || n, 'c' || n, 'i' || n, 'p' || n, 'knee', 'booked', at, at, at
       from (select n, timestamptz '2026-01-01Z' + n * interval '1 hour' as at from generate_series(1, 3000) as n) as all_n`,
    );
    await client.query('reset role');
    await client.query('analyze slot_holds, views_appointments');
    await client.query('set role vestibule_app');
  });

  afterAll(() => client.end());

  test.each([
    ['the holds of an appointment', holdsOfSql, 'slot_holds_of_appointment'],
    ['the holds to look at', holdsToLookAtSql, 'slot_holds_to_look_at'],
    ['the times that are kept', keptTimesSql, 'slot_holds_one_per_time'],
    ['the visits of a conversation', visitsOfConversationSql, 'views_appointments_by_conversation'],
    ['the visits of a day', visitsBetweenSql, 'views_appointments_by_start'],
    ['the visits to be reminded of', bookedBetweenSql, 'views_appointments_by_start'],
  ])('%s are found by an index', async (_, sql, index) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${sql}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });
});
