import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSealer, openKeyProvider } from '#security/index.ts';
import type { Bubble } from '../../sandbox/phone/index.ts';
import { viewsOf } from '../../src/app.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

/** Dropping a view and writing it again from the events gives the same rows: every view, after real conversations. */

/** Begins with the form's version and the key's; hashes, which must stay as they are, are shorter. */
const sealed = /x0100[0-9a-f]{80,}/g;

let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
  // The first ✓ says that the details are with the clinic, the second that a visit is booked.
  const booked = (transcript: readonly Bubble[]) =>
    transcript.filter(({ side, text }) => side === 'practice' && text?.includes('✓') === true).length > 1;
  await Promise.all(['maria', 'joao'].map((id) => world.plays(id, { until: booked })));
  // Reminders are planned by a look of their own, a moment later.
  await world.eventually(
    async () => (await world.query('select from views_reminders')).length > 1,
    'both visits to have a plan',
  );
  await world.settled();
});

afterAll(() => world.stop());

test('every view is rebuilt from the events as it was', async () => {
  const { db, store } = world.sandbox.app;
  const provider = openKeyProvider(`file:${join(world.dataDir, 'keys.json')}`);
  const sealer = createSealer({ db, provider });
  await sealer.preparePractice('aurora');
  const views = viewsOf(sealer);
  const tables = views.flatMap((view) => view.tables);
  expect(tables.length).toBeGreaterThan(0);
  const rows = async (table: string) => {
    const found = await world.query<{ row: string }>(`select t::text as row from ${table} t order by 1`);
    // What is sealed anew looks otherwise each time.
    return found.map(({ row }) => row.replaceAll(sealed, 'sealed'));
  };
  for (const view of views) {
    const live = await Promise.all(view.tables.map(rows));
    expect(live.flat().length).toBeGreaterThan(0);
    const facts = await db.tx('aurora', (tx) => store.rebuild(tx, view));
    expect(facts).toBeGreaterThan(0);
    expect(await Promise.all(view.tables.map(rows))).toEqual(live);
  }
});

test('no table of views is left out', async () => {
  const found = await world.query<{ name: string }>(
    `select tablename as name from pg_tables where tablename like 'views\\_%'`,
  );
  const { db } = world.sandbox.app;
  const provider = openKeyProvider(`file:${join(world.dataDir, 'keys.json')}`);
  const rebuilt = viewsOf(createSealer({ db, provider })).flatMap((view) => view.tables);
  // The figures are kept by a reader, and rebuilt by reading again: a test of theirs does it.
  const read = ['views_figure_beginnings', 'views_figures'];
  expect([...rebuilt, ...read].toSorted()).toEqual(found.map(({ name }) => name).toSorted());
});
