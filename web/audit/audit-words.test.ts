import { expect, test } from 'vitest';
import { staffActions } from '#security/contract.ts';
import { hasText } from '../texts/t.ts';
import { filterIn, targetOf, whoKey } from './audit-words.ts';

test('targets are said in words, with the id where one has to look it up', () => {
  expect(targetOf('conversation/1f0c')).toEqual({ words: 'a conversation', id: '1f0c' });
  expect(targetOf('appointments/2026-11-24')).toEqual({ words: 'the visits of 24 November 2026' });
  expect(targetOf('queue/sends')).toEqual({ words: 'in the queue “Sending a message”' });
  expect(targetOf('inbox/search')).toEqual({ words: 'by searching' });
  expect(targetOf('staff/s1')).toEqual({ words: 'a person', id: 's1' });
  expect(targetOf('staff/s1/front-desk')).toEqual({ words: 'a person (Front desk)', id: 's1' });
});

test('a target of a newer release stays as it is', () => {
  expect(targetOf('thing/4')).toEqual({ words: 'thing/4' });
  expect(targetOf('')).toEqual({ words: '' });
});

test('who is none of the staff has words, unless a colleague is called so', () => {
  expect(whoKey('nobody', null)).toBe('auditWho.nobody');
  expect(whoKey('system', undefined)).toBe('auditWho.system');
  expect(whoKey('operator', 's7')).toBeUndefined();
  expect(whoKey('Ana Ribeiro', 's1')).toBeUndefined();
});

test('every action that may be written down has words, done and denied', () => {
  for (const action of staffActions) {
    expect(hasText(`auditAction.${action}`) && hasText(`auditTried.${action}`), action).toBe(true);
  }
});

test('an address names a filter; what is not one is left out', () => {
  expect(filterIn({ who: ' Ana Ribeiro ', target: 'conversation/1' })).toEqual({
    who: 'Ana Ribeiro',
    target: 'conversation/1',
  });
  expect(filterIn({ who: 42, target: '' })).toEqual({ who: '42', target: undefined });
  expect(filterIn({ who: 'x'.repeat(81), target: ['a'] })).toEqual({ who: undefined, target: undefined });
  expect(filterIn(undefined)).toEqual({ who: undefined, target: undefined });
});
