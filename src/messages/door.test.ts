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
  mayCarry: true,
  consent: given,
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
