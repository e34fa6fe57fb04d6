import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, openDb } from '#platform/db/db.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { countFigures, figuresOfDays, forgetFigures } from './views.ts';

const zone = 'America/Sao_Paulo';

let database: TestDatabase;
let db: Db;
let store: EventStore;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  const sealer = createSealer({
    db,
    provider: openKeyProvider(`file:${join(folder, 'keys.json')}`),
  });
  await sealer.preparePractice('aurora');
  store = createEventStore({ sealer, views: [], reactions: [], enqueue: async () => undefined });
});

afterAll(async () => {
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

const versions = new Map<string, number>();

async function happen(at: string, stream: string, type: string, data: object = {}): Promise<void> {
  const expectedVersion = versions.get(stream) ?? 0;
  versions.set(stream, expectedVersion + 1);
  const context = { at, actor: 'system', correlationId: 'c', causationId: 'c' };
  await db.tx('aurora', (tx) =>
    store.append(tx, [{ stream, expectedVersion, subject: 'practice', facts: [{ type, data }] }], context),
  );
}

/** A reader does not pass transactions that are still open, other tests' among them. */
async function countAll(): Promise<void> {
  const total = async () => {
    const [row] = await db.tx('aurora', (tx) =>
      tx.query<{ n: string }>('select count(*) as n from events where practice_id = $1', [tx.practiceId]),
    );
    return Number(row?.n);
  };
  let counted = 0;
  while (counted < (await total())) counted += await db.tx('aurora', (tx) => countFigures(tx, zone));
}

test('figures and durations per day of the zone; the same after reading all again; each fact once', async () => {
  await happen('2026-11-22T10:00:00.000Z', 'intake/i1', 'IntakeStarted');
  await happen('2026-11-22T10:04:00.000Z', 'intake/i1', 'IntakeConfirmed');
  await happen('2026-11-22T10:05:00.000Z', 'appointment/a1', 'SlotsRequested', { intakeId: 'i1' });
  await happen('2026-11-22T10:06:00.000Z', 'appointment/a1', 'SlotsRequested', { intakeId: 'i1' });
  await happen('2026-11-22T10:10:00.000Z', 'appointment/a1', 'AppointmentBooked');
  await happen('2026-11-22T12:00:00.000Z', 'conversation/c1', 'HandedOver');
  await happen('2026-11-22T12:01:30.000Z', 'handoff/c1', 'StaffReplied', { first: true });
  await happen('2026-11-22T12:02:30.000Z', 'handoff/c1', 'StaffReplied', { first: false });
  await happen('2026-11-23T02:30:00.000Z', 'conversation/c1', 'HandedOver');
  // After midnight in UTC, before it in the practice's zone.
  await happen('2026-11-23T02:40:00.000Z', 'handoff/c1', 'StaffReplied', { first: true });
  await happen('2026-11-23T03:00:00.000Z', 'message/m1', 'MessageRejected');
  await countAll();
  const read = () => db.tx('aurora', (tx) => figuresOfDays(tx, '2026-11-21', '2026-11-23'));
  const days = await read();
  expect(days.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23']);
  const [before, on, after] = days;
  expect(Object.values(before?.figures ?? {}).every((n) => n === 0)).toBe(true);
  expect(on?.figures).toMatchObject({
    'intakes-started': 1,
    'intakes-finished': 1,
    bookings: 1,
    handoffs: 2,
  });
  expect(on?.durations).toEqual({
    'time-to-intake': { count: 1, seconds: 240 },
    'time-to-booking': { count: 1, seconds: 600 },
    'response-time': { count: 2, seconds: 90 + 600 },
  });
  expect(after?.figures['messages-failed']).toBe(1);

  await db.tx('aurora', (tx) => forgetFigures(tx, zone));
  expect((await read())[1]?.figures.bookings).toBe(0);
  await countAll();
  expect(await read()).toEqual(days);
});

test('racing readers count each fact once', async () => {
  await db.tx('aurora', (tx) => forgetFigures(tx, zone));
  for (let i = 0; i < 20; i += 1) await happen('2026-12-01T10:00:00.000Z', `intake/r${i}`, 'IntakeStarted');
  const reader = () => db.tx('aurora', (tx) => countFigures(tx, zone));
  const total = versions.values().reduce((sum, n) => sum + n, 0);
  let counted = 0;
  while (counted < total)
    counted += (await Promise.all([reader(), reader(), reader()])).reduce((a, b) => a + b);
  const [day] = await db.tx('aurora', (tx) => figuresOfDays(tx, '2026-12-01', '2026-12-01'));
  expect(day?.figures['intakes-started']).toBe(20);
});
