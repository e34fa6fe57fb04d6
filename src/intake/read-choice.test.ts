import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import aurora from '../../practices/aurora/forms/intake.json' with { type: 'json' };
import { stepByLinkId } from './form.ts';
import { readChoice, readTapId, tapId } from './read-choice.ts';
import type { StepOption } from './step.ts';
import { anyText } from './testdata/any-text.ts';
import { compiled } from './testdata/knee.ts';
import table from './testdata/read-choice.json' with { type: 'json' };

const form = compiled(aurora, ['pt', 'es', 'en']);

function optionsOf(linkId: string): readonly StepOption[] {
  return stepByLinkId(form, linkId)?.options ?? [];
}

describe.each(Object.entries(table))('%s', (linkId, rows) => {
  test.each(rows)('%s: %j is %s', (language = '', text = '', expected = '') => {
    const result = readChoice(text, optionsOf(linkId), language);
    expect('option' in result ? result.option.code : '-').toBe(expected);
  });
});

function option(code: string, english: string, portuguese = english): StepOption {
  return { code, display: { en: english, pt: portuguese }, synonyms: {} };
}

describe('between several', () => {
  const days = [option('mon', 'Monday'), option('tue', 'Tuesday'), option('thu', 'Thursday')];

  test('a beginning of one is that one; of several, all of those are offered', () => {
    expect(readChoice('mo', days, 'en')).toEqual({ option: days[0] });
    expect(readChoice('t', days, 'en')).toEqual({ candidates: [] });
    expect(readChoice('th', days, 'en')).toEqual({ option: days[2] });
    const twins = [option('a', 'Clinic North'), option('b', 'Clinic South')];
    expect(readChoice('clinic', twins, 'en')).toEqual({ candidates: twins });
  });

  test('two names in one sentence are both offered', () =>
    expect(readChoice('monday or tuesday', days, 'en')).toEqual({ candidates: [days[0], days[1]] }));

  test('of two names that overlap, the one that reaches further is meant', () => {
    const whom = [option('self', 'para mi'), option('child', 'mi hija')];
    expect(readChoice('es para mi hija', whom, 'es')).toEqual({ option: whom[1] });
    expect(readChoice('es para mi y mi hija', whom, 'es')).toEqual({ candidates: whom });
  });

  test('the nearest spelling wins; two that are as near are both offered', () => {
    expect(readChoice('tuesdy', days, 'en')).toEqual({ option: days[1] });
    const near = [option('a', 'Marta'), option('b', 'Maria')];
    expect(readChoice('maira', near, 'en')).toEqual({ option: near[1] });
    expect(readChoice('marka', near, 'en')).toEqual({ candidates: near });
  });

  test('a word that means two things in two languages means that of the conversation', () => {
    const words = [option('now', 'now', 'agora'), option('pie', 'pie', 'now')];
    expect(readChoice('now', words, 'en')).toEqual({ option: words[0] });
    expect(readChoice('now', words, 'pt')).toEqual({ option: words[1] });
  });

  test('a name that is a number is that name', () => {
    const doses = [option('two', '2'), option('one', '1')];
    expect(readChoice('1', doses, 'en')).toEqual({ option: doses[1] });
  });
});

test('a tap is always read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (linkId, code) => {
      expect(readTapId(tapId(linkId, code))).toEqual({ linkId, code });
    }),
  );
});

test.each(['', 'a:', 'a:x', 'b:x:y', 'a:x:y:z', 'a:%E0%A4%A:y', 'own-number'])('%j is no tap of ours', (id) =>
  expect(readTapId(id)).toBeUndefined(),
);

test('any text gives options of the question, never an exception', () => {
  const options = optionsOf('payer');
  fc.assert(
    fc.property(anyText, (text) => {
      const result = readChoice(text, options, 'pt');
      const named = 'option' in result ? [result.option] : result.candidates;
      for (const each of named) expect(options).toContain(each);
      if (!('option' in result)) expect(result.candidates.length).not.toBe(1);
    }),
    { numRuns: 500 },
  );
});

test('every option is read back with any one letter left out of a long name', () => {
  for (const { code, display } of optionsOf('payer')) {
    const name = display.pt ?? '';
    if (name.length < 8) continue;
    for (let at = 0; at < name.length; at += 1) {
      const typo = name.slice(0, at) + name.slice(at + 1);
      expect(readChoice(typo, optionsOf('payer'), 'pt'), typo).toMatchObject({ option: { code } });
    }
  }
});
