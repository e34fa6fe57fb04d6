import { expect, test } from 'vitest';
import { rowSentence, sentence } from './sentences.ts';

test.each([
  ['AnswerGiven', { linkId: 'birth-date', way: 'typed' }, 'Answer accepted: date of birth (in words)'],
  ['QuestionAsked', { asked: { what: 'step', linkId: 'payer' }, why: 'next' }, 'Asked: insurer'],
  [
    'QuestionAsked',
    { asked: { what: 'summary' }, why: 'not-understood' },
    'Asked again with an example: do I have this right',
  ],
  ['MessagesRead', { kinds: ['text', 'text', 'image'] }, 'Read 2 × a text and a photo'],
  ['LanguageChosen', { language: 'pt', how: 'guessed' }, 'Language: Portuguese (guessed)'],
  [
    'IntakeFiled',
    { resources: ['Patient/1', 'Consent/2'] },
    'Filed in the practice system: Patient and Consent',
  ],
  [
    'HandedOver',
    { reason: 'minimal-mode' },
    'Handed over to a person: this practice keeps details off the chat',
  ],
])('%s is told in words', (type, data, text) => {
  expect(sentence(type, data).text).toBe(text);
});

test('a type that is not known is told from its name, with the reason it gives', () => {
  expect(sentence('SlotHeld', { reason: 'patient-asked' }).text).toBe('Slot held: patient asked');
  expect(sentence('BookingRefused', {})).toMatchObject({ text: 'Booking refused', tone: 'failed' });
});

test.each(['AnswerGiven', 'QuestionAsked', 'MessagesRead', 'IntakeFiled', 'LanguageChosen', 'toString', ''])(
  '%s with data of another shape still has a sentence',
  (type) => {
    for (const data of [undefined, null, 7, 'x', [], { linkId: 3, kinds: 'x', asked: [], resources: {} }]) {
      expect(typeof sentence(type, data).text).toBe('string');
    }
  },
);

test('a message says how far it got', () => {
  const queued = { type: 'MessageQueued', data: { purpose: 'consent' } };
  expect(rowSentence([queued]).text).toBe('Opening question waits to leave');
  expect(rowSentence([queued, { type: 'MessageStatusChanged', data: { status: 'delivered' } }]).text).toBe(
    'Opening question delivered',
  );
  const late = [
    { type: 'MessageStatusChanged', data: { status: 'read' } },
    { type: 'MessageClaimed', data: {} },
  ];
  expect(rowSentence([queued, ...late]).text).toBe('Opening question read by the patient');
});
