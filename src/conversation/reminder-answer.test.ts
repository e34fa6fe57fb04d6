import { describe, expect, test } from 'vitest';
import { booked, clinicians, type Dialogue, dialogue, freeSlots } from './testdata/dialogue.ts';
import type { Mail } from './turn.ts';
import { appointmentsNamed } from './turn.ts';

const visit = { when: 'Tue 24 Nov, 09:20', clinician: `\u2068${clinicians.prado}\u2069` };
const start = '2026-11-24T12:20:00.000Z';
const events = (chat: Dialogue) => chat.result().appointment?.events ?? [];
const confirmed = (chat: Dialogue) =>
  chat.learns({ type: 'RecordConfirmed', by: 'patient', at: chat.now() }, 'confirmed');

describe('a button of a reminder', () => {
  test.each([
    ['en', visit.when],
    ['pt', 'ter 24 nov, 09:20'],
    ['es', 'mar 24 nov, 09:20'],
  ] as const)('confirms in %s, and the second tap says so and changes nothing', (language, when) => {
    const chat = booked(language).isReminded().tapsReminder('confirm').isSilent();
    expect(events(chat)).toMatchObject([{ type: 'ConfirmationRequested', data: { by: 'patient' } }]);
    chat.tapsReminder('confirm');
    expect(events(chat)).toEqual([]);
    confirmed(chat).hear(language, ['confirmed', { ...visit, when }]);
    chat.tapsReminder('confirm').hear(language, ['visit.already-confirmed', { ...visit, when }]);
    expect(events(chat)).toEqual([]);
  });

  test('tapped twice in one breath confirms once', () => {
    const chat = booked().isReminded();
    const id = `r:confirm:${chat.state().appointmentId}:${Date.parse(start) / 1000}`;
    const tap = { kind: 'choice', via: 'template', id, title: 'Confirm' } as const;
    expect(events(chat.writes(tap, tap))).toHaveLength(1);
  });

  test('moves', () => {
    expect(booked().tapsReminder('move').isSilent().visit()).toMatchObject({
      found: 'searching',
      booked: {},
    });
  });

  test('cancels, once that is certain', () => {
    const chat = booked().tapsReminder('cancel').hear('en', ['visit.cancel-ask', visit]);
    expect(events(chat)).toEqual([]);
    chat.taps('Yes, cancel');
    expect(events(chat)).toMatchObject([{ type: 'CancellationRequested' }]);
    chat.tapsReminder('cancel').hear('en', 'visit.busy');
    expect(events(chat)).toEqual([]);
  });

  describe('of a visit that has moved since', () => {
    const moved = () => booked().writes('move').finds().writes('2').holds().writes('yes').books();

    test.each(['confirm', 'move', 'cancel'] as const)('changes nothing: %s', (action) => {
      const chat = moved().tapsReminder(action, start).hear('en', 'reminder.outdated');
      expect(events(chat)).toEqual([]);
      expect(chat.asks('offer').said()).toContain('Tue 24 Nov, 14:00');
      expect(chat.result().conversation).toContainEqual(
        expect.objectContaining({
          type: 'ReminderAnswered',
          data: expect.objectContaining({ answer: 'outdated' }),
        }),
      );
    });
  });

  test.each(['confirm', 'move', 'cancel'] as const)(
    'of a visit that was cancelled changes nothing: %s',
    (action) => {
      const chat = booked();
      chat.learns({ type: 'RecordCancelled', by: 'patient', at: chat.now() }, 'cancelled');
      chat.tapsReminder(action, start).hear('en', 'reminder.no-visit').asks('offer');
      expect(events(chat)).toEqual([]);
    },
  );

  test.each(['confirm', 'move', 'cancel'] as const)(
    'of a visit that nobody knows changes nothing: %s',
    (action) => {
      const chat = booked().tapsReminder(action, start, 'another').hear('en', 'reminder.no-visit');
      expect(events(chat)).toEqual([]);
      expect(JSON.stringify(chat.result().conversation)).not.toContain('another');
    },
  );

  test('after the visit is over changes nothing', () => {
    const chat = booked().waits(48).tapsReminder('confirm', start).hear('en', 'reminder.no-visit');
    expect(events(chat)).toEqual([]);
  });

  test('in the middle of a form confirms, and the question stands', () => {
    const chat = booked().writes('new form').asks('step', 'name').tapsReminder('confirm').isSilent();
    confirmed(chat).hear('en', ['confirmed', visit]).asks('step', 'name');
    expect(chat.said()).toContain('What is the name?');
  });

  test('while a person has the conversation still confirms, and says nothing', () => {
    const chat = booked().writes('person').tapsReminder('confirm').isSilent();
    expect(events(chat)).toMatchObject([{ type: 'ConfirmationRequested' }]);
    expect(booked().writes('person').tapsReminder('cancel').isSilent().result().appointment).toBeUndefined();
  });

  test('after a stop changes nothing', () => {
    const chat = booked().writes('STOP').tapsReminder('confirm').hear('en', 'stop.reminder');
    expect(events(chat)).toEqual([]);
  });

  test('of a family’s other visit is about that one', () => {
    const chat = booked();
    const first = chat.state().appointmentId ?? '';
    chat.writes('new form').writes('Ana Souza').writes('1').writes('knee').writes('skip');
    chat.tapsId('q:summary:send').hears('intake-filed').finds(freeSlots.slice(1)).writes('1');
    chat.holds().writes('yes').books();
    const second = chat.state().appointmentId ?? '';
    expect(second).not.toBe(first);
    chat.isReminded(first).writes('yes');
    expect(chat.result().appointment).toMatchObject({
      appointmentId: first,
      events: [{ type: 'ConfirmationRequested' }],
    });
    expect(chat.state().appointmentId).toBe(first);
    chat.tapsReminder('cancel', undefined, second).asks('cancel-visit?');
    expect(chat.state().appointmentId).toBe(second);
    expect(chat.said()).toContain('Tue 24 Nov, 14:00');
  });
});

