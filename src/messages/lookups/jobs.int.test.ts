import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTwilioWorld, type TwilioWorld } from '../../../test/twilio-world.ts';
import { lookSeconds } from './schedule.ts';

/** What became of a message is asked of a provider that can be asked; it is never sent again for the answer. */

let world: TwilioWorld;

beforeAll(async () => {
  world = await openTwilioWorld();
  await world.says('oi');
  await world.work();
});

afterAll(() => world.close());

const sent = (text: string) =>
  world.twilio.messages.filter(({ body, direction }) => body === text && direction === 'outbound-api').length;

const asked = (outcome: string) => world.counted('vestibule_lookups', { outcome });

test('what was taken, its answer and its statuses lost, is found by asking, and what waits behind it leaves', async () => {
  world.twilio.faults.set('http-500-after');
  // Both of its statuses.
  world.twilio.faults.set('lost-status', { count: 2 });
  await world.tell('m1', 'We open at eight.');
  await world.tell('m2', 'See you then.');
  await world.work();
  expect([await world.fateOf('m1'), sent('See you then.')]).toEqual([{ state: 'unknown', status: null }, 0]);
  await world.pass(5);
  expect(await world.fateOf('m1')).toEqual({ state: 'accepted', status: 'delivered' });
  expect(await world.fateOf('m2')).toEqual({ state: 'accepted', status: 'delivered' });
  expect([sent('We open at eight.'), sent('See you then.'), asked('found')]).toEqual([1, 1, 1]);
});

test('what is not there is asked for again and again, reported after the wait, and never sent by itself', async () => {
  const before = asked('not-there');
  world.twilio.faults.set('http-500');
  await world.tell('m3', 'Bring your card.');
  await world.tell('m4', 'And a mask.');
  await world.pass(29);
  expect([await world.fateOf('m3'), asked('not-there') - before]).toEqual([
    { state: 'unknown', status: null },
    3,
  ]);
  await world.pass(5);
  expect(await world.fateOf('m3')).toEqual({ state: 'unresolved', status: null });
  // Those behind it go on.
  expect(await world.fateOf('m4')).toEqual({ state: 'accepted', status: 'delivered' });
  await world.pass((lookSeconds.at(-1) ?? 0) + 60);
  expect(asked('not-there') - before).toBe(lookSeconds.length);
  expect([await world.fateOf('m3'), sent('Bring your card.')]).toEqual([
    { state: 'unresolved', status: null },
    0,
  ]);
});

test('the same words said before are another message, and no sign of this one', async () => {
  await world.says('thanks');
  await world.tell('m5', 'You are welcome.');
  await world.work();
  expect(await world.fateOf('m5')).toEqual({ state: 'accepted', status: 'delivered' });
  world.twilio.faults.set('http-500');
  await world.tell('m6', 'You are welcome.');
  await world.pass(40);
  expect([await world.fateOf('m6'), sent('You are welcome.')]).toEqual([
    { state: 'unresolved', status: null },
    1,
  ]);
});

test('a provider that cannot be asked now is asked again', async () => {
  world.twilio.faults.set('http-500-after');
  world.twilio.faults.set('lost-status', { count: 2 });
  world.twilio.faults.set('list-500');
  const before = asked('no-answer');
  await world.tell('m7', 'Ring the bell.');
  await world.pass(3);
  expect([await world.fateOf('m7'), asked('no-answer') - before]).toEqual([
    { state: 'unknown', status: null },
    1,
  ]);
  await world.pass(10);
  expect(await world.fateOf('m7')).toEqual({ state: 'accepted', status: 'delivered' });
});

test('what is long on its way is asked for, once at some ages: its status may have been lost', async () => {
  await world.says('and when do you close?');
  await world.work();
  await world.sweep();
  world.twilio.faults.set('lost-status', { count: 2 });
  await world.tell('m10', 'At six.');
  await world.work();
  world.twilio.faults.set('stuck');
  await world.tell('m11', 'On Fridays at four.');
  await world.work();
  const before = asked('found');
  await world.pass(10 * 60);
  await world.sweep();
  expect([await world.fateOf('m10'), asked('found') - before]).toEqual([
    { state: 'accepted', status: null },
    0,
  ]);
  await world.pass(6 * 60);
  await world.sweep();
  expect(await world.fateOf('m10')).toEqual({ state: 'accepted', status: 'delivered' });
  expect(await world.fateOf('m11')).toEqual({ state: 'accepted', status: 'sent' });
  expect(asked('found') - before).toBe(2);
  await world.pass(60 * 60);
  await world.sweep();
  expect(asked('found') - before).toBe(2);
  await world.pass(60 * 60);
  await world.sweep();
  expect(asked('found') - before).toBe(3);
});

test('what seems never to have arrived is asked for before it is given up', async () => {
  const month = 30 * 24 * 60 * 60;
  await world.says('one more thing');
  await world.work();
  // Of the first one its `delivered` is lost; the second never gets further than `sent`.
  world.twilio.faults.set('lost-status', { count: 2 });
  await world.tell('m8', 'Yes?');
  await world.work();
  world.twilio.faults.set('stuck');
  await world.tell('m9', 'Are you there?');
  await world.work();
  expect([await world.fateOf('m8'), await world.fateOf('m9')]).toEqual([
    { state: 'accepted', status: null },
    { state: 'accepted', status: 'sent' },
  ]);
  await world.pass(month - 60);
  await world.sweep();
  expect(await world.fateOf('m9')).toEqual({ state: 'accepted', status: 'sent' });
  await world.pass(120);
  await world.sweep();
  expect(await world.fateOf('m8')).toEqual({ state: 'accepted', status: 'delivered' });
  expect(await world.fateOf('m9')).toEqual({ state: 'expired', status: 'sent' });
});
