import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EnableOperator,
  enabledSteps,
  enableOperators,
  type Form,
  nextStep,
  previousStep,
  prune,
  questionText,
} from './form.ts';
import type { Answers, AnswerValue } from './step.ts';
import { compiled, knee } from './testdata/knee.ts';

const yes: AnswerValue = { kind: 'coding', code: 'true' };
const no: AnswerValue = { kind: 'coding', code: 'false' };
const name: AnswerValue = { kind: 'name', text: 'Ana', given: ['Ana'] };
const skipped: AnswerValue = { kind: 'skipped' };

function ids(steps: readonly { linkId: string }[]): string[] {
  return steps.map(({ linkId }) => linkId);
}

describe('the way through a form', () => {
  test('a question whose condition does not hold is not asked', () => {
    expect(ids(enabledSteps(knee, {}))).toEqual(['name', 'insured']);
    expect(ids(enabledSteps(knee, { insured: yes }))).toEqual(['name', 'insured', 'insurer']);
    expect(ids(enabledSteps(knee, { insured: no }))).toEqual(['name', 'insured']);
  });

  test('the next question is the first without an answer; a skipped one is answered', () => {
    expect(nextStep(knee, {})?.linkId).toBe('name');
    expect(nextStep(knee, { insured: yes })?.linkId).toBe('name');
    expect(nextStep(knee, { name, insured: yes })?.linkId).toBe('insurer');
    expect(nextStep(knee, { name, insured: yes, insurer: skipped })).toBeUndefined();
  });

  test('the previous question is the enabled one before; of the end it is the last', () => {
    const answers = { name, insured: no };
    expect(previousStep(knee, answers, 'name')).toBeUndefined();
    expect(previousStep(knee, answers, 'insured')?.linkId).toBe('name');
    expect(previousStep(knee, answers, undefined)?.linkId).toBe('insured');
    expect(previousStep(knee, { name, insured: yes }, undefined)?.linkId).toBe('insurer');
  });

  test('answers of questions that are not asked are dropped, and of questions that the form does not know', () =>
    expect(prune(knee, { name, insured: no, insurer: name, shoe: name })).toEqual({ name, insured: no }));
});

/** `a`, and `b` that is asked under one condition on `a`. */
function conditional(operator: EnableOperator, answer: Record<string, unknown>, type = 'string'): Form {
  return compiled(
    {
      resourceType: 'Questionnaire',
      url: 'https://example.org/q',
      item: [
        {
          linkId: 'a',
          type,
          text: 'A?',
          ...(type === 'choice' && { answerOption: [{ valueCoding: { code: 'x', system: 'urn:s' } }] }),
        },
        { linkId: 'b', type: 'string', text: 'B?', enableWhen: [{ question: 'a', operator, ...answer }] },
      ],
    },
    ['en'],
  );
}

