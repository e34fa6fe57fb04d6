import { expect, test } from 'vitest';
import { contentModes, dataClasses } from '#kernel/phi.ts';
import { mayCarry } from './policy.ts';

test('a practice that keeps clinical content off the channel sends logistics and nothing else', () => {
  for (const mode of ['minimal', 'acknowledged'] as const) {
    expect(dataClasses.filter((dataClass) => mayCarry(mode, dataClass))).toEqual(['none', 'logistics']);
  }
});

test('an open practice may send every class', () => {
  expect(dataClasses.every((dataClass) => mayCarry('open', dataClass))).toBe(true);
  expect(contentModes).toContain('open');
});
