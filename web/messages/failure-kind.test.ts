import { expect, test } from 'vitest';
import { nameOf } from '#channels/meta/errors.ts';
import { blockReasons, purposes } from '#messages/events.ts';
import { hasText } from '../texts/t.ts';
import { type FailureKind, failureKind, failureKindOf } from './failure-kind.ts';

test('everything that our own door blocks is explained', () => {
  for (const reason of blockReasons) expect(failureKind(reason), reason).not.toBe('unknown');
});

test('what the provider says of a patient, a template and the account is told apart', () => {
  const said: readonly (readonly [number, FailureKind])[] = [
    [131026, 'unreachable'],
    [131047, 'window'],
    [131050, 'opted-out'],
    [137000, 'number-changed'],
    [132015, 'template'],
    [190, 'account'],
    [131042, 'account'],
    [130429, 'busy'],
  ];
  for (const [code, kind] of said) expect(failureKind(nameOf(code)), String(code)).toBe(kind);
});

test('a code of a newer release, and none at all, are unknown', () => {
  expect(failureKind('META_131999')).toBe('unknown');
  expect(failureKind('constructor')).toBe('unknown');
  expect(failureKind(null)).toBe('unknown');
});

test('of a message in doubt its code says only how the doubt began', () => {
  expect(failureKindOf({ state: 'unresolved', code: 'TIMEOUT' })).toBe('unresolved');
  expect(failureKindOf({ state: 'rejected', code: 'TIMEOUT' })).toBe('gave-up');
});

test('there are words for why and what to do, and for what a message was for', () => {
  const codes = [
    ...blockReasons,
    ...[131026, 131030, 130497, 137000, 132001, 190, 2, 100].map(nameOf),
    'GAVE_UP',
  ];
  for (const kind of [...codes.map(failureKind), 'unknown', 'unresolved']) {
    expect(hasText(`failure.${kind}`) && hasText(`failureDo.${kind}`), kind).toBe(true);
  }
  for (const purpose of purposes) expect(hasText(`purpose.${purpose}`), purpose).toBe(true);
});