describe('every operator', () => {
  const five: AnswerValue = { kind: 'integer', value: 5 };
  const may: AnswerValue = { kind: 'date', date: '1984-05-03' };
  const x: AnswerValue = { kind: 'coding', code: 'x', system: 'urn:s' };
  const text: AnswerValue = { kind: 'text', text: 'five' };
  const cases: readonly (readonly [
    string,
    EnableOperator,
    Record<string, unknown>,
    AnswerValue | undefined,
    boolean,
  ])[] = [
    ['string', 'exists', { answerBoolean: true }, text, true],
    ['string', 'exists', { answerBoolean: true }, undefined, false],
    ['string', 'exists', { answerBoolean: true }, skipped, false],
    ['string', 'exists', { answerBoolean: false }, undefined, true],
    ['string', 'exists', { answerBoolean: false }, text, false],
    ['integer', '=', { answerInteger: 5 }, five, true],
    ['integer', '=', { answerInteger: 6 }, five, false],
    ['integer', '=', { answerInteger: 5 }, undefined, false],
    ['integer', '!=', { answerInteger: 6 }, five, true],
    ['integer', '!=', { answerInteger: 5 }, five, false],
    ['integer', '!=', { answerInteger: 5 }, undefined, true],
    ['integer', '>', { answerInteger: 4 }, five, true],
    ['integer', '>', { answerDecimal: 5 }, five, false],
    ['integer', '>=', { answerInteger: 5 }, five, true],
    ['integer', '<', { answerInteger: 6 }, five, true],
    ['integer', '<', { answerInteger: 5 }, five, false],
    ['integer', '<=', { answerInteger: 5 }, five, true],
    ['integer', '<=', { answerInteger: 4 }, five, false],
    ['integer', '<', { answerInteger: 6 }, undefined, false],
    ['date', '>', { answerDate: '1984-05-02' }, may, true],
    ['date', '<', { answerDate: '1984-05-03' }, may, false],
    ['date', '=', { answerDate: '1984-05-03' }, may, true],
    ['string', '=', { answerString: 'five' }, text, true],
    ['string', '=', { answerInteger: 5 }, text, false],
    ['string', '>', { answerInteger: 4 }, text, false],
    ['choice', '=', { answerCoding: { code: 'x' } }, x, true],
    ['choice', '=', { answerCoding: { code: 'x', system: 'urn:s' } }, x, true],
    ['choice', '=', { answerCoding: { code: 'x', system: 'urn:t' } }, x, false],
    ['choice', '!=', { answerCoding: { code: 'y' } }, x, true],
    ['choice', '>', { answerCoding: { code: 'a' } }, x, false],
    ['boolean', '=', { answerBoolean: true }, yes, true],
    ['boolean', '=', { answerBoolean: false }, yes, false],
    ['boolean', '!=', { answerBoolean: true }, no, true],
  ];

  test.each(cases)('%s %s %j of %j: %s', (type, operator, expected, answer, asked) => {
    const form = conditional(operator, expected, type);
    const answers: Answers = answer ? { a: answer } : {};
    expect(ids(enabledSteps(form, answers)).includes('b')).toBe(asked);
  });

  test('is among the cases', () =>
    expect(new Set(cases.map(([, operator]) => operator))).toEqual(new Set(enableOperators)));
});

