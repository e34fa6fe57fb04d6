import { expect, test } from 'vitest';
import { answerRows, failureRows } from '#channels/bird/errors.ts';
import { errorRows as messagebirdRows } from '#channels/messagebird/errors.ts';
import { errorRows as metaRows, nameOf } from '#channels/meta/errors.ts';
import { errorRows as twilioRows } from '#channels/twilio/errors.ts';
import { errorRows as vonageRows } from '#channels/vonage/errors.ts';
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

/** What Meta says of groups, calls, lists of blocked users and the like: nothing that answers a message of ours. */
const notOfMessages =
  /^(GROUP|CALLING|BLOCK_LIST|SIGNUP|CURSOR|TEMPLATE_INSIGHTS|WEBHOOK|PAYLOAD_GONE|MARKETING_API)/;

test('every error that any provider documents for a message is explained', () => {
  const rows = [
    ...metaRows(),
    ...twilioRows(),
    ...vonageRows(),
    ...messagebirdRows(),
    ...answerRows(),
    ...failureRows(),
  ];
  const unexplained = rows
    .map(({ name }) => name)
    .filter((name) => !notOfMessages.test(name) && failureKind(name) === 'unknown');
  expect([...new Set(unexplained)]).toEqual([]);
});

test('a code of a newer release, and none at all, are unknown', () => {
  expect(failureKind('META_131999')).toBe('unknown');
  expect(failureKind('constructor')).toBe('unknown');
  expect(failureKind(null)).toBe('unknown');
});

test('of a message in doubt its code says only how the doubt began', () => {
  expect(failureKindOf({ state: 'unresolved', code: 'TIMEOUT' })).toBe('unresolved');
  expect(failureKindOf({ state: 'expired', code: 'TIMEOUT' })).toBe('expired');
  expect(failureKindOf({ state: 'rejected', code: 'TIMEOUT' })).toBe('gave-up');
});

test('there are words for why and what to do, and for what a message was for', () => {
  const codes = [
    ...blockReasons,
    ...[131026, 131030, 130497, 137000, 132001, 190, 2, 100].map(nameOf),
    'GAVE_UP',
  ];
  for (const kind of [...codes.map(failureKind), 'unknown', 'unresolved', 'expired']) {
    expect(hasText(`failure.${kind}`) && hasText(`failureDo.${kind}`), kind).toBe(true);
  }
  for (const purpose of purposes) expect(hasText(`purpose.${purpose}`), purpose).toBe(true);
});