describe('words after a reminder', () => {
  test.each([
    'yes',
    'confirm',
    'I’ll be there!',
    'ok',
    '👍',
    'sim',
    'vou sim',
    'confirmo',
    'allí estaré',
    'sí',
  ])('%j confirms', (words) => {
    const chat = booked().isReminded().isSilent().writes(words).isSilent();
    expect(events(chat)).toMatchObject([{ type: 'ConfirmationRequested' }]);
  });

  test.each(['no', "I can't come", 'não posso ir', 'no puedo ir', 'I cannot make it'])(
    '%j asks what to do',
    (words) => {
      const chat = booked().isReminded().writes(words).hear('en', ['visit.which', visit]).asks('visit?');
      expect(chat.choices().map(({ title }) => title)).toEqual(['Move it', 'Cancel it', 'Keep it']);
      chat.taps('Cancel it').isSilent();
      expect(events(chat)).toMatchObject([{ type: 'CancellationRequested' }]);
    },
  );

  test.each(['yes', 'no', 'ok'])('%j without a reminder changes nothing', (words) => {
    expect(events(booked().writes(words))).toEqual([]);
  });

  test('are about it no more once something else was asked', () => {
    const chat = booked().isReminded().writes('hi').asks('offer');
    expect(chat.state().reminded).toBeUndefined();
    expect(events(chat.writes('yes'))).toEqual([]);
  });

  test('"cancel" may be the visit or all messages', () => {
    booked()
      .isReminded()
      .writes('cancel')
      .hear('en', ['stop.which-visit', { when: visit.when }]);
  });

  test('"move" moves', () => {
    expect(booked().isReminded().writes('remarcar').visit()?.found).toBe('searching');
  });
});

test('the appointments that a turn must know are named by its mail', () => {
  const tap: Mail = dialogue().letter({ kind: 'choice', via: 'template', id: 'r:move:b:1', title: 'x' });
  const news: Mail = { kind: 'appointment-news', appointmentId: 'a', news: 'booked', version: 3 };
  expect(
    appointmentsNamed({ appointmentId: 'a', reminded: 'c' }, [
      news,
      tap,
      { kind: 'reminded', appointmentId: 'd' },
    ]),
  ).toEqual(['b', 'd', 'c']);
});

test('a reminder that comes while another question stands does not take its "yes"', () => {
  const chat = booked().writes('cancel my visit').asks('cancel-visit?').isReminded().writes('yes');
  expect(events(chat)).toMatchObject([{ type: 'CancellationRequested' }]);
});
