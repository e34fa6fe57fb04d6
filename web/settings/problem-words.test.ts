import { describe, expect, test } from 'vitest';
import { problemCodes } from '../../src/channels/health/health.ts';
import { channels, pausingNames } from '../../src/channels/registry.ts';
import en from '../texts/en.json' with { type: 'json' };
import { mendOf, newsWords, problemWords, providerWords, stepsOf } from './problem-words.ts';

const zone = 'America/Sao_Paulo';
const now = Date.parse('2026-11-23T15:00:00.000Z');
const since = '2026-11-23T12:40:00.000Z';
const about = {
  what: 'TOKEN_EXPIRED',
  template: 'visit_reminder',
  language: 'pt_BR',
  expected: 12,
  count: 4,
};

/** A variable that nothing was filled into. */
const unfilled = /\{\w+\}/;

test.each(problemCodes)('%s: what it is, and what to do, for every provider', (code) => {
  for (const channel of Object.keys(channels)) {
    const problem = { code, since, until: '2026-11-24T12:00:00.000Z', about };
    expect(problemWords(problem, now, zone)).toMatch(/^[A-Z\d].*\.$/);
    const steps = stepsOf(problem, channel);
    expect(steps.length).toBeGreaterThan(0);
    expect([problemWords(problem, now, zone), ...steps].join(' ')).not.toMatch(unfilled);
    expect(problemWords(problem, now, zone)).not.toContain('problem.');
  }
});

test.each(pausingNames)('%s: why nothing can be sent, and what to do', (code) => {
  expect(Object.keys(en)).toContain(`cause.${code}`);
  expect(mendOf(code)).toBeDefined();
});

test('every provider has its name, and the place where things are mended', () => {
  for (const channel of Object.keys(channels))
    for (const group of ['channel', 'portal']) expect(Object.keys(en)).toContain(`${group}.${channel}`);
});

describe('in words', () => {
  const said = (code: string, more: object = {}, until: string | null = null) =>
    problemWords({ code, since, until, about: { ...about, ...more } }, now, zone);

  test('a silence', () => {
    expect(said('silent')).toBe('No message has come in since 09:40. Usually about 12 would have by now.');
  });
  test('what ends, and what begins', () => {
    const until = '2026-11-24T12:00:00.000Z';
    expect(said('restricted', { what: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION' }, until)).toBe(
      'WhatsApp has restricted the account: add phone number action. Until tomorrow 09:00.',
    );
    expect(said('will-be-disabled', {}, '2026-12-05T00:00:00.000Z')).toBe(
      'WhatsApp will switch the account off. From Fri 4 Dec 21:00.',
    );
  });
  test('a code of a later release', () => {
    expect(said('paused', { what: 'SOMETHING_NEW' })).toContain('SOMETHING_NEW');
    expect(
      stepsOf({ code: 'paused', since, until: null, about: { what: 'SOMETHING_NEW' } }, 'meta')[0],
    ).toContain('SOMETHING_NEW');
    expect(stepsOf({ code: 'of-a-later-release', since, until: null, about: {} }, 'meta')).toEqual([]);
  });
  test('what the provider wrote', () => {
    const problem = { since, until: null };
    const template = {
      template: 'a',
      language: 'b',
      what: 'INVALID_FORMAT',
      details: 'No variable at the end.',
    };
    expect(providerWords({ ...problem, code: 'template-rejected', about: template })).toBe(
      'Invalid format: No variable at the end.',
    );
    expect(providerWords({ ...problem, code: 'violation', about: { what: 'DRUGS' } })).toBeUndefined();
    expect(providerWords({ ...problem, code: 'paused', about: { what: 'TOKEN_EXPIRED' } })).toBeUndefined();
  });
  test.each([
    [
      { kind: 'limit', about: { dailyRecipients: 10_000, numbers: 2 } },
      'Limits of the account · 10,000 new chats a day · 2 numbers',
    ],
    [{ kind: 'limit', about: { dailyRecipients: 'none' } }, 'Limits of the account · no limit'],
    [
      { kind: 'template', about: { template: 'a', language: 'pt_BR', status: 'in-appeal' } },
      'Template “a” (pt_BR): in appeal',
    ],
    [
      { kind: 'security', about: { event: 'pin-changed', requester: '77' } },
      'Two-step verification: pin changed · asked for by 77',
    ],
    [
      { kind: 'name', about: { decision: 'rejected', name: 'Clinic', reason: 'NAME_TOO_GENERIC' } },
      'Name that patients see: rejected · “Clinic” · Name too generic',
    ],
    [
      { kind: 'paused', about: { code: 'PAYMENT_PROBLEM' } },
      'Sending stopped: There is a problem with the payment.',
    ],
    [{ kind: 'of-a-later-release', about: {} }, 'Of a later release'],
  ])('news: %o', (news, expected) => {
    expect(newsWords(news)).toBe(expected);
  });
});
