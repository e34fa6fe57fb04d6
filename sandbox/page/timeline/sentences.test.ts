import { readFileSync } from 'node:fs';
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
  ['SlotChosen', { offer: { start: '2026-11-24T12:30:00Z' } }, 'The patient chose Tue 24 Nov, 09:30'],
  [
    'SlotHeld',
    { offer: { start: '2026-11-24T12:30:00Z' }, expiresAt: '2026-11-23T13:15:00Z' },
    'Keeps Tue 24 Nov, 09:30 for the patient until 10:15',
  ],
  [
    'SlotLost',
    { offer: { start: '2026-11-24T12:30:00Z' }, why: 'taken' },
    'Tue 24 Nov, 09:30 is gone: somebody else was faster',
  ],
  [
    'AppointmentMoved',
    { from: { start: '2026-11-24T12:30:00Z' }, offer: { start: '2026-11-25T20:00:00Z' } },
    'Moved in the practice system: from Tue 24 Nov, 09:30 to Wed 25 Nov, 17:00',
  ],
  ['SlotsFound', { slots: [{}, {}, {}] }, 'The practice system has 3 free times'],
  ['SlotsFound', { slots: [] }, 'The practice system has no free time'],
  [
    'RemindersPlanned',
    { reminders: [{ due: '2026-11-22T12:30:00Z' }, { due: '2026-11-24T11:00:00Z' }] },
    'Will remind on Sun 22 Nov, 09:30 and Tue 24 Nov, 08:00',
  ],
  [
    'ReminderSkipped',
    { reminderId: 'two-days', why: 'cancelled' },
    'Does not send the reminder “two days”: the visit was cancelled',
  ],
  ['ReminderAnswered', { answer: 'move' }, 'Answered the reminder: the patient wants another time'],
  [
    'HandoffTaken',
    { how: 'waiting', until: '2026-11-23T13:15:00Z' },
    'A member of staff took the conversation (until 10:15)',
  ],
  [
    'HandoffResolved',
    { code: 'answered', resume: true },
    'Resolved by staff: answered; the assistant goes on',
  ],
  [
    'HandoffFiled',
    { resources: ['Task/1', 'Communication/2'] },
    'Told the practice system that a person is needed: Task and Communication',
  ],
])('%s is told in words', (type, data, text) => {
  expect(sentence(type, data, 'America/Sao_Paulo').text).toBe(text);
});

test('every event that the product knows has a sentence of its own', () => {
  const modules = ['consent/consent', 'conversation/conversation'].map((path) => `${path}.ts`);
  const sources = ['intake', 'messages', 'scheduling', 'reminders', 'handoff', 'files'].map(
    (name) => `${name}/events.ts`,
  );
  const types = [...modules, ...sources].flatMap((path) => {
    const source = readFileSync(new URL(`../../../src/${path}`, import.meta.url), 'utf8');
    return [...source.matchAll(/Fact<\s*'(\w+)'/g)].map(([, type = '']) => type);
  });
  expect(types.length).toBeGreaterThan(60);
  expect(types.filter((type) => sentence(type, {}).icon === 'dot')).toEqual([]);
});

test('a type that is not known is told from its name, with the reason it gives', () => {
  expect(sentence('SlotPainted', { reason: 'patient-asked' }).text).toBe('Slot painted: patient asked');
  expect(sentence('BookingRefused', {})).toMatchObject({ text: 'Booking refused', tone: 'failed' });
});

test.each([
  'AnswerGiven',
  'QuestionAsked',
  'MessagesRead',
  'IntakeFiled',
  'LanguageChosen',
  'SlotHeld',
  'SlotsFound',
  'AppointmentMoved',
  'RemindersPlanned',
  'HandoffTaken',
  'HandoffFiled',
  'toString',
  '',
])('%s with data of another shape still has a sentence', (type) => {
  for (const data of [
    undefined,
    null,
    7,
    'x',
    [],
    { linkId: 3, kinds: 'x', asked: [], resources: {}, offer: 'x', slots: 7, reminders: [null], until: 'x' },
  ]) {
    expect(typeof sentence(type, data).text).toBe('string');
  }
});

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
