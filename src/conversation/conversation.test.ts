import { describe, expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { type ConversationEvent, type ConversationState, conversation } from './conversation.ts';
import frozen from './testdata/events.json' with { type: 'json' };

// The file holds one of each event as it was first written; its shape is the history's.
const events = frozen as readonly ConversationEvent[];

const at = '2026-11-23T12:00:00Z';
const birth = { what: 'step', linkId: 'birth-date' } as const;
const name = { what: 'step', linkId: 'name' } as const;

test('every event still folds as when it was frozen', () => {
  expect(fold(conversation, events)).toEqual({
    greeted: true,
    language: 'pt',
    owner: 'bot',
    asked: { what: 'none' },
    misunderstood: 0,
    notRead: 0,
    intakeId: 't1-intake',
    told: { intakeId: 't1-intake', outcome: 'filed' },
    lastAt: at,
    stopRemindedAt: at,
    stopAsked: true,
    appointmentId: 't1-visit',
    newsTold: { 't1-visit': 6 },
    reminded: 't1-visit',
  });
});

test('an event of a newer release is let pass', () => {
  // A type that this release does not know.
  const newer = { type: 'SomethingNew', data: {} } as unknown as ConversationEvent;
  expect(conversation.evolve(conversation.initial, newer)).toEqual(conversation.initial);
});

describe('the count of misunderstandings', () => {
  const unread = (times: number): ConversationEvent => ({
    type: 'AnswerNotUnderstood',
    data: { asked: birth, problem: 'NOT_A_DATE', times, at },
  });
  const put = (asked: ConversationState['asked']): ConversationEvent => ({
    type: 'QuestionAsked',
    data: { asked, why: 'next', at },
  });

  test('stays while the same question is put again', () => {
    expect(fold(conversation, [put(birth), unread(1), put(birth)]).misunderstood).toBe(1);
  });

  test('starts anew with another question', () => {
    expect(fold(conversation, [put(birth), unread(2), put(name)]).misunderstood).toBe(0);
  });

  test('starts anew when the conversation is handed back', () => {
    const back: ConversationEvent = { type: 'HandedBack', data: { by: 'staff', at } };
    expect(fold(conversation, [put(birth), unread(2), back])).toMatchObject({
      misunderstood: 0,
      asked: { what: 'none' },
    });
  });
});
