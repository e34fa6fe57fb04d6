import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundContent } from '#channels/channel.ts';
import aurora from '../../practices/aurora/forms/intake.json' with { type: 'json' };
import { type FormStep, stepByLinkId } from './form.ts';
import { problemCodes } from './problem.ts';
import { type ReadContext, readAnswer } from './read-answer.ts';
import { tapId } from './read-choice.ts';
import type { StepKind } from './step.ts';
import { anyText } from './testdata/any-text.ts';
import { compiled } from './testdata/knee.ts';
import table from './testdata/read-text.json' with { type: 'json' };

const form = compiled(aurora, ['pt', 'es', 'en']);
const context: ReadContext = {
  language: 'pt',
  today: '2026-11-22',
  jurisdiction: 'BR',
  ownPhone: '+5511999990000',
};

function step(linkId: string, changes: Partial<FormStep> = {}): FormStep {
  const found = stepByLinkId(form, linkId);
  if (!found) throw new Error(`the form asks ${linkId}`);
  return { ...found, ...changes };
}

function text(said: string): InboundContent {
  return { kind: 'text', text: said };
}

describe.each(Object.entries(table))('%s', (kind, rows) => {
  test.each(rows)('%s: %j is %s', (jurisdiction = '', said = '', expected = '') => {
    // The keys of the table are kinds of steps; JSON cannot say so.
    const asked = step('reason', { kind: kind as StepKind, maxLength: 70 });
    const result = readAnswer(asked, text(said), { ...context, jurisdiction });
    if ('problem' in result) return expect(result.problem).toBe(expected);
    const { answer } = result;
    if (answer.kind === 'integer') return expect(String(answer.value)).toBe(expected);
    const postalCode = answer.kind === 'address' && answer.postalCode ? ` [${answer.postalCode}]` : '';
    return expect('text' in answer ? answer.text + postalCode : answer).toBe(expected);
  });
});

describe('a tap', () => {
  const tap = (id: string): InboundContent => ({ kind: 'choice', via: 'list', id, title: 'any' });

  test('on an option answers its question', () =>
    expect(readAnswer(step('sex'), tap(tapId('sex', 'other')), context)).toEqual({
      answer: { kind: 'coding', code: 'other', system: 'http://hl7.org/fhir/administrative-gender' },
    }));

  test('on a choice of another question, or on none of ours, answers nothing', () => {
    const nothing = { problem: 'NOT_A_CHOICE', candidates: [] };
    expect(readAnswer(step('sex'), tap(tapId('payer', 'other')), context)).toEqual(nothing);
    expect(readAnswer(step('sex'), tap('other'), context)).toEqual(nothing);
    expect(readAnswer(step('reason'), tap(tapId('sex', 'other')), context)).toEqual({
      problem: 'NEEDS_TEXT',
      came: 'choice',
    });
  });

  test('on "this number" gives the sender’s own', () => {
    const answer = { kind: 'phone', e164: '+5511999990000' };
    expect(readAnswer(step('phone'), tap('own-number'), context)).toEqual({ answer });
    const { ownPhone: _, ...unknown } = context;
    expect(readAnswer(step('phone'), tap('own-number'), unknown)).toEqual({ problem: 'OWN_PHONE_UNKNOWN' });
  });
});

describe('what is no text', () => {
  const place = { kind: 'location', latitude: -23.5, longitude: -46.6 } as const;
  const media = (kind: 'image' | 'audio' | 'sticker'): InboundContent => ({
    kind: 'media',
    media: kind,
    mediaId: 'm1',
  });

  test.each(['image', 'audio', 'sticker'] as const)('%s: words are asked for', (kind) =>
    expect(readAnswer(step('name'), media(kind), context)).toEqual({ problem: 'NEEDS_TEXT', came: 'media' }),
  );

  test('a place answers the question for the address, if it has one', () => {
    const address = 'Rua das Acácias 45, São Paulo, 01310-100';
    expect(readAnswer(step('address'), { ...place, address }, context)).toEqual({
      answer: { kind: 'address', text: address, postalCode: '01310-100' },
    });
    expect(readAnswer(step('address'), place, context)).toEqual({ problem: 'NEEDS_TEXT', came: 'location' });
    expect(readAnswer(step('name'), { ...place, address }, context)).toEqual({
      problem: 'NEEDS_TEXT',
      came: 'location',
    });
  });

  test('a contact answers the question for the phone, and no other', () => {
    const contacts = [{ name: 'Ana', phones: ['+5511987654321'], requested: true }];
    expect(readAnswer(step('phone'), { kind: 'contacts', contacts }, context)).toEqual({
      answer: { kind: 'phone', e164: '+5511987654321' },
    });
    expect(readAnswer(step('name'), { kind: 'contacts', contacts }, context)).toEqual({
      problem: 'NEEDS_TEXT',
      came: 'contacts',
    });
  });
});

describe('typed', () => {
  test('a date whose day and month could be swapped says so', () => {
    expect(readAnswer(step('birth-date'), text('3/5/84'), context)).toEqual({
      answer: { kind: 'date', date: '1984-05-03' },
      ambiguous: true,
    });
    expect(readAnswer(step('birth-date'), text('13/5/84'), context)).toEqual({
      answer: { kind: 'date', date: '1984-05-13' },
    });
  });

  test('what is none of the options is told with those that it may mean', () => {
    expect(readAnswer(step('sex'), text('banana'), context)).toEqual({
      problem: 'NOT_A_CHOICE',
      candidates: [],
    });
    const both = readAnswer(step('sex'), text('feminino ou masculino'), context);
    expect(both).toMatchObject({
      problem: 'NOT_A_CHOICE',
      candidates: [{ code: 'female' }, { code: 'male' }],
    });
    expect(readAnswer(step('sex'), text(' '), context)).toEqual({ problem: 'EMPTY' });
  });

  test('an open choice takes other words as they are', () => {
    const open = step('payer', { open: true, maxLength: 10 });
    expect(readAnswer(open, text('Vida'), context)).toEqual({ answer: { kind: 'text', text: 'Vida' } });
    expect(readAnswer(open, text('1'), context)).toMatchObject({
      answer: { kind: 'coding', code: 'horizonte' },
    });
    expect(readAnswer(open, text('Vida Plena Mais'), context)).toEqual({ problem: 'TOO_LONG', limit: 10 });
  });

  test('any text at any question gives an answer of its kind or a problem of the list, never an exception', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.constantFrom(...form.steps),
        fc.constantFrom('pt', 'es', 'en'),
        (said, asked, language) => {
          const result = readAnswer(asked, text(said), { ...context, language });
          if ('problem' in result) expect(problemCodes).toHaveProperty(result.problem);
          else if ('text' in result.answer)
            expect(result.answer.text).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e]/u);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
