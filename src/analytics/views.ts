import type { Tx } from '#platform/db/db.ts';
import { type AsyncReader, type PlainEvent, readNext, rewind } from '#platform/eventstore/reader.ts';
import { type DayFigures, durations, figures } from './contract.ts';
import { type Beginning, dayOf, meaningOf } from './figures.ts';
import { addTraffic, forgetTraffic } from './traffic/views.ts';

/** The figures per day: kept by a reader that follows the events in commit order, rebuilt by reading them again. */

type Sum = { count: number; seconds: number };

const beginningKey = (what: string, id: string) => `${what}/${id}`;

function addToFigures(tx: Tx, sums: readonly (Sum & { day: string; name: string })[]): Promise<object[]> {
  return tx.query(
    `insert into views_figures (practice_id, day, name, count, seconds)
     select $1, day, name, count, seconds
     from unnest($2::date[], $3::text[], $4::bigint[], $5::float8[]) as f(day, name, count, seconds)
     on conflict (practice_id, day, name) do update
       set count = views_figures.count + excluded.count, seconds = views_figures.seconds + excluded.seconds`,
    [
      tx.practiceId,
      sums.map(({ day }) => day),
      sums.map(({ name }) => name),
      sums.map((sum) => sum.count),
      sums.map((sum) => sum.seconds),
    ],
  );
}

async function selectBeginnings(
  tx: Tx,
  wanted: readonly { readonly what: string; readonly id: string }[],
): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  const rows = await tx.query<{ what: string; id: string; at: Date }>(
    `select b.what, b.id, b.at from unnest($2::text[], $3::text[]) as wanted(what, id)
     join views_figure_beginnings b on b.practice_id = $1 and b.what = wanted.what and b.id = wanted.id`,
    [tx.practiceId, wanted.map(({ what }) => what), wanted.map(({ id }) => id)],
  );
  return new Map(rows.map(({ what, id, at }) => [beginningKey(what, id), at.toISOString()]));
}

function saveBeginnings(
  tx: Tx,
  begun: readonly { readonly what: string; readonly id: string; readonly at: string }[],
): Promise<object[]> {
  return tx.query(
    `insert into views_figure_beginnings (practice_id, what, id, at)
     select $1, what, id, at from unnest($2::text[], $3::text[], $4::timestamptz[]) as b(what, id, at)
     on conflict (practice_id, what, id) do update set at = excluded.at`,
    [tx.practiceId, begun.map(({ what }) => what), begun.map(({ id }) => id), begun.map(({ at }) => at)],
  );
}

/** Reads facts into sums. `zone` is the practice's: a day ends at its midnight. Three statements per batch, and three more for the traffic in it. */
async function apply(tx: Tx, events: readonly PlainEvent[], zone: string): Promise<void> {
  const read = events.map((event) => ({ event, meaning: meaningOf(event) }));
  const named = read.flatMap(({ meaning }) => [
    ...meaning.ends,
    ...meaning.begins,
    ...meaning.begins.flatMap(({ since }) => (since === undefined ? [] : [since])),
  ]);
  const known = await selectBeginnings(tx, named);
  const changed = new Map<string, { what: string; id: string; at: string }>();
  const sums = new Map<string, Sum & { day: string; name: string }>();
  const add = (day: string, name: string, count: number, seconds: number) => {
    const sum = sums.get(`${day} ${name}`) ?? { day, name, count: 0, seconds: 0 };
    sums.set(`${day} ${name}`, { ...sum, count: sum.count + count, seconds: sum.seconds + seconds });
  };
  const begin = ({ what, id, since, again }: Beginning, at: string) => {
    const key = beginningKey(what, id);
    if (known.has(key) && again !== true) return;
    const from = since === undefined ? at : (known.get(beginningKey(since.what, since.id)) ?? at);
    known.set(key, from);
    changed.set(key, { what, id, at: from });
  };
  for (const { event, meaning } of read) {
    const day = dayOf(event.at, zone);
    for (const { figure, by } of meaning.counts) add(day, figure, by, 0);
    for (const beginning of meaning.begins) begin(beginning, event.at);
    for (const { duration, what, id } of meaning.ends) {
      const from = known.get(beginningKey(what, id));
      if (from === undefined) continue;
      add(day, duration, 1, Math.max(0, (Date.parse(event.at) - Date.parse(from)) / 1000));
    }
  }
  if (changed.size > 0) await saveBeginnings(tx, [...changed.values()]);
  if (sums.size > 0) await addToFigures(tx, [...sums.values()]);
  await addTraffic(tx, events);
}

function figuresReader(zone: string): AsyncReader {
  return { name: 'figures', apply: (tx, events) => apply(tx, events, zone) };
}

/** Takes the facts that were not counted yet; returns how many. */
export async function countFigures(tx: Tx, zone: string): Promise<number> {
  return await readNext(tx, figuresReader(zone));
}

/** Empties the figures and sets the reader back to the beginning; `countFigures` then counts everything again. */
export async function forgetFigures(tx: Tx, zone: string): Promise<void> {
  await tx.query('delete from views_figures where practice_id = $1', [tx.practiceId]);
  await tx.query('delete from views_figure_beginnings where practice_id = $1', [tx.practiceId]);
  await forgetTraffic(tx);
  await rewind(tx, figuresReader(zone));
}

type FigureRow = { day: string; name: string; count: string; seconds: number };

/** The figures of the days from `first` to `last`, one entry per day, also where nothing happened. */
export async function figuresOfDays(tx: Tx, first: string, last: string): Promise<readonly DayFigures[]> {
  const rows = await tx.query<FigureRow>(
    `select to_char(day, 'YYYY-MM-DD') as day, name, count, seconds from views_figures
     where practice_id = $1 and day between $2 and $3`,
    [tx.practiceId, first, last],
  );
  const byDay = Map.groupBy(rows, ({ day }) => day);
  const days: DayFigures[] = [];
  const end = Temporal.PlainDate.from(last);
  for (let day = Temporal.PlainDate.from(first); Temporal.PlainDate.compare(day, end) <= 0; ) {
    days.push(dayFigures(day.toString(), byDay.get(day.toString()) ?? []));
    day = day.add({ days: 1 });
  }
  return days;
}

function dayFigures(day: string, rows: readonly FigureRow[]): DayFigures {
  const row = (name: string) => rows.find((each) => each.name === name);
  const counted = figures.map((name) => [name, Number(row(name)?.count ?? 0)] as const);
  const timed = durations.map((name) => {
    const found = row(name);
    return [name, { count: Number(found?.count ?? 0), seconds: found?.seconds ?? 0 }] as const;
  });
  // The keys are the closed lists themselves.
  return {
    day,
    figures: Object.fromEntries(counted) as DayFigures['figures'],
    durations: Object.fromEntries(timed) as DayFigures['durations'],
  };
}