describe('several conditions', () => {
  function both(behavior: 'all' | 'any'): Form {
    const when = (question: string): Record<string, unknown> => ({
      question,
      operator: '=',
      answerBoolean: true,
    });
    return compiled(
      {
        resourceType: 'Questionnaire',
        url: 'https://example.org/q',
        item: [
          { linkId: 'a', type: 'boolean', text: 'A?' },
          { linkId: 'b', type: 'boolean', text: 'B?' },
          {
            linkId: 'c',
            type: 'boolean',
            text: 'C?',
            enableWhen: [when('a'), when('b')],
            enableBehavior: behavior,
          },
          {
            linkId: 'group',
            type: 'group',
            enableWhen: [when('c')],
            item: [
              {
                linkId: 'd',
                type: 'string',
                text: 'D?',
                item: [{ linkId: 'e', type: 'string', text: 'E?' }],
              },
            ],
          },
        ],
      },
      ['en'],
    );
  }

  test('must all hold, or any', () => {
    expect(ids(enabledSteps(both('all'), { a: yes, b: no }))).toEqual(['a', 'b']);
    expect(ids(enabledSteps(both('any'), { a: yes, b: no }))).toEqual(['a', 'b', 'c']);
    expect(ids(enabledSteps(both('all'), { a: yes, b: yes }))).toEqual(['a', 'b', 'c']);
  });

  test('a group’s condition is that of its questions, and a nested question waits for the one around it', () => {
    const answers = { a: yes, b: yes, c: yes };
    expect(ids(enabledSteps(both('all'), answers))).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(enabledSteps(both('all'), { ...answers, d: name }))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('what falls away takes along what depended on it', () =>
    expect(prune(both('all'), { a: no, b: yes, c: yes, d: name, e: name })).toEqual({ a: no, b: yes }));

  test('dropping what is not asked twice is the same as once, and never drops what is asked', () => {
    const answer = fc.constantFrom(yes, no, skipped, undefined);
    const given = fc.record({ a: answer, b: answer, c: answer, d: answer, e: answer });
    fc.assert(
      fc.property(given, fc.constantFrom('all', 'any'), (values, behavior) => {
        const form = both(behavior);
        const answers = Object.fromEntries(
          Object.entries(values).flatMap(([id, value]) => (value ? [[id, value]] : [])),
        );
        const kept = prune(form, answers);
        expect(prune(form, kept)).toEqual(kept);
        const enabled = ids(enabledSteps(form, kept));
        expect(Object.keys(kept).every((id) => enabled.includes(id))).toBe(true);
      }),
    );
  });
});

test('a note is said before its question: always, or while its condition holds', () => {
  const form = compiled(
    {
      resourceType: 'Questionnaire',
      url: 'https://example.org/q',
      item: [
        { linkId: 'insured', type: 'boolean', text: 'Insured?' },
        { linkId: 'n1', type: 'display', text: 'Almost done.' },
        {
          linkId: 'n2',
          type: 'display',
          text: 'Have your card at hand.',
          enableWhen: [{ question: 'insured', operator: '=', answerBoolean: true }],
        },
        { linkId: 'number', type: 'string', text: 'Number?' },
      ],
    },
    ['en'],
  );
  const step = form.steps[1];
  if (!step) throw new Error('the form has two questions');
  expect(step.text.en).toBe('Almost done.\nNumber?');
  expect(questionText(form, step, { insured: no }, 'en')).toBe('Almost done.\nNumber?');
  expect(questionText(form, step, { insured: yes }, 'en')).toBe(
    'Have your card at hand.\nAlmost done.\nNumber?',
  );
});

describe('a question with other wordings', () => {
  const textWhen = (question: string, answer: string, content: string) => ({
    url: 'https://vestibule.dev/fhir/StructureDefinition/text-when',
    extension: [
      { url: 'question', valueString: question },
      { url: 'answer', valueCode: answer },
      {
        url: 'content',
        extension: [
          { url: 'lang', valueCode: 'en' },
          { url: 'content', valueString: content },
        ],
      },
    ],
  });
  const answerOption = ['self', 'child', 'other'].map((code) => ({ valueCoding: { system: 'urn:s', code } }));
  const form = compiled(
    {
      resourceType: 'Questionnaire',
      url: 'https://example.org/q',
      item: [
        { linkId: 'visit', type: 'boolean', text: 'A visit?' },
        {
          linkId: 'whom',
          type: 'choice',
          text: 'For whom?',
          answerOption,
          enableWhen: [{ question: 'visit', operator: '=', answerBoolean: true }],
        },
        { linkId: 'n1', type: 'display', text: 'Almost done.' },
        {
          linkId: 'n2',
          type: 'display',
          text: 'Take your time.',
          enableWhen: [{ question: 'visit', operator: '=', answerBoolean: true }],
        },
        {
          linkId: 'name',
          type: 'string',
          text: 'The patient’s name?',
          extension: [
            textWhen('whom', 'self', 'Your name?'),
            textWhen('whom', 'child', 'Your child’s name?'),
            textWhen('visit', 'true', 'The visitor’s name?'),
          ],
        },
      ],
    },
    ['en'],
  );
  const step = form.steps[2];
  if (!step) throw new Error('the form has three questions');
  const self: AnswerValue = { kind: 'coding', code: 'self', system: 'urn:s' };

  test.each<readonly [string, Answers, string]>([
    ['its own text while nothing is answered', {}, 'Almost done.\nThe patient’s name?'],
    ['the first that holds', { visit: yes, whom: self }, 'Take your time.\nAlmost done.\nYour name?'],
    [
      'the second where the first does not',
      { visit: yes, whom: { kind: 'coding', code: 'child' } },
      'Take your time.\nAlmost done.\nYour child’s name?',
    ],
    [
      'one that looks at another question',
      { visit: yes, whom: { kind: 'coding', code: 'other' } },
      'Take your time.\nAlmost done.\nThe visitor’s name?',
    ],
    [
      'none for an answer that is no longer asked for',
      { visit: no, whom: self },
      'Almost done.\nThe patient’s name?',
    ],
    ['none for a skipped answer', { visit: skipped, whom: skipped }, 'Almost done.\nThe patient’s name?'],
  ])('is said in %s', (_, answers, expected) =>
    expect(questionText(form, step, answers, 'en')).toBe(expected),
  );
});
