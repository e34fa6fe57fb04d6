import { describe, expect, test } from 'vitest';
import type { ConsentState } from '#consent/consent.ts';
import { askDoor, type DoorQuestion } from './door.ts';

const now = '2026-11-22T10:00:00.000Z';
const minutesAgo = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString();
const given: ConsentState = { status: 'given', since: minutesAgo(60), wording: '1', language: 'pt' };
const withdrawn = (minutes: number): ConsentState => ({ status: 'withdrawn', since: minutesAgo(minutes) });

const question = (changes: Partial<DoorQuestion> = {}): DoorQuestion => ({
  purpose: 'reply',
  dataClass: 'none',
  isTemplate: false,
  mayCarry: true,
  consent: given,
  isCurrent: true,
  maybeStopped: false,
  lastInboundAt: minutesAgo(1),
  now,
  ...changes,
});

const send = { verdict: 'send' };
const block = (reason: string) => ({ verdict: 'block', reason });

test('an answer inside the window leaves', () => {
  expect(askDoor(question())).toEqual(send);
});

describe('service window', () => {
  test('closes 24 hours after the last message, by the provider’s time', () => {
    expect(askDoor(question({ lastInboundAt: minutesAgo(24 * 60 - 1) }))).toEqual(send);
    expect(askDoor(question({ lastInboundAt: minutesAgo(24 * 60) }))).toEqual(block('OUTSIDE_WINDOW'));
  });

  test('is closed towards somebody who never wrote', () => {
    expect(askDoor(question({ lastInboundAt: undefined }))).toEqual(block('OUTSIDE_WINDOW'));
  });
});

describe('after a stop', () => {
  test('nothing that was queued leaves', () => {
    expect(askDoor(question({ consent: withdrawn(0) }))).toEqual(block('OPTED_OUT'));
  });

  test('its confirmation leaves within five minutes, and not later', () => {
    const confirmation = (minutes: number) =>
      askDoor(question({ purpose: 'stop-confirmation', consent: withdrawn(minutes) }));
    expect(confirmation(4)).toEqual(send);
    expect(confirmation(5)).toEqual(block('OPTED_OUT'));
  });

  test('how to start again is told to somebody who wrote after the stop', () => {
    const reminder = (lastInboundAt: string) =>
      askDoor(question({ purpose: 'consent', consent: withdrawn(10), lastInboundAt }));
    expect(reminder(minutesAgo(1))).toEqual(send);
    expect(reminder(minutesAgo(10))).toEqual(block('OPTED_OUT'));
    expect(reminder(minutesAgo(20))).toEqual(block('OPTED_OUT'));
  });

  test('the emergency text still leaves', () => {
    expect(askDoor(question({ purpose: 'emergency', consent: withdrawn(0) }))).toEqual(send);
  });
});

test('what the policy keeps off the channel stays, whatever else would let it pass', () => {
  expect(askDoor(question({ mayCarry: false }))).toEqual(block('CONTENT_MODE'));
  expect(askDoor(question({ mayCarry: false, purpose: 'emergency' }))).toEqual(block('CONTENT_MODE'));
});

describe('a reminder', () => {
  const reminder = (changes: Partial<DoorQuestion> = {}) =>
    askDoor(question({ purpose: 'reminder', isTemplate: true, lastInboundAt: undefined, ...changes }));
  const since = minutesAgo(60);

  const cases: readonly (readonly [string, Partial<DoorQuestion>, object])[] = [
    ['leaves after the window has closed, to who said yes', {}, send],
    ['leaves within it', { lastInboundAt: minutesAgo(1) }, send],
    ['not to who was never asked', { consent: { status: 'none' } }, block('NO_CONSENT')],
    ['not to who has not answered', { consent: { ...given, status: 'asked', since } }, block('NO_CONSENT')],
    ['not to who declined', { consent: { ...given, status: 'declined', since } }, block('NO_CONSENT')],
    [
      'not to who declined, though they wrote just now',
      { consent: { ...given, status: 'declined', since }, lastInboundAt: minutesAgo(1) },
      block('NO_CONSENT'),
    ],
    ['not after a stop', { consent: withdrawn(1) }, block('OPTED_OUT')],
    ['not while a stop may have been meant', { maybeStopped: true }, block('MAYBE_STOPPED')],
    ['not of a visit that has changed', { isCurrent: false }, block('OUT_OF_DATE')],
    ['not with what the policy keeps off', { mayCarry: false }, block('CONTENT_MODE')],
    ['not as free text after the window', { isTemplate: false }, block('OUTSIDE_WINDOW')],
  ];
  test.each(cases)('%s', (_, changes, expected) => expect(reminder(changes)).toEqual(expected));
});

describe('what staff write', () => {
  const staff = (changes: Partial<DoorQuestion>) => askDoor(question({ purpose: 'staff', ...changes }));
  const declined: ConsentState = { ...given, status: 'declined', since: minutesAgo(60) };
  const long = minutesAgo(25 * 60);

  const cases: readonly (readonly [string, Partial<DoorQuestion>, object])[] = [
    ['leaves inside the window', {}, send],
    ['also to who declined and asked for a person', { consent: declined }, send],
    ['as free text not after it', { lastInboundAt: long }, block('OUTSIDE_WINDOW')],
    ['as a template after it', { lastInboundAt: long, isTemplate: true }, send],
    [
      'as a template after it not to who never said yes',
      { lastInboundAt: long, isTemplate: true, consent: declined },
      block('NO_CONSENT'),
    ],
    ['not after a stop', { consent: withdrawn(1) }, block('OPTED_OUT')],
    [
      'not after a stop, though the patient wrote since',
      { consent: withdrawn(10), lastInboundAt: minutesAgo(1) },
      block('OPTED_OUT'),
    ],
    ['while a stop may have been meant', { maybeStopped: true }, send],
  ];
  test.each(cases)('%s', (_, changes, expected) => expect(staff(changes)).toEqual(expected));
});
