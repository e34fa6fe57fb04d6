import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkPractice } from '#practice/check.ts';
import { compileForm } from './compile-form.ts';
import { questionText, stepByLinkId } from './form.ts';
import { readAnswer } from './read-answer.ts';
import { tapId } from './read-choice.ts';

const root = fileURLToPath(new URL('../../practices', import.meta.url));
const shipped = readdirSync(root);

function filesOf(name: string): Record<string, string> {
  const names = readdirSync(`${root}/${name}`, { recursive: true, encoding: 'utf8' });
  const files = names.filter((file) => /\.(yaml|json|md)$/.test(file));
  return Object.fromEntries(files.map((file) => [file, readFileSync(`${root}/${name}/${file}`, 'utf8')]));
}

test('two practices are shipped', () => expect(shipped.sort()).toEqual(['aurora', 'riverside']));

describe.each(shipped)('practice %s', (name) => {
  const result = checkPractice(filesOf(name), compileForm);
  if ('findings' in result) throw new Error(JSON.stringify(result.findings, null, 2));
  const { practice, accounts, forms } = result.configuration;
  const form = forms.intake?.form;

  test('passes its own check', () => {
    expect(practice.id).toBe(name);
    expect(accounts.map(({ id }) => id)).toEqual([`${name}-wa`]);
    expect(form?.steps.length).toBeGreaterThan(8);
  });

  test('every question is short, and has a label and an example in every language', () => {
    for (const step of form?.steps ?? []) {
      for (const language of practice.languages) {
        expect(step.text[language]?.length).toBeLessThanOrEqual(140);
        expect(step.label[language]?.length).toBeLessThanOrEqual(24);
        expect(step.example[language]).not.toBe('');
        expect(step.labelSynonyms[language]).not.toEqual([]);
      }
    }
  });

  test('every other wording is short and in each language, none the same as the question’s own', () => {
    const written = (form?.steps ?? []).filter(({ variants = [] }) => variants.length > 0);
    expect(written.map(({ linkId }) => linkId)).toEqual([
      'name',
      'birth-date',
      'sex',
      'address',
      'payer',
      'member-number',
    ]);
    for (const { text, variants = [] } of written) {
      expect(variants).toHaveLength(2);
      for (const language of practice.languages) {
        const wordings = [text, ...variants.map((variant) => variant.text)].map(
          (each) => each[language] ?? '',
        );
        expect(new Set(wordings).size, wordings[0]).toBe(3);
        for (const wording of wordings) {
          expect(wording).not.toBe('');
          expect(wording.length, wording).toBeLessThanOrEqual(140);
        }
        // An example that stands in one wording stands in all.
        const example = /\d.*/.exec(wordings[0] ?? '')?.[0] ?? '';
        for (const wording of wordings) expect(wording).toContain(example);
      }
    }
  });

  test.each([
    ['self', 'What is your full name, as on your ID card?'],
    ['child', 'What is your child’s full name, as on their ID card?'],
    ['other', 'What is the patient’s full name, as on their ID card?'],
  ])('the name is asked for according to whom the visit is for: %s', (code, expected) => {
    const step = form && stepByLinkId(form, 'name');
    if (!form || !step) throw new Error('the form asks for the name');
    expect(questionText(form, step, { 'for-whom': { kind: 'coding', code } }, 'en')).toBe(expected);
  });

  test('every example is an answer that would do, and so is each option, tapped or typed', () => {
    const context = { today: '2026-11-22', jurisdiction: practice.jurisdiction };
    for (const step of form?.steps ?? []) {
      for (const language of practice.languages) {
        const example = { kind: 'text', text: step.example[language] ?? '' } as const;
        expect(readAnswer(step, example, { ...context, language })).toHaveProperty('answer');
        for (const { code, display, synonyms } of step.options) {
          const id = tapId(step.linkId, code);
          const tap = { kind: 'choice', via: 'button', id, title: '' } as const;
          expect(readAnswer(step, tap, { ...context, language })).toMatchObject({ answer: { code } });
          for (const text of [display[language] ?? '', ...(synonyms[language] ?? [])]) {
            expect(readAnswer(step, { kind: 'text', text }, { ...context, language }), text).toMatchObject({
              answer: { code },
            });
          }
        }
      }
    }
  });
});
