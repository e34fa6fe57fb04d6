import { expect, test } from 'vitest';
import { fileWords, inboxQueues, threadEvents } from '#handoff/contract.ts';
import { staffRoles } from '#security/contract.ts';
import en from './en.json' with { type: 'json' };
import { codeWords, hasText, t, tCode } from './t.ts';

test('variables are filled in, and a count chooses its form', () => {
  expect(t('head.takenBy', { name: 'Ana' })).toBe('Taken by Ana');
  expect(t('nav.waiting', { count: 1 })).toBe('1 patient is waiting');
  expect(t('nav.waiting', { count: 0 })).toBe('0 patients are waiting');
});

test('what is filled in is never read as a variable itself', () => {
  expect(t('thread.news', { name: '{text}', text: 'hi' })).toBe('{text} wrote: hi');
});

test('an unknown code is said in its own words', () => {
  expect(tCode('reason', 'red-flag')).toBe('Possible emergency');
  expect(tCode('reason', 'insurance-card_expired')).toBe('Insurance card expired');
  expect(codeWords('HandoffOpened')).toBe('Handoff opened');
});

test('every code of the contract has its words', () => {
  const wanted = [
    ...threadEvents.map((event) => `event.${event}`),
    ...fileWords.map((word) => `file.${word}`),
    ...inboxQueues.flatMap((queue) => [
      `inbox.queue.${queue}`,
      `inbox.empty.${queue}`,
      `inbox.emptyAbout.${queue}`,
    ]),
    ...staffRoles.flatMap((role) => [`role.${role}`, `roleAbout.${role}`]),
  ];
  expect(wanted.filter((key) => !hasText(key))).toEqual([]);
});

test('a text has both of its forms, or none', () => {
  const keys = Object.keys(en);
  const halves = keys.filter(
    (key) =>
      (key.endsWith('_one') && !keys.includes(key.replace(/_one$/, '_other'))) ||
      (key.endsWith('_other') && !keys.includes(key.replace(/_other$/, '_one'))),
  );
  expect(halves).toEqual([]);
});
