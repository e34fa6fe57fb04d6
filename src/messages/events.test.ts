import { expect, test } from 'vitest';
import type { MessageEvent } from './events.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';

/** One of every kind, as today's program writes it. */
const today: readonly MessageEvent[] = [
  {
    type: 'MessageQueued',
    data: { conversationId: 'c1', purpose: 'reply', dataClass: 'none', kind: 'text', at },
    phi: { content: { kind: 'text', text: 'And your date of birth?' }, answers: 'wamid.1' },
  },
  {
    type: 'MessageQueued',
    data: { conversationId: 'c1', purpose: 'reply', dataClass: 'none', kind: 'contact-request', at },
    phi: {
      content: {
        kind: 'contact-request',
        text: 'Which number can we call?\nA tap below shares this one.',
        otherwise: { kind: 'text', text: 'Which number can we call?' },
      },
      answers: 'wamid.1',
    },
  },
  {
    type: 'MessageQueued',
    data: {
      conversationId: 'c1',
      purpose: 'reminder',
      dataClass: 'identity',
      kind: 'template',
      about: { appointmentId: 'a1', start: at },
      at,
    },
    phi: {
      content: {
        kind: 'template',
        name: 'visit_reminder',
        language: 'en_US',
        variables: ['Maria'],
        payloads: ['r:confirm:a1:1795341600'],
        text: 'Hello Maria, will you come?',
        labels: ['Confirm'],
      },
    },
  },
  { type: 'MessageClaimed', data: { attempt: 1, at } },
  { type: 'MessageClaimed', data: { attempt: 2, until: '2026-12-22T10:00:00.000Z', at } },
  { type: 'MessageBlocked', data: { reason: 'CANNOT_BE_SAID', field: 'text', limit: 4096, at } },
  { type: 'MessageBlocked', data: { reason: 'OUT_OF_DATE', at } },
  { type: 'MessageAccepted', data: { at }, phi: { externalId: 'wamid.2' } },
  { type: 'MessageRejected', data: { code: 'OUTSIDE_WINDOW', at } },
  { type: 'MessageDeferred', data: { code: 'RATE_LIMITED', notBefore: at, at } },
  {
    type: 'MessageDeferred',
    data: { code: 'ACCOUNT_LOCKED', notBefore: '2026-11-22T11:00:00.000Z', paused: true, at },
  },
  {
    type: 'MessageDeferred',
    data: { code: 'DAY_LIMIT', notBefore: '2026-11-23T10:05:00.000Z', held: true, at },
  },
  { type: 'MessageOutcomeUnknown', data: { code: 'TIMEOUT', at } },
  { type: 'MessageUnresolved', data: { waitedSeconds: 30, at } },
  { type: 'MessageExpired', data: { at } },
  { type: 'MessageSendAgainAsked', data: { by: 's1', at } },
  { type: 'MessageGivenUpWaiting', data: { waitedSeconds: 30, at } },
  { type: 'MessageStatusChanged', data: { status: 'failed', code: '131026', at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
