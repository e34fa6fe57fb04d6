import { describe, expect, test } from 'vitest';
import { booked, booking, clinicians, type Dialogue, filed, freeSlots, slot } from './testdata/dialogue.ts';

const isolate = (name: string) => `\u2068${name}\u2069`;
const visit = { when: 'Tue 24 Nov, 09:20', clinician: isolate(clinicians.prado) };
const titles = (chat: Dialogue) => chat.choices().map(({ title }) => title);
const events = (chat: Dialogue) => chat.result().appointment?.events ?? [];

describe('moving a visit', () => {
  test.each([
    'move',
    'Reschedule please',
    'I need to change my appointment',
    'move my visit',
    'change the date',
    'remarcar',
    'quero remarcar a consulta',
    'mudar o horário',
    'trocar o dia',
    'cambiar la cita',
    'quiero cambiar mi cita',
    'reprogramar',
  ])('%j looks for other times', (words) => {
    expect(booked().writes(words).visit()).toMatchObject({
      found: 'searching',
      booked: { offer: freeSlots[0] },
    });
  });

  test('says which visit, and moves it once that is confirmed', () => {
    const chat = booked().writes('move').finds().hear('en', ['visit.stands', visit]).asks('slots');
    chat.writes('2').holds();
    expect(chat.said()).toMatch(/Tue 24 Nov, 14:00 .* Move your visit from Tue 24 Nov, 09:20 to it\?$/);
    expect(titles(chat)).toEqual(['Move it', 'Other time', 'Keep it']);
    chat.taps('Move it').isSilent();
    expect(events(chat)).toMatchObject([{ type: 'BookingRequested', data: { moves: true } }]);
    expect(chat.books().said()).toMatch(/^Moved ✓ Tue 24 Nov, 14:00/);
  });

  test('thought better of, keeps it and gives the slot back', () => {
    const chat = booked()
      .writes('move')
      .finds()
      .writes('2')
      .holds()
      .writes('keep it')
      .hear('en', ['visit.kept', visit]);
    expect(events(chat)).toMatchObject([{ type: 'HoldDropped', data: { why: 'declined' } }]);
    booked().writes('move').finds().writes('not now').hear('en', ['visit.kept', visit]);
  });

  test('that loses the new time keeps the old one', () => {
    booked().writes('move').finds().writes('2').holds().loses().hear('en', 'slots.lost-visit-stands');
  });

  test('"change" alone may be the visit', () => {
    expect(titles(booked().writes('change').asks('offer'))).toEqual([
      'Move my visit',
      'Cancel my visit',
      'New form',
      'A person',
    ]);
  });

  test('where none is booked, looks for a time', () => {
    const chat = filed().finds().writes('not now').writes('remarcar');
    expect(chat.visit()).toMatchObject({ found: 'searching', round: 2 });
  });
});

describe('cancelling a visit', () => {
  test.each([
    'cancel my appointment',
    'please cancel my visit',
    'desmarcar',
    'quero desmarcar a consulta',
    'cancelar minha consulta',
    'anular',
    'quiero cancelar la cita',
  ])('%j is asked once for certain', (words) => {
    const chat = booked().writes(words).hear('en', ['visit.cancel-ask', visit]).asks('cancel-visit?');
    expect(titles(chat)).toEqual(['Yes, cancel', 'Keep it', 'Move it']);
    expect(events(chat)).toEqual([]);
  });

  test.each(['yes', 'cancel', 'Yes, cancel', 'sim', '1', 'cancel my visit'])('and %j is certain', (words) => {
    const chat = booked().writes('cancel my visit').writes(words).isSilent();
    expect(events(chat)).toMatchObject([{ type: 'CancellationRequested', data: { by: 'patient' } }]);
    expect(chat.consent().status).toBe('given');
    const done = { type: 'RecordCancelled', by: 'patient', at: chat.now() } as const;
    chat.learns(done, 'cancelled').hear('en', ['cancelled', visit]).asks('none');
    chat.writes('book');
    // The next visit is another appointment.
    expect(chat.visit()).toMatchObject({ found: 'searching', round: 1, booked: undefined });
  });

  test.each(['keep it', 'no', 'back'])('and %j keeps it', (words) => {
    const chat = booked().writes('cancel my visit').writes(words).hear('en', ['visit.kept', visit]);
    expect(events(chat)).toEqual([]);
  });

  test('or it is rather moved', () => {
    expect(booked().writes('cancel my visit').taps('Move it').visit()?.found).toBe('searching');
  });

  test('the Yes of an earlier question does not cancel a visit that has moved', () => {
    const chat = booked().writes('cancel my visit');
    const yes = chat.choices()[0]?.id ?? '';
    chat.writes('move').finds().writes('2').holds().writes('yes').books();
    chat.tapsId(yes);
    expect(events(chat)).toEqual([]);
    expect(chat.visit()?.changing).toBeUndefined();
  });

  test('without one says so', () => {
    filed().finds().writes('not now').writes('cancel my visit').hear('en', 'visit.none');
  });

  test('that is being looked for ends the search', () => {
    filed().finds().writes('cancel my visit').hear('en', 'slots.declined');
  });

  test('by the practice is bad news with the next best thing', () => {
    const chat = booked();
    chat.learns({ type: 'RecordCancelled', by: 'practice', at: chat.now() }, 'cancelled');
    chat.hear('en', ['cancelled-by-practice', visit]).asks('offer').taps('Book a visit');
    expect(chat.visit()).toMatchObject({ found: 'searching', round: 1 });
  });

  test('found moved by the practice asks whether that suits', () => {
    const chat = booked();
    const offer = slot('2026-11-26T12:00:00Z');
    chat
      .learns({ type: 'RecordFoundMoved', offer, at: chat.now() }, 'found-moved')
      .hear('en', 'visit.found-moved');
    expect(chat.asks('visit?').said()).toContain('Thu 26 Nov, 09:00');
    chat.writes('keep').hear('en', ['visit.kept', { ...visit, when: 'Thu 26 Nov, 09:00' }]);
  });
});

