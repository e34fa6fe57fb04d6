import { expect, test } from 'vitest';
import type { ConversationDetail } from '#handoff/contract.ts';
import { charsLeft, composerState, isRenewalDue, windowLeft } from './composer-state.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const inMinutes = (minutes: number) => new Date(now + minutes * 60_000).toISOString();

type Case = {
  readonly state?: ConversationDetail['row']['state'];
  readonly lease?: Partial<NonNullable<ConversationDetail['lease']>> | null;
  readonly closesAt?: string | null;
  readonly consent?: string;
};

function detail({ state = 'taken', lease = {}, closesAt = inMinutes(60), consent = 'given' }: Case) {
  const mine = { token: 7, staffId: 'ana', name: 'Ana', until: inMinutes(10), mine: true };
  // Only what the composer looks at.
  return {
    row: { state },
    lease: lease === null ? null : { ...mine, ...lease },
    window: { closesAt },
    patient: { consent: { status: consent } },
  } as unknown as ConversationDetail;
}

test.each<[string, Case, unknown]>([
  ['one’s own, in the window', {}, { is: 'free', token: 7 }],
  ['nobody’s', { state: 'waiting', lease: null }, { is: 'not-taken' }],
  ['a colleague’s', { lease: { mine: false, name: 'Rui' } }, { is: 'colleague', name: 'Rui' }],
  ['a colleague’s who has gone quiet', { lease: { mine: false, until: inMinutes(-1) } }, { is: 'not-taken' }],
  ['one’s own lapsed, which nobody took yet', { lease: { until: inMinutes(-1) } }, { is: 'free', token: 7 }],
  ['after the window', { closesAt: inMinutes(0) }, { is: 'template-only', token: 7 }],
  ['where there never was a window', { closesAt: null }, { is: 'template-only', token: 7 }],
  ['of a patient who stopped', { consent: 'withdrawn' }, { is: 'stopped', token: 7 }],
  ['the assistant’s', { state: 'bot' }, { is: 'with-assistant' }],
  ['resolved', { state: 'resolved', lease: null }, { is: 'resolved' }],
])('a conversation that is %s', (_, given, expected) => {
  expect(composerState(detail(given), now, true)).toEqual(expected);
});

test('who may not answer may not, whatever the conversation is', () => {
  expect(composerState(detail({}), now, false)).toEqual({ is: 'not-allowed' });
});

test('time and room run out, and never below nothing', () => {
  expect(windowLeft(inMinutes(3), now)).toBe(180_000);
  expect(windowLeft(inMinutes(-3), now)).toBe(0);
  expect(charsLeft('x'.repeat(100), 1_000)).toBeUndefined();
  expect(charsLeft(`  ${'x'.repeat(950)}  `, 1_000)).toBe(50);
  expect(charsLeft('x'.repeat(1_003), 1_000)).toBe(-3);
});

test('a lease hears of somebody at work once a minute', () => {
  expect(isRenewalDue(undefined, now)).toBe(true);
  expect(isRenewalDue(now - 59_000, now)).toBe(false);
  expect(isRenewalDue(now - 60_000, now)).toBe(true);
});
