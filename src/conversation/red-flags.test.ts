import { describe, expect, test } from 'vitest';
import { findRedFlag } from './red-flags.ts';
import corpus from './testdata/red-flags.json' with { type: 'json' };

describe('an alarm', () => {
  test.each(corpus.alarms as [string, string][])('%s: %s', (flag, text) => {
    expect(findRedFlag(text)?.flag).toBe(flag);
  });
});

describe('no alarm', () => {
  test.each(corpus.harmless)('%j', (text) => {
    expect(findRedFlag(text)).toBeUndefined();
  });
});

test('the language of the alarm is told, so that the answer is understood', () => {
  expect(findRedFlag('no puedo respirar')?.language).toBe('es');
  expect(findRedFlag('não consigo respirar')?.language).toBe('pt');
});

test('an alarm at the end of a very long message is seen', () => {
  expect(findRedFlag(`${'blah '.repeat(2_000)} I have chest pain`)?.flag).toBe('chest-pain');
});