describe('"cancel" that may mean several things', () => {
  const words = ['cancel', 'cancelar', 'Quiero cancelar', 'cancela'];

  test.each(words)('%j is asked: the visit or all messages', (word) => {
    const chat = booked().writes(word).asks('stop-or-form?');
    chat.hear('en', ['stop.which-visit', { when: visit.when }]);
    expect(titles(chat)).toEqual(['Only the visit', 'All messages', 'Go on']);
    expect(chat.state().stopAsked).toBe(true);
    expect(chat.types()).toContain('StopMeaningAsked');
    expect(chat.consent().status).toBe('given');
  });

  test('with a form open too, all three are asked', () => {
    const chat = booked().writes('new form').writes('cancel');
    chat.hear('en', ['stop.which-all', { when: visit.when }]);
    expect(titles(chat)).toEqual(['Only the visit', 'Only this form', 'All messages', 'Go on']);
    chat.taps('Only this form').hear('en', 'form.stopped');
    expect(chat.visit()?.booked).toBeDefined();
  });

  test('while a time is looked for, it may mean that', () => {
    const chat = filed().finds().writes('cancel').hear('en', 'stop.which-booking').taps('Only the visit');
    chat.hear('en', 'slots.declined');
    expect(chat.state().stopAsked).toBe(false);
  });

  test.each(['visit', 'only the visit', 'a consulta', '1'])('%j cancels the visit', (answer) => {
    const chat = booked().writes('cancel').writes(answer).isSilent();
    expect(events(chat)).toMatchObject([{ type: 'CancellationRequested' }]);
    expect(chat.state().stopAsked).toBe(false);
  });

  test('said again it means everything; the visit stands, a held slot is given back', () => {
    const chat = booked().writes('cancel').writes('cancel');
    expect(chat.consent().status).toBe('withdrawn');
    expect(chat.result().say).toMatchObject([{ purpose: 'stop-confirmation' }]);
    expect(chat.visit()).toMatchObject({ booked: {}, changing: undefined });
    const held = filed().finds().writes('1').holds().writes('STOP');
    expect(events(held)).toMatchObject([{ type: 'HoldDropped', data: { why: 'stopped' } }]);
  });

  test('until it is answered nothing else is said, and then what stands', () => {
    const chat = filed().finds().writes('1').holds().writes('yes').writes('cancel').asks('stop-or-form?');
    chat.books().isSilent();
    expect(chat.result().conversation).toMatchObject([{ data: { why: 'stop-asked' } }]);
    chat.isReminded().isSilent();
    chat.writes('go on').hear('en', ['visit.kept', visit]);
  });

  test('is no more when the visit was cancelled meanwhile', () => {
    const chat = booked().writes('cancel');
    chat.learns({ type: 'RecordCancelled', by: 'staff', at: chat.now() }, 'cancelled').isSilent();
    chat.tapsId(`q:stop-or-form?:visit%2F${Date.parse('2026-11-24T12:20:00Z') / 1000}`);
    expect(events(chat)).toEqual([]);
  });
});

describe('coming back', () => {
  test('to a visit that is booked, it is said with what can be done', () => {
    const chat = booked().waits(10).writes('hi').asks('offer');
    chat.hear('en', 'offer.welcome-back', ['visit.stands', visit], ['offer.ask', { status: 'none' }]);
    expect(titles(chat)).toEqual(['Move my visit', 'Cancel my visit', 'New form', 'A person']);
    chat.taps('Cancel my visit').asks('cancel-visit?');
  });

  test.each([
    ['move', 'searching'],
    ['1', 'searching'],
    ['mudar a consulta', 'searching'],
  ])('%j moves it', (words, found) => {
    expect(booked().writes('hi').writes(words).visit()?.found).toBe(found);
  });

  test('after the visit is over, another one can be booked', () => {
    const chat = booked().waits(48).writes('hi').asks('offer');
    expect(titles(chat)).toEqual(['Book a visit', 'New form', 'A person']);
    chat.taps('Book a visit');
    expect(chat.visit()).toMatchObject({ round: 1, booked: undefined });
  });

  test('a second form leads to a second visit', () => {
    const chat = booked().writes('new form').writes('Ana Souza').writes('1').writes('a check').writes('skip');
    const first = chat.state().appointmentId;
    chat.tapsId('q:summary:send').hears('intake-filed').hear('en', 'filed.looking');
    expect(chat.state().appointmentId).not.toBe(first);
    expect(chat.visit()).toMatchObject({ visitType: 'consultation', round: 1 });
  });
});

test('a visit is never spoken of with a clinician where the practice keeps that off the channel', () => {
  const chat = booked('en', { practice: { ...booking, contentMode: 'acknowledged' } });
  expect(chat.say()?.dataClass).toBe('clinical');
});
