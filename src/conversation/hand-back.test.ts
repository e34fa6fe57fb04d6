import { describe, expect, test } from 'vitest';
import { handoffContext } from '#handoff/context.ts';
import { contextForStaff } from './staff-context.ts';
import {
  begun,
  booked,
  booking,
  bookingRules,
  type Dialogue,
  dialogue,
  filed,
  minimal,
  shortForm,
} from './testdata/dialogue.ts';

const ids = { handoffId: 'h1', conversationId: 'c1', phone: '+5511987654321' };
const contextOf = (chat: Dialogue) => contextForStaff(chat.input(), chat.result(), ids);

describe('staff are done, and the assistant goes on', () => {
  test('with the question of the form', () => {
    const chat = begun().taps('Me').writes('person').staffDone(true);
    chat.hear('en', ['note.handed-back', { where: 'form' }]).asks('step', 'name');
    expect(chat.facts()).toContainEqual({ type: 'HandedBack', data: { by: 'staff', at: chat.input().at } });
    chat.writes('Maria da Silva').asks('step', 'birth-date');
  });

  test('with the summary', () => {
    const chat = begun({ form: shortForm })
      .writes('Maria da Silva')
      .writes('1')
      .writes('knee')
      .writes('skip');
    chat.asks('summary').writes('person').staffDone(true);
    chat.hear('en', ['note.handed-back', { where: 'review' }]).asks('summary');
  });

  test('with free times, looked up anew', () => {
    const chat = filed().finds().writes('person').staffDone(true);
    chat.hear('en', ['note.handed-back', { where: 'visit' }], 'slots.looking');
    expect(chat.visit()).toMatchObject({ found: 'searching', round: 2 });
    chat.finds().asks('slots');
  });

  test('with the slot that is held, or what is free where the hold has ended', () => {
    const held = () => filed().finds().writes('1').holds().writes('person');
    held()
      .staffDone(true)
      .hear('en', ['note.handed-back', { where: 'visit' }])
      .asks('book?')
      .writes('yes')
      .isSilent();
    const late = held().waits(1).staffDone(true).hear('en', 'slots.lost');
    expect(late.visit()).toMatchObject({ found: 'searching', choice: undefined });
  });

  test('with what happened meanwhile, which was not told', () => {
    const chat = filed().writes('person').finds().isSilent();
    expect(chat.result().conversation).toMatchObject([
      { type: 'AppointmentNewsNotTold', data: { news: 'slots', why: 'with-staff' } },
    ]);
    chat.staffDone(true);
    const visit = booked();
    visit
      .writes('person')
      .learns({ type: 'RecordConfirmed', by: 'staff', at: visit.now() }, 'confirmed')
      .isSilent();
    visit
      .staffDone(true)
      .hear('en', ['note.handed-back', { where: 'other' }])
      .asks('offer');
    expect(visit.said()).toContain('Tue 24 Nov, 09:20');
  });

  test('with the details that arrived meanwhile', () => {
    const chat = begun({ practice: booking, scheduling: bookingRules, form: shortForm });
    chat.writes('Maria da Silva').writes('1').writes('knee').writes('skip').tapsId('q:summary:send');
    chat.writes('person').hears('intake-filed').isSilent();
    chat.staffDone(true).hear('en', ['note.handed-back', { where: 'other' }], 'filed.looking');
    expect(chat.visit()?.found).toBe('searching');
  });

  test('but not where the patient said no, stopped, or the chat takes no details', () => {
    dialogue().writes('hi').taps('English').taps('No, call me').staffDone(true).isSilent();
    begun().writes('person').writes('STOP').staffDone(true).isSilent();
    const chat = dialogue({ practice: minimal })
      .writes('hi')
      .taps('English')
      .taps('Yes')
      .staffDone(true)
      .isSilent();
    expect(chat.state().owner).toBe('bot');
  });

  test('in silence where it is not asked to, and the next message finds the right question', () => {
    const chat = begun().taps('Me').writes('person').staffDone(false).isSilent();
    expect(chat.state().owner).toBe('bot');
    chat.writes('ok?').asks('step', 'name');
  });

  test('once', () => {
    const chat = begun().taps('Me').writes('person').staffDone(true).staffDone(true).isSilent();
    expect(chat.types()).toEqual([]);
  });
});

describe('what staff are given', () => {
  test('is of the published shape, with the question, the answers and what is missing', () => {
    const chat = begun().taps('Me').writes('Maria da Silva').writes('I would like to talk to a person');
    const context = contextOf(chat);
    expect(handoffContext.parse(context)).toEqual(context);
    expect(context).toMatchObject({
      handoffId: 'h1',
      reason: 'asked',
      priority: 'normal',
      language: 'en',
      doing: { what: 'step', question: expect.stringContaining('date of birth'), misunderstood: 0 },
      patient: { name: 'Maria da Silva', phone: ids.phone },
      intake: { status: 'asking', missing: expect.arrayContaining(['date of birth']) },
      lastMessage: 'I would like to talk to a person',
    });
    expect(context?.intake?.lines).toContainEqual({ label: 'full name', value: 'Maria da Silva' });
    expect(context?.intake?.missing).not.toContain('full name');
  });

  test('says how often the question was not understood', () => {
    const chat = begun().taps('Me').writes('Maria da Silva').writes('asdf').writes('qwer').writes('zxcv');
    expect(contextOf(chat)).toMatchObject({ reason: 'three-misunderstandings', doing: { misunderstood: 3 } });
  });

  test('has the visit as it stands', () => {
    expect(contextOf(booked().writes('person'))?.visit).toEqual({
      appointmentId: expect.stringMatching(/-visit$/),
      status: 'booked',
      start: '2026-11-24T12:20:00.000Z',
      clinician: 'Dr Helena Prado',
      pmsAppointmentId: 'A1',
    });
    expect(contextOf(filed().finds().writes('1').holds().writes('person'))).toMatchObject({
      doing: { what: 'book?', question: expect.stringContaining('Book it?') },
      visit: { status: 'held' },
    });
  });

  test('has the top priority of a sign of danger', () => {
    expect(contextOf(dialogue().writes('I have chest pain'))).toMatchObject({
      reason: 'red-flag',
      priority: 'top',
      language: 'en',
    });
  });

  test('is nothing where nothing was handed over', () => {
    expect(contextOf(begun())).toBeUndefined();
  });
});
