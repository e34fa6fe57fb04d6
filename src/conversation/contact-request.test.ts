import { describe, expect, test } from 'vitest';
import type { FormStep } from '#intake/form.ts';
import { stepByLinkId } from '#intake/form.ts';
import { auroraIntake, dialogue, shortForm } from './testdata/dialogue.ts';
import { text } from './texts.ts';

const hidden = { userId: 'BR.13491208655302741918', username: 'maria.exemplo' };

const phone: FormStep = {
  ...(stepByLinkId(auroraIntake, 'phone') as FormStep), // Aurora asks for one
  linkId: 'phone',
  required: true,
  rules: [],
};

/** A form that asks for a name and a number. */
const formWith = (required: boolean) => ({
  ...shortForm,
  steps: [...shortForm.steps.slice(0, 1), { ...phone, required }],
});

const asked = (required = true, from: object = hidden) =>
  dialogue({ form: formWith(required), from })
    .writes('hello')
    .taps('English')
    .taps('Yes')
    .writes('Ana Souza');

const card = (requested: boolean, ...phones: string[]) =>
  ({ kind: 'contacts', contacts: [{ name: 'Ana', phones, requested }] }) as const;

describe('the number of a patient who writes from behind a username', () => {
  test("is asked for by the messenger's own button, and in words where there is none", () => {
    const content = asked().asks('step', 'phone').say()?.content;
    const question = phone.text.en;
    expect(content).toEqual({
      kind: 'contact-request',
      text: `${question}\n${text('ask.share-number', 'en')}`,
      otherwise: { kind: 'text', text: question },
    });
  });

  test('is taken as it was shared', () => {
    const chat = asked().writes(card(true, '+55 11 95550-0101'));
    expect(chat.intake()).toMatchObject({ answers: { phone: { kind: 'phone', e164: '+5511955500101' } } });
    chat.asks('summary');
  });

  test('as the messenger writes it, it becomes one that can be dialled', () => {
    const chat = asked().writes(card(true, '+553186550101'));
    expect(chat.intake()).toMatchObject({ answers: { phone: { e164: '+5531986550101' } } });
  });

  test('can be typed just as well', () => {
    const chat = asked().writes('(11) 95550-0101');
    expect(chat.intake()).toMatchObject({ answers: { phone: { e164: '+5511955500101' } } });
  });

  test("of somebody else's card and the own one, the own one is taken", () => {
    const theirs = { name: 'Rui', phones: ['+5511955500102'], requested: false };
    const own = { name: 'Ana', phones: ['+5511955500101'], requested: true };
    const chat = asked().writes({ kind: 'contacts', contacts: [theirs, own] });
    expect(chat.intake()).toMatchObject({ answers: { phone: { e164: '+5511955500101' } } });
  });

  test('"this number", which we do not see, is asked for by the button again', () => {
    const chat = asked().writes('this number').hear('en', 'problem.OWN_PHONE_UNKNOWN', 'ask.share-number');
    expect(chat.say()?.content.kind).toBe('contact-request');
  });

  test('after two misunderstandings there is a way back and a person instead of the button', () => {
    const chat = asked().writes('my phone is at home').writes('the red one');
    expect(chat.say()?.content.kind).toBe('choices');
    expect(chat.choices().map(({ title }) => title)).toEqual(['Back', 'A person']);
  });

  test.each([
    ['English', 'Yes', 'en', 'skip'],
    ['Português', 'Sim', 'pt', 'pular'],
    ['Español', 'Sí', 'es', 'omitir'],
  ])('where it may be left out, a word does that: %s', (language, agree, tag, word) => {
    const chat = dialogue({ form: formWith(false), from: hidden })
      .writes('?')
      .taps(language)
      .taps(agree);
    chat.writes('Ana Souza').hear(tag, 'ask.share-number', 'ask.or-skip');
    expect(text('ask.or-skip', tag)).toContain(word);
    expect(chat.say()?.content).toMatchObject({
      otherwise: { kind: 'choices', choices: [{ title: expect.anything() }] },
    });
    expect(chat.writes(word).intake()).toMatchObject({ answers: { phone: { kind: 'skipped' } } });
  });
});

test('a number that is known is offered, and not asked for', () => {
  const chat = asked(true, { ...hidden, phone: '553186550101' });
  expect(chat.choices().map(({ title }) => title)).toEqual(['This number']);
  chat.taps('This number');
  expect(chat.intake()).toMatchObject({ answers: { phone: { e164: '+5531986550101' } } });
});
