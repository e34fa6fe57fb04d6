import { expect, test } from 'vitest';
import type { ThreadLine } from '#handoff/contract.ts';
import { eventWords } from './event-words.ts';

const event = (what: string, params: Record<string, string> = {}, by: string | null = null) =>
  ({ kind: 'event', id: 'e', at: '2026-11-24T12:00:00Z', what, by, params }) satisfies ThreadLine;

test('how it ended is said in the practice’s own words', () => {
  const endings = [{ id: 'no-answer', name: 'Nobody answered' }];
  expect(eventWords(event('resolved', { code: 'no-answer' }), 'UTC', endings)).toBe(
    'Resolved: Nobody answered',
  );
});

test.each([
  [event('taken', {}, 'Ana'), 'Ana took it'],
  [event('taken'), 'Taken'],
  [event('assigned', { to: 'Rui' }, 'Ana'), 'Ana assigned it to Rui'],
  [event('resolved', { code: 'no-answer' }, 'Ana'), 'Ana resolved it: No answer'],
  [
    event('handed-over', { reason: 'red-flag', priority: 'top' }),
    'Handed over to a person: Possible emergency',
  ],
  [event('booked', { start: '2026-11-25T13:30:00Z' }), 'Visit booked: Tomorrow 10:30'],
  [
    event('cancelled', { start: '2026-11-24T18:00:00Z', whose: 'patient' }),
    'Visit of Today 15:00 cancelled by the patient',
  ],
  [event('language', { language: 'pt' }), 'Language: Portuguese'],
  [event('something-new'), 'Something new'],
])('%# is said as %s', (line, words) => {
  expect(eventWords(line, 'America/Sao_Paulo')).toBe(words);
});
