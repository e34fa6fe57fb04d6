import { createHash } from 'node:crypto';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { problemCodes } from '#intake/problem.ts';
import { dataClasses } from '#kernel/phi.ts';
import { handoverReasons } from './conversation.ts';
import { optInText, optInWording } from './opt-in.ts';
import { fieldsOf } from './options.ts';
import { auroraIntake } from './testdata/dialogue.ts';
import wordings from './testdata/opt-in-wordings.json' with { type: 'json' };
import catalogue from './texts/catalogue.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import pt from './texts/pt.json' with { type: 'json' };
import { shippedLanguages, type TextKey, text } from './texts.ts';

const sources: Readonly<Record<string, Readonly<Record<string, string>>>> = { en, es, pt };
// The keys of the catalogue are the text keys by definition.
const keys = Object.keys(catalogue) as TextKey[];

/** As long as what stands in a practice's files may be, or as a form's. */
const samples = {
  practice: 'P'.repeat(60),
  phone: '+'.repeat(30),
  hours: 'h'.repeat(120),
  number: '1'.repeat(20),
  privacyUrl: `https://example.org/${'p'.repeat(100)}`,
  languages: 'English, Português, Español',
  label: 'l'.repeat(40),
  example: 'e'.repeat(60),
  lines: 'v'.repeat(900),
  limit: 500,
  name: 'N'.repeat(30),
  kind: 'image',
  where: 'form',
  status: 'confirmed',
  when: 'w'.repeat(24),
  old: 'w'.repeat(24),
  until: 'w'.repeat(24),
  day: 'd'.repeat(12),
  days: 180,
  asked: 'earlier',
  clinician: 'C'.repeat(62),
  address: 'a'.repeat(200),
  calendarUrl: `https://example.org/${'c'.repeat(100)}`,
};

type MessageFormatElement = ReturnType<IntlMessageFormat['getAst']>[number];

/** The type of an element that is plain words. */
const literal = 0;

/** Characters (Meta: interactive messages, reply buttons and lists). A line shares a body with a question. */
const limits: Readonly<Record<string, number>> = { button: 20, line: 500, body: 1024 };

/** The parameters that a text takes, in selects too. */
function parameters(source: string): readonly string[] {
  const names = new Set<string>();
  const walk = (elements: readonly MessageFormatElement[]): void => {
    for (const element of elements) {
      if ('value' in element && element.type !== literal) names.add(String(element.value));
      if ('options' in element) for (const { value } of Object.values(element.options)) walk(value);
    }
  };
  walk(new IntlMessageFormat(source, 'en', undefined, { ignoreTag: true }).getAst());
  return [...names].sort();
}

describe.each(keys)('%s', (key) => {
  test('is in every language, with the same parameters', () => {
    for (const language of shippedLanguages) {
      expect(sources[language]?.[key], language).toBeTruthy();
      expect(parameters(sources[language]?.[key] ?? '')).toEqual(parameters(en[key]));
      for (const name of parameters(en[key])) expect(Object.keys(samples)).toContain(name);
    }
  });

  test.each(shippedLanguages)('fits where it is shown (%s)', (language) => {
    const limit = limits[catalogue[key].fits];
    expect(text(key, language, samples).length).toBeLessThanOrEqual(limit ?? 0);
  });

  test.each(shippedLanguages)('keeps its voice (%s)', (language) => {
    const said = text(key, language, samples);
    expect(said).not.toMatch(/!\s*!|\binvalid/i);
    const emoji = said.match(/\p{Extended_Pictographic}|✓/gu) ?? [];
    expect(emoji.length).toBeLessThanOrEqual(1);
    expect(emoji.every((sign) => sign === '👋' || sign === '✓')).toBe(true);
    expect(said.split('\n').length).toBeLessThanOrEqual(3);
  });

  test('has a class, and holds no clinical word where that is "none"', () => {
    expect(dataClasses).toContain(catalogue[key].class);
    expect(catalogue[key].note.length).toBeGreaterThan(10);
    if (catalogue[key].class !== 'none') return;
    const clinical =
      /pain|symptom|diagnos|pregnan|disease|dolor|síntoma|enfermedad|embaraz|dor |sintoma|doença|grávid/i;
    for (const language of shippedLanguages) expect(text(key, language, samples)).not.toMatch(clinical);
  });
});

test('no language has a text that the catalogue does not know', () => {
  for (const language of shippedLanguages)
    expect(Object.keys(sources[language] ?? {}).sort()).toEqual([...keys].sort());
});

test('every problem of the intake and every handover has its text', () => {
  for (const code of Object.keys(problemCodes)) expect(keys).toContain(`problem.${code}`);
  // Somebody else speaks to the patient then: nothing is said.
  for (const reason of handoverReasons)
    if (!['red-flag', 'answered-elsewhere', 'another-app'].includes(reason))
      expect(keys).toContain(`handover.${reason}`);
});

test.each(['open', 'acknowledged', 'minimal'] as const)(
  'the opt-in of %s mode is the text of its version',
  (contentMode) => {
    const texts = shippedLanguages.map((language) => sources[language]?.[optInText({ contentMode })]);
    const digest = createHash('sha256').update(texts.join('\n')).digest('hex');
    // A changed text is a new wording: give it a new version in opt-in.ts, and add that here.
    expect({ [optInWording({ contentMode })]: digest }).toEqual({
      [optInWording({ contentMode })]: (wordings as Record<string, string>)[optInWording({ contentMode })],
    });
  },
);

test('the fields of a form fit the rows of a list', () => {
  const answers = Object.fromEntries(
    auroraIntake.steps.map(({ linkId }) => [linkId, { kind: 'skipped' } as const]),
  );
  for (const field of fieldsOf(auroraIntake, answers)) {
    for (const language of shippedLanguages) expect(field.display[language]?.length).toBeLessThanOrEqual(24);
  }
});
