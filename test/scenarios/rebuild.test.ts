import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countFigures, forgetFigures } from '#analytics/index.ts';
import { verifyEvents } from '#platform/eventstore/verify.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import type { Bubble } from '../../sandbox/phone/index.ts';
import { viewsOf } from '../../src/app.ts';
import { randomFrom } from '../simulation/random.ts';
import { rebuiltViews, rowsOf } from '../simulation/rebuild.ts';
import { deliver } from './delivery.ts';
import { actAsPatient, actAsStaff } from './random-day.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

/**
 * Dropping a view and writing it again from the events gives the same rows, in every column: every view, after days in which
 * patients book, change their minds and say anything, staff step in, and reminders go out. More of it: `npm run simulate`.
 */

const practiceId = 'aurora';
const zone = 'America/Sao_Paulo';
const rounds = Number(process.env.SIMULATE_RUNS ?? 4);
const random = randomFrom(Number(process.env.SIMULATE_SEED ?? 20_261_122));
const oneDay = 24 * 60 * 60;

let world: TestSandbox;
let sealer: Sealer;

beforeAll(async () => {
  world = await startTestSandbox();
  sealer = createSealer({
    db: world.sandbox.app.db,
    provider: openKeyProvider(`file:${join(world.dataDir, 'keys.json')}`),
  });
  await sealer.preparePractice(practiceId);
  // The first ✓ says that the details are with the clinic, the second that a visit is booked.
  const booked = (transcript: readonly Bubble[]) =>
    transcript.filter(({ side, text }) => side === 'practice' && text?.includes('✓') === true).length > 1;
  await Promise.all(['maria', 'joao'].map((id) => world.plays(id, { until: booked })));
  // Reminders are planned by a look of their own, a moment later.
  await world.eventually(
    async () => (await world.query('select from views_reminders')).length > 1,
    'both visits to have a plan',
  );
  const patients = ['maria', 'joao', 'p1', 'p2', 'p3'].map((id) => world.patient(id));
  const staff = await Promise.all([world.staff('front-desk'), world.staff('manager')]);
  const colleagues = staff.map(({ staffId }) => staffId);
  for (let round = 0; round < rounds; round += 1) {
    for (const patient of patients) if (random.chance(0.8)) actAsPatient(patient, random);
    for (const person of staff) await actAsStaff(person, random, colleagues);
    await world.settled();
    if (random.chance(0.3)) await world.advance(oneDay / 3);
  }
  if (world.provider === 'meta') await pauseTemplate();
  await world.settled();
});

/** What only Meta tells of. */
async function pauseTemplate(): Promise<void> {
  const value = {
    event: 'PAUSED',
    message_template_name: 'visit_reminder',
    message_template_language: 'pt_BR',
  };
  const entry = [{ time: 1_795_000_000, changes: [{ field: 'message_template_status_update', value }] }];
  await deliver(world, { body: JSON.stringify({ object: 'whatsapp_business_account', entry }) });
}

afterAll(() => world.stop());

test('every view is rebuilt from the events as it was', async () => {
  const { db, store } = world.sandbox.app;
  const views = viewsOf(sealer);
  expect(views.length).toBeGreaterThan(0);
  for (const { view, live, rebuilt } of await rebuiltViews({ db, deps: { store }, views })) {
    // A view of what only Meta tells of has no rows elsewhere.
    if (world.provider === 'meta') expect(live.length, `rows of the view "${view}"`).toBeGreaterThan(0);
    expect(rebuilt).toEqual(live);
  }
});

test('the figures, read again from the beginning, are as they were', async () => {
  const { db } = world.sandbox.app;
  const figures = ['views_figures', 'views_figure_beginnings', 'views_traffic', 'views_traffic_hours'];
  const countAll = async () => {
    while ((await db.tx(practiceId, (tx) => countFigures(tx, zone))) > 0);
  };
  // The last transactions of others, which hold readers back, end meanwhile.
  await world.eventually(async () => {
    await countAll();
    const ahead = `select from events e, reader_checkpoints r
      where e.practice_id = $1 and r.practice_id = $1 and (e.xact, e.position) > (r.xact, r.position)`;
    return (await world.query(ahead, [practiceId])).length === 0;
  }, 'all facts to be counted');
  const read = () => db.tx(practiceId, (tx) => rowsOf(tx, figures));
  // Sums of seconds in another grouping differ in what no clock measures.
  const rounded = (rows: readonly string[]) =>
    rows.map((row) => row.replace(/[\d.]+(?=\)$)/, (seconds) => Number(seconds).toFixed(3)));
  const live = await read();
  expect(live.length).toBeGreaterThan(0);
  await db.tx(practiceId, (tx) => forgetFigures(tx, zone));
  await countAll();
  expect(rounded(await read())).toEqual(rounded(live));
});

test('every event carries its seal', async () => {
  const verified = await world.sandbox.app.db.tx(practiceId, (tx) => verifyEvents(tx, sealer));
  expect(verified).toMatchObject({ broken: 0, unsealed: 0, places: [] });
  expect(verified.events).toBeGreaterThan(100);
});

test('no table of views is left out', async () => {
  const found = await world.query<{ name: string }>(
    `select tablename as name from pg_tables where tablename like 'views\\_%'`,
  );
  const rebuilt = viewsOf(sealer).flatMap((view) => view.tables);
  const read = ['views_figure_beginnings', 'views_figures', 'views_traffic', 'views_traffic_hours'];
  expect([...rebuilt, ...read].toSorted()).toEqual(found.map(({ name }) => name).toSorted());
});
