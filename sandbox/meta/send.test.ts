import { describe, expect, test } from 'vitest';
import { GraphError } from './errors.ts';
import { isObject } from './fields.ts';
import { checkInteractive } from './interactive.ts';
import { readSend } from './send.ts';
import interactiveCases from './testdata/interactive.json' with { type: 'json' };
import sendCases from './testdata/send.json' with { type: 'json' };

/** `a*20` in a table stands for twenty a's. */
function grow(value: unknown): unknown {
  if (typeof value === 'string') {
    const repeat = /^(.)\*(\d+)$/.exec(value);
    return repeat === null ? value : String(repeat[1]).repeat(Number(repeat[2]));
  }
  if (Array.isArray(value)) return value.map(grow);
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, v]) => [key, grow(v)]))
    : value;
}

function outcome(work: () => string): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof GraphError) return { code: error.code };
    throw error;
  }
}

describe('a send is read as Meta reads it', () => {
  test.each(sendCases)('$case', ({ given, expect: expected }) => {
    expect(outcome(() => readSend(grow(given)).kind)).toEqual(expected);
  });
});

describe('an interactive message is held to every limit', () => {
  test.each(interactiveCases)('$case', ({ given, expect: expected }) => {
    const interactive = grow(given);
    const check = () => {
      if (isObject(interactive)) checkInteractive(interactive);
      return 'ok';
    };
    expect(outcome(check)).toEqual(expected);
  });
});
