import { expect, test } from 'vitest';
import type { PhoneMessage } from '../api.ts';
import { byDay, chosenTitle, greeting, withLinks, withPending } from './messages.ts';
import { stillPending } from './use-phone.ts';

const message = (id: string, at: string, more: Partial<PhoneMessage> = {}): PhoneMessage => ({
  id,
  side: 'practice',
  at,
  kind: 'text',
  text: id,
  ...more,
});

test('days are those of the practice', () => {
  const days = byDay(
    [message('late', '2026-11-24T02:30:00Z'), message('early', '2026-11-24T03:30:00Z')],
    'America/Sao_Paulo',
  );
  expect(days.map(({ key }) => key)).toEqual(['2026-11-23', '2026-11-24']);
});

test('the choice that the next patient message says is the chosen one', () => {
  const question = message('q', '2026-11-24T12:00:00Z', {
    kind: 'buttons',
    buttons: [
      { id: 'y', title: 'Sim' },
      { id: 'n', title: 'Não' },
    ],
  });
  const says = (text: string) => message('r', '2026-11-24T12:01:00Z', { side: 'patient', text });
  expect(chosenTitle(question, [says('Não')])).toBe('Não');
  expect(chosenTitle(question, [says('talvez'), says('Sim')])).toBeUndefined();
  expect(chosenTitle(question, [])).toBeUndefined();
});

test('a message on its way goes last; one that failed keeps its place', () => {
  const listed = [message('a', '2026-11-24T12:00:00Z'), message('b', '2026-11-24T12:02:00Z')];
  const at = '2026-11-24T12:01:00Z';
  const sending = { localId: 's', input: { kind: 'text' as const, text: 'hi' }, at };
  const failed = { ...sending, localId: 'f', error: 'no' };
  expect(withPending(listed, [failed, sending]).map(({ id, status }) => [id, status])).toEqual([
    ['a', undefined],
    ['f', 'failed'],
    ['b', undefined],
    ['s', 'sending'],
  ]);
});

test('a message that the world lists is no longer on its way', () => {
  const input = { kind: 'text' as const, text: 'hi' };
  const at = '2026-11-24T12:00:00Z';
  const queue = [
    { localId: '1', input, at, serverId: 'm1' },
    { localId: '2', input, at },
  ];
  expect(stillPending(queue, [message('m1', at)]).map(({ localId }) => localId)).toEqual(['2']);
});

test.each([
  ['see http://localhost:8080/p/1.ics?q=1.', ['see ', 'http://localhost:8080/p/1.ics?q=1', '.']],
  ['(http://localhost:8080)', ['(', 'http://localhost:8080', ')']],
  ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
])('only web addresses become links: %s', (text, parts) => {
  const found = withLinks(text, 'http://localhost:8080');
  expect(found.map((part) => part.text)).toEqual(parts);
  for (const { href } of found) expect(href ?? 'http:').toMatch(/^http:/);
});

test.each([
  ['http://127.0.0.1:8080/p/1.ics', 'http://localhost:8080/p/1.ics'],
  ['http://localhost:8081/p/1.ics', undefined],
  ['https://localhost:8080/p/1.ics', undefined],
  ['https://aurora.example/privacy', undefined],
  ['http://localhost:8080@evil.example/', undefined],
  ['http://localhost:8080.evil.example/', undefined],
])('only what leads to the sandbox itself can be opened: %s', (address, href) => {
  expect(withLinks(address, 'http://localhost:8080').map((part) => part.href)).toEqual([href]);
});

test('a patient greets in their language', () => {
  expect(greeting('pt-BR')).toBe('Oi');
  expect(greeting('tlh')).toBe('Hi');
});
