import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startFhir } from '../fhir/index.ts';
import { calendarsOf, daysToFill, slotsOf } from './calendar.ts';
import { openClock } from './clock.ts';
import { readCalendar } from './pms.ts';
import { seedPractice } from './seed.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const visitTypes = [
  {
    id: 'orthopaedics',
    name: 'Ortopedia',
    minutes: 30,
    serviceType: { system: 'https://vestibule.dev/service-type', code: 'orthopaedics' },
  },
  { id: 'consultation', name: 'Consulta', minutes: 50 },
];
const practice = { name: 'Aurora', languages: ['pt'], timeZone: 'America/Sao_Paulo', visitTypes };

/** A Monday morning. */
const now = Date.parse('2026-11-23T09:00:00Z');
const day = 86_400_000;

async function startPms() {
  const fhir = await startFhir({ port: 0, tenants: ['aurora'] });
  cleanUps.push(() => fhir.stop());
  const baseUrl = fhir.base('aurora');
  const seed = (at: number, ahead: number) => seedPractice({ baseUrl, practice, now: at, ahead });
  const calendar = () => readCalendar({ baseUrl }, '2026-11-01T00:00:00Z', '2027-02-01T00:00:00Z');
  const put = (type: string, resource: object) =>
    fetch(`${baseUrl}/${type}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    });
  return { fhir, baseUrl, seed, calendar, put };
}

test('clinicians, calendars and free slots of the working days; a second run adds nothing and changes nothing', async () => {
  const { baseUrl, seed, calendar } = await startPms();
  await seed(now, 7);
  const first = await calendar();
  // Monday to Friday and the next Monday; 16 slots of 30 minutes a day for two clinicians, 8 of 50 for one.
  expect(first.slots).toHaveLength(6 * (16 + 16 + 8));
  expect(new Set(first.slots.map(({ status }) => status))).toEqual(new Set(['free']));
  expect(first.slots[0]).toMatchObject({ start: '2026-11-23T11:00:00Z' });
  expect(first.schedules).toHaveLength(3);
  expect(first.schedules[0]).toMatchObject({
    active: true,
    actor: [{ display: expect.stringMatching(/^Dra?\. /) }, { display: 'Aurora' }],
  });
  const services = first.schedules.map((one) => JSON.stringify(one)).filter((one) => one.includes('Ortop'));
  expect(services).toHaveLength(2);
  await seed(now + 3_600_000, 7);
  expect(await calendar()).toEqual(first);
  const people = await (await fetch(`${baseUrl}/Practitioner?_summary=count`)).json();
  expect(people).toMatchObject({ total: 3 });
});

test('the window moves with the clock, and what was booked in it stays booked', async () => {
  const { baseUrl, seed, calendar, put } = await startPms();
  await seed(now, 1);
  const [slot] = (await calendar()).slots;
  const resource: object = JSON.parse(await (await fetch(`${baseUrl}/Slot/${slot?.id}`)).text());
  await put(`Slot/${slot?.id}`, { ...resource, status: 'busy' });
  await seed(now + 3 * day, 1);
  const later = (await calendar()).slots;
  expect(
    later.map(({ start }) => start.slice(0, 10)).filter((date, n, all) => all.indexOf(date) === n),
  ).toEqual(['2026-11-23', '2026-11-24', '2026-11-26', '2026-11-27']);
  expect(later.filter(({ status }) => status === 'busy')).toEqual([{ ...slot, status: 'busy' }]);
});

test('a run that was broken off half-way is completed, and no slot is there twice', async () => {
  const { baseUrl, fhir, seed, calendar, put } = await startPms();
  await seed(now, 2);
  const whole = await calendar();
  // As if the last transaction, which tells how far it came, had never arrived.
  for (const schedule of whole.schedules) {
    const { planningHorizon: _, ...rest } = schedule as { planningHorizon?: unknown } & typeof schedule;
    await put(`Schedule/${schedule.id}`, rest);
  }
  const lost = whole.slots.at(-1)?.id;
  await fetch(`${baseUrl}/Slot/${lost}`, { method: 'DELETE' });
  await seed(now, 2);
  const again = await calendar();
  expect(again.slots.map(({ start }) => start)).toEqual(whole.slots.map(({ start }) => start));
  expect(again.slots.filter(({ id }) => whole.slots.some((slot) => slot.id === id))).toHaveLength(
    whole.slots.length - 1,
  );
  expect(fhir.ledger.count({ method: 'POST' })).toBe(0);
});

test('no fault on demand meets the practice’s own staff, nor is it used up by them', async () => {
  const { fhir, seed, calendar } = await startPms();
  fhir.faults.add({ kind: 'unavailable', times: 1 });
  await seed(now, 1);
  expect(fhir.faults.list()).toHaveLength(1);
  fhir.faults.clear();
  expect((await calendar()).slots.length).toBeGreaterThan(0);
});

test('slots keep to the wall clock where the clocks change, and every visit type has a clinician', () => {
  const starts = (date: string) =>
    slotsOf(Temporal.PlainDate.from(date), 'America/Chicago', 60).map(({ start }) => start.slice(11, 16));
  expect(starts('2026-03-06')).toEqual([
    '14:00',
    '15:00',
    '16:00',
    '17:00',
    '20:00',
    '21:00',
    '22:00',
    '23:00',
  ]);
  expect(starts('2026-03-09')).toEqual([
    '13:00',
    '14:00',
    '15:00',
    '16:00',
    '19:00',
    '20:00',
    '21:00',
    '22:00',
  ]);
  expect(slotsOf(Temporal.PlainDate.from('2026-03-07'), 'America/Chicago', 60)).toEqual([]);
  const calendars = calendarsOf(visitTypes, ['xx', 'en']);
  expect(calendars.map(({ visitType }) => visitType.id)).toEqual([
    'orthopaedics',
    'consultation',
    'orthopaedics',
  ]);
  expect(calendarsOf([], ['en'])).toEqual([]);
});

test('what is filled already is not filled again; what lies behind us never', () => {
  const days = (filledUntil: string | undefined) =>
    daysToFill(
      Date.parse('2026-11-24T01:00:00Z'),
      2,
      'America/Sao_Paulo',
      filledUntil === undefined ? undefined : Temporal.PlainDate.from(filledUntil),
    ).days.map(String);
  expect(days(undefined)).toEqual(['2026-11-23', '2026-11-24', '2026-11-25']);
  expect(days('2026-11-01')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25']);
  expect(days('2026-11-25')).toEqual(['2026-11-25']);
  expect(days('2026-12-01')).toEqual([]);
});

test('the clock goes on where it was, and never back', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'clock-'));
  cleanUps.push(() => rmSync(dataDir, { recursive: true }));
  const clock = openClock(dataDir);
  expect(clock.movedMs()).toBe(0);
  clock.advance(2 * day);
  clock.advance(-day);
  expect(clock.movedMs()).toBe(2 * day);
  // Kept before it was shown: nothing has to be told to stop for the next process to know.
  expect(JSON.parse(readFileSync(join(dataDir, 'clock.json'), 'utf8'))).toEqual({ movedMs: 2 * day });
  const before = clock.now();
  expect(openClock(dataDir).now()).toBeGreaterThanOrEqual(before);
  expect(openClock().movedMs()).toBe(0);
});
