import { beforeAll, describe, expect, test } from 'vitest';
import { type Person, type Provider, providers } from './webhooks.ts';
import table from './who-writes.json' with { type: 'json' };
import { type Outcome, openWhoWrites, type Told } from './world.ts';

/**
 * The golden table of identities: what comes in, as raw webhooks, and whose conversation it is. `by` is who truly wrote, or is meant; no
 * program sees it. Two of them in one conversation are a wrong union; one of them in two that are not known to be one person's is a
 * duplicate.
 */
type Case = {
  readonly case: string;
  /** By default Meta's. */
  readonly providers?: readonly Provider[];
  readonly together?: boolean;
  readonly happens: readonly (Told & { readonly by: string })[];
  readonly expect: {
    /** Ids of what lies together. */
    readonly conversations: readonly (readonly string[])[];
    readonly answered?: Readonly<Record<string, Person>>;
  };
};

// A table of JSON cannot say that its words are of a closed list.
const cases = table as unknown as readonly Case[];

const plays = cases.flatMap((each) =>
  (each.providers ?? (['meta'] as const)).map(
    (provider) => [`${each.case} (${provider})`, each, provider] as const,
  ),
);

/** Plays at the same time: they share nothing but the machine. */
const lanes = 4;

const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  const world = await openWhoWrites();
  const waiting = [...plays];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, { happens, together = false }, provider] = next;
      outcomes.set(name, await world.play({ provider, happens, together }));
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    await world.close();
  }
}, 60_000);

function outcomeOf(name: string): Outcome {
  const outcome = outcomes.get(name);
  if (outcome === undefined) throw new Error('it was not played');
  return outcome;
}

const sorted = (groups: readonly (readonly string[])[]) =>
  groups.map((group) => group.toSorted()).toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));

describe('whose conversation it is', () => {
  test.each(plays)('%s', (name, { expect: expected }) => {
    const { conversations, answered } = outcomeOf(name);
    expect(sorted(conversations)).toEqual(sorted(expected.conversations));
    for (const [id, user] of Object.entries(expected.answered ?? {})) {
      const { phone, userId } = answered.get(id) ?? {};
      expect({ phone, userId }).toEqual({ phone: user.phone, userId: user.userId });
    }
  });
});

test('no person twice, and no two persons as one', () => {
  const tally = { persons: 0, duplicates: 0, wrongUnions: 0 };
  for (const [name, { happens }] of plays) {
    const truth = new Map(happens.map(({ id, by }) => [id, by]));
    const people = outcomeOf(name).persons.map((ids) => new Set(ids.map((id) => truth.get(id))));
    const known = new Set(people.flatMap((who) => [...who]));
    tally.persons += known.size;
    tally.wrongUnions += people.filter((who) => who.size > 1).length;
    tally.duplicates += [...known].filter((by) => people.filter((who) => who.has(by)).length > 1).length;
  }
  expect(cases.length).toBeGreaterThanOrEqual(40);
  expect(new Set(plays.map(([, , provider]) => provider))).toEqual(new Set(providers));
  expect(tally).toEqual({ persons: tally.persons, duplicates: 0, wrongUnions: 0 });
  expect(tally.persons).toBeGreaterThan(cases.length);
});
