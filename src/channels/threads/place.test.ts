import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { phoneVariants } from '../phone-variants.ts';
import { aboutWhom, type Book, bookOf, type Known, learn, move, place, type Seen, vacate } from './place.ts';

const phoneOf = (given: string) => {
  const spellings = phoneVariants(given);
  return { given, dialled: spellings[0] ?? given, spellings };
};

const seen = (at: number, userId?: string, phone?: string): Seen => ({
  userIds: userId === undefined ? [] : [userId],
  phone: phone === undefined ? undefined : phoneOf(phone),
  at,
});

/** What happens to one WhatsApp account or another: `who` is known to the test alone. */
type Told =
  | { readonly what: 'writes'; readonly who: string; readonly by: Seen }
  | { readonly what: 'reached'; readonly who: string; readonly by: Seen }
  | { readonly what: 'changed'; readonly who: string; readonly was: Seen; readonly is: Seen };

const timeOf = (told: Told) => (told.what === 'changed' ? told.is.at : told.by.at);

/** Everybody's history: numbers change, and each number may be given to somebody else, who has an id of their own. */
function historyOf(steps: readonly (readonly [number, number, number])[]): readonly Told[] {
  const people = ['ana', 'bia', 'cai'].map((name, i) => ({
    name,
    ids: 1,
    phone: ['5531986550101', '5215555550102', '34600000003'][i] ?? '',
  }));
  const free = ['5491155550104', '12025550105'];
  return steps.map(([person, what, how], step): Told => {
    const at = (step + 1) * 1000;
    const someone = people[person % people.length] ?? people[0];
    if (someone === undefined) throw new Error('nobody');
    const who = someone.name;
    const id = () => `BR.${who}${someone.ids}`;
    const spellings = phoneVariants(someone.phone);
    const spelled = spellings[how % spellings.length];
    if (what % 4 === 0) {
      const was = seen(at, id(), how % 2 === 0 ? someone.phone : undefined);
      const next = free.shift() ?? someone.phone;
      if (next !== someone.phone) free.push(someone.phone);
      someone.phone = next;
      someone.ids += 1;
      return { what: 'changed', who, was, is: seen(at, id(), how % 3 === 0 ? undefined : next) };
    }
    const by = what % 4 === 1 ? seen(at, id()) : seen(at, id(), spelled);
    return { what: what % 4 === 3 && how % 5 === 0 ? 'reached' : 'writes', who, by };
  });
}

/** Whose words lie in which conversation, and which conversations were put together. */
function play(told: readonly Told[]): {
  readonly book: Book;
  readonly said: ReadonlyMap<string, ReadonlySet<string>>;
} {
  let book = bookOf([]);
  const said = new Map<string, Set<string>>();
  const joined: { from: string; to: string }[] = [];
  for (const [i, each] of told.entries()) {
    let conversationId: string | undefined;
    if (each.what === 'writes') conversationId = place(book, each.by, `c${i}`);
    else if (each.what === 'reached') learn(book, each.by);
    else {
      conversationId = aboutWhom(book, each.was, each.is);
      if (conversationId === undefined) vacate(book, each.is);
      else move(book, conversationId, each.is);
    }
    if (conversationId !== undefined)
      said.set(conversationId, (said.get(conversationId) ?? new Set()).add(each.who));
    joined.push(...book.joined());
    book = stored(book);
  }
  for (const { from, to } of joined) {
    const together = new Set([...(said.get(from) ?? []), ...(said.get(to) ?? [])]);
    said.set(from, together).set(to, together);
  }
  return { book, said };
}

const everything = new Map<string, Known>();

/** As the database gives it back. */
function stored(book: Book): Book {
  for (const { now } of book.changes()) everything.set(now.name, now);
  return bookOf([...everything.values()]);
}

const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.nat(11)), { minLength: 1, maxLength: 25 });

function holds(property: (told: readonly Told[], order: readonly number[]) => void): void {
  fc.assert(
    fc.property(steps, fc.array(fc.nat(), { minLength: 25, maxLength: 25 }), (given, order) => {
      everything.clear();
      property(historyOf(given), order);
    }),
    { numRuns: 400 },
  );
}

describe('whatever happens, and however late and often it is told', () => {
  test('no two people are in one conversation', () =>
    holds((told, order) => {
      const shuffled = told
        .map((each, i) => ({ each, place: order[i] ?? 0 }))
        .toSorted((a, b) => a.place - b.place);
      const twice = [...shuffled, ...shuffled.slice(0, 5)].map(({ each }) => each);
      for (const people of play(twice).said.values()) expect([...people]).toHaveLength(1);
    }));

  test('told in order, everybody has one conversation, found by their id', () =>
    holds((told) => {
      const { book, said } = play(told);
      for (const who of ['ana', 'bia', 'cai'])
        expect([...said.values()].filter((people) => people.has(who)).length).toBeLessThan(2);
      const last = told.findLast(({ what }) => what === 'writes');
      if (last?.what !== 'writes') return;
      const found = place(book, { ...last.by, phone: undefined }, 'fresh');
      const newest = told.findLast(({ who }) => who === last.who);
      if (newest === last) expect(said.get(found ?? '')).toEqual(new Set([last.who]));
    }));

  test('a conversation is answered at one id and one number at most, and at none that is past', () =>
    holds((told, order) => {
      const shuffled = told
        .map((each, i) => ({ each, place: order[i] ?? 0 }))
        .toSorted((a, b) => a.place - b.place);
      play(shuffled.map(({ each }) => each));
      const answering = [...everything.values()].filter((known) => known.answering);
      for (const known of answering) expect(known.until).toBeUndefined();
      const places = answering.map(({ conversationId, kind }) => `${conversationId}/${kind}`);
      expect(new Set(places).size).toBe(places.length);
    }));

  test('told again, it changes nothing', () =>
    holds((told) => {
      const { book } = play(told);
      const last = told.at(-1);
      if (last?.what !== 'writes') return;
      place(book, last.by, 'fresh');
      expect([timeOf(last), book.changes()]).toEqual([timeOf(last), []]);
    }));
});
