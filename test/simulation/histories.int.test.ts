import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyEvents } from '#platform/eventstore/verify.ts';
import { histories } from './history.ts';
import { type Outcome, replayed, textsOf, withoutChance } from './outcome.ts';
import {
  conversationsOf,
  lastStatusOf,
  newPlaying,
  type Playing,
  playAnyhow,
  playInOrder,
  playRacing,
} from './play.ts';
import { type Product, practiceId, simulatedProduct } from './product.ts';
import { rebuiltViews } from './rebuild.ts';

/**
 * Random histories of several patients, through the product's own jobs on a real database. More of them: `npm run simulate`.
 */

const patients = 3;
const seed = Number(process.env.SIMULATE_SEED ?? 20_261_122);
const runs = (few: number) => ({
  numRuns: Number(process.env.SIMULATE_RUNS ?? few),
  seed,
  endOnFailure: true,
});

let product: Product;

beforeAll(async () => {
  product = await simulatedProduct();
});

afterAll(() => product.stop());

type Row = { message_id: string; state: string; code: string | null; status: string | null };

/** What became of the messages to each patient, in the order in which they were said. */
async function messagesOf({ conversationId }: Outcome): Promise<readonly Row[]> {
  return await product.db.tx(practiceId, (tx) =>
    tx.query<Row>(
      `select message_id, state, code, status from views_messages where practice_id = $1 and conversation_id = $2 order by position`,
      [practiceId, conversationId],
    ),
  );
}

const statesOf = async (outcome: Outcome) =>
  (await messagesOf(outcome)).map(({ state, code, status }) => [state, code, status]);

/** Every message was read once; what was said is what the core says; it left once, in order; its status is the last there is. */
async function expectSound(outcome: Outcome, written: number): Promise<void> {
  const mail = outcome.turns.flatMap((turn) => turn.mail);
  const ids = mail.flatMap((letter) => (letter.kind === 'message' ? [letter.externalId] : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(written);
  const { stored, made } = replayed(outcome);
  expect(stored).toEqual(made);
  const messages = await messagesOf(outcome);
  expect(messages).toHaveLength(textsOf(outcome.events).length);
  // What was said before a STOP may not leave after it.
  const allowed = messages.filter(({ state }) => state !== 'blocked');
  const ours = new Set(messages.map(({ message_id }) => message_id));
  const left = product.sent.filter(({ ourId }) => ours.has(ourId)).map(({ ourId }) => ourId);
  expect(left).toEqual(allowed.map(({ message_id }) => message_id));
  expect(allowed.map(({ state, status }) => [state, status])).toEqual(
    allowed.map((_, n) => ['accepted', lastStatusOf(n)]),
  );
}

async function expectAllSound(
  playing: Playing,
  history: readonly { patient: number }[],
): Promise<readonly Outcome[]> {
  const outcomes = await conversationsOf(product, playing, patients);
  for (const [patient, outcome] of outcomes.entries())
    await expectSound(outcome, history.filter((one) => one.patient === patient).length);
  return outcomes;
}

describe('deliveries of several patients', () => {
  test('in any order, any number of times, in pieces of any size: it ends as the ordered run', async () => {
    await fc.assert(
      fc.asyncProperty(histories(patients, 3), fc.nat(), async (history, chance) => {
        const [ordered, anyhow] = [newPlaying(), newPlaying()];
        await playInOrder(product, ordered, history);
        await playAnyhow(product, anyhow, history, chance);
        const wanted = await expectAllSound(ordered, history);
        const found = await expectAllSound(anyhow, history);
        for (const [patient, outcome] of found.entries()) {
          const [one, other] = [wanted[patient] ?? outcome, outcome];
          expect(withoutChance(other, anyhow, patient)).toEqual(withoutChance(one, ordered, patient));
          expect(await statesOf(other)).toEqual(await statesOf(one));
        }
      }),
      runs(4),
    );
  });

  test('all at once, however late: nothing is lost or doubled, and every turn follows from the one before', async () => {
    await fc.assert(
      fc.asyncProperty(histories(patients, 3), fc.nat(), async (history, chance) => {
        const playing = newPlaying();
        await playRacing(product, playing, history, chance);
        await expectAllSound(playing, history);
      }),
      runs(4),
    );
  });

  test('after all of that, every view is rebuilt as it was, and every seal holds', async () => {
    for (const { view, live, rebuilt } of await rebuiltViews(product))
      expect([view, rebuilt]).toEqual([view, live]);
    const verified = await product.db.tx(practiceId, (tx) => verifyEvents(tx, product.sealer));
    expect(verified).toMatchObject({ broken: 0, unsealed: 0 });
    expect(verified.events).toBeGreaterThan(100);
  });
});
