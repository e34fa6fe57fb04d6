import { describe, expect, test } from 'vitest';
import { isStart, stopKind } from './stop-words.ts';
import corpus from './testdata/stop-words.json' with { type: 'json' };

describe('what ends all messages', () => {
  test.each(corpus.stop)('%j', (text) => expect(stopKind(text)).toBe('stop'));
});

describe('what may mean something else', () => {
  test.each(corpus.cancel)('%j', (text) => expect(stopKind(text)).toBe('cancel'));
});

describe('what is no stop', () => {
  test.each(corpus.neither)('%j', (text) => expect(stopKind(text)).toBeUndefined());
});

describe('what starts again', () => {
  test.each(corpus.start)('%j', (text) => {
    expect(isStart(text)).toBe(true);
    expect(stopKind(text)).toBeUndefined();
  });
});
