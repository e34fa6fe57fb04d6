import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTwilioWorld, type TwilioWorld } from '../../../test/twilio-world.ts';

/** What a provider could not deliver to us is read from its list: once, in order, and answered. */

let world: TwilioWorld;

beforeAll(async () => {
  world = await openTwilioWorld();
});

afterAll(() => world.close());

const five = 5 * 60;

/** What the patient heard from us. */
const heard = () =>
  world.twilio.messages.filter(({ direction }) => direction === 'outbound-api').map(({ body }) => body);

const read = async () => {
  const rows = await world.query<{ kinds: readonly string[] }>(
    `select data->'kinds' as kinds from events where type = 'MessagesRead' order by position`,
  );
  return rows.flatMap(({ kinds }) => kinds).length;
};

const filled = () => world.counted('vestibule_inbound_filled');

test('what was written before the account was connected is not ours to answer', async () => {
  world.twilio.faults.set('lost');
  await world.says('hello, anybody there?');
  await world.pass(60);
  await world.look(true);
  await world.pass(five);
  await world.look();
  expect([heard(), filled()]).toEqual([[], 0]);
});

test('what was lost is filled once, in order, with its own time, and answered; the webhook that comes late changes nothing', async () => {
  await world.pass(five);
  world.twilio.faults.set('lost', { count: 2 });
  const first = await world.says('oi');
  const wroteAt = world.twilio.messages.find(({ sid }) => sid === first)?.date_created ?? '';
  await world.pass(30);
  const second = await world.says('Português');
  await world.work();
  expect(heard()).toEqual([]);
  // Not due yet, and then: both looks at once, as two processes make them.
  await world.pass(five);
  await Promise.all([world.look(), world.look()]);
  expect([filled(), await read()]).toEqual([2, 2]);
  // Both were read before one answer: to the second.
  expect(heard()).toHaveLength(1);
  expect(heard()[0]).toContain('pode escrever para você');
  const [thread] = await world.query<{ at: Date }>('select min(sent_at) as at from mailbox');
  expect(thread?.at.toISOString()).toBe(new Date(wroteAt).toISOString());
  for (const sid of [second, first]) expect(await world.deliverLate(sid)).toBe(200);
  await world.work();
  await world.pass(five);
  await world.look();
  expect([filled(), await read(), heard().length]).toEqual([2, 2, 1]);
});

test('a tap that was lost is known by its label, and answers the question', async () => {
  world.twilio.faults.set('lost');
  await world.says('Sim');
  await world.pass(2 * five);
  await world.look();
  expect(filled()).toBe(3);
  expect(heard()).toHaveLength(2);
});

test('what is delivered as it should be is no gap; what is younger than a minute may still come', async () => {
  await world.says('Maria da Silva');
  await world.work();
  await world.pass(five);
  world.twilio.faults.set('lost');
  const young = await world.says('30/01/1990');
  await world.pass(30);
  await world.look();
  expect(filled()).toBe(3);
  expect(await world.deliverLate(young)).toBe(200);
  await world.pass(2 * five);
  await world.look();
  expect(filled()).toBe(3);
});

test('a look that fails is made again, over the same time; staff are told what it brought', async () => {
  world.twilio.faults.set('lost');
  await world.says('thanks');
  world.twilio.faults.set('list-500');
  await world.pass(2 * five);
  await world.look();
  expect([filled(), world.counted('vestibule_inbound_unlisted')]).toEqual([3, 1]);
  await world.pass(five);
  await world.look();
  expect(filled()).toBe(4);
  const told = await world.gaps(24 * 60);
  expect(told?.messages).toBe(4);
  expect(await world.gaps(-1)).toBeUndefined();
});

test('a process that starts looks at once, whenever the next look is due', async () => {
  world.twilio.faults.set('lost');
  await world.says('are you back?');
  await world.pass(90);
  await world.look();
  expect(filled()).toBe(4);
  await world.look(true);
  expect(filled()).toBe(5);
});
