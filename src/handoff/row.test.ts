import { expect, test } from 'vitest';
import type { StoredEvent } from '#kernel/event.ts';
import { concerns, newRow, type Row, rowAfter } from './row.ts';
import { minute } from './testdata/context.ts';

let version = 0;

const event = (stream: string, type: string, data: object, phi?: object): StoredEvent => {
  version += 1;
  return {
    practiceId: 'aurora',
    stream,
    version,
    position: BigInt(version),
    type,
    data,
    ...(phi === undefined ? {} : { phi }),
    at: minute(0),
    subject: 'p1',
    actor: 'bot',
    correlationId: 'c',
    causationId: 'c',
  };
};

const read = (at: number, ...kinds: string[]) =>
  event('conversation/c1', 'MessagesRead', { at: minute(at), kinds });
const handedOver = (at: number, priority = 'normal') =>
  event('handoff/c1', 'HandoffOpened', {
    at: minute(at),
    handoffId: 'h1',
    reason: 'asked',
    priority,
    language: 'pt',
  });
const taken = event('handoff/c1', 'HandoffTaken', {
  at: minute(3),
  staffId: 'ana',
  token: 1,
  until: minute(18),
  how: 'waiting',
});
const of = (type: string, at: number, more: object = {}) =>
  event('handoff/c1', type, { at: minute(at), staffId: 'ana', token: 1, ...more });

const after = (...events: readonly StoredEvent[]): Row => events.reduce(rowAfter, newRow('c1', minute(0)));

test('while the assistant has it nothing is unread', () => {
  expect(after(read(1, 'text'))).toMatchObject({ state: 'bot', unread: 0, lastAt: minute(1) });
});

test('it waits from the handover until a person answers, and again from the patient’s next word', () => {
  expect(after(read(1, 'text'), handedOver(1))).toMatchObject({ state: 'waiting', waitingSince: minute(1) });
  const answered = [read(1, 'text'), handedOver(1), taken, of('StaffReplied', 4)] as const;
  expect(after(...answered)).toMatchObject({ waitingSince: null, assignee: 'ana' });
  expect(after(...answered, read(6, 'text', 'image'), read(7, 'text'))).toMatchObject({
    waitingSince: minute(6),
    unread: 3,
  });
});

test('a more urgent reason keeps owner, wait and what is unread', () => {
  expect(after(handedOver(1), taken, read(4, 'text'), handedOver(5, 'top'))).toMatchObject({
    state: 'taken',
    assignee: 'ana',
    priority: 'top',
    waitingSince: minute(1),
    unread: 1,
  });
});

test('given back it waits since then, where the patient was answered already', () => {
  expect(after(handedOver(1), taken, of('StaffReplied', 4), of('HandoffReleased', 9))).toMatchObject({
    state: 'waiting',
    assignee: null,
    leaseUntil: null,
    waitingSince: minute(9),
  });
});

test.each([
  ['HandoffResolved', 'resolved'],
  ['HandoffWithdrawn', 'bot'],
])('%s ends it', (type, state) => {
  expect(after(handedOver(1), taken, read(4, 'text'), of(type, 9))).toMatchObject({
    state,
    assignee: null,
    waitingSince: null,
    unread: 0,
  });
});

test('messages that come out of order do not move it back', () => {
  const sent = (at: number) => event('message/m1', 'MessageQueued', { conversationId: 'c1', at: minute(at) });
  expect(after(sent(5), read(3, 'text'))).toMatchObject({ lastAt: minute(5) });
});

test('only an intake’s first name is the patient’s; a new intake may have another', () => {
  const opened = (id: string) => event('conversation/c1', 'IntakeOpened', { at: minute(0), intakeId: id });
  const answer = (intake: string, linkId: string, text: string) =>
    event(`intake/${intake}`, 'AnswerGiven', { linkId }, { answer: { kind: 'name', text, given: [] } });
  const first = answer('i1', 'name', 'Maria');
  const contact = answer('i1', 'contact', 'José');
  const child = answer('i2', 'child', 'Lia');
  expect(after(opened('i1'), first, contact).name).toEqual({ stream: 'intake/i1', version: first.version });
  expect(after(opened('i1'), first, opened('i2'), child).name).toEqual({
    stream: 'intake/i2',
    version: child.version,
  });
});

test('an erased patient’s answer names nobody', () => {
  expect(concerns(event('intake/i1', 'AnswerGiven', { linkId: 'name' }))).toBeUndefined();
});

test('facts that change no row concern none', () => {
  expect(concerns(event('conversation/c1', 'QuestionAsked', {}))).toBeUndefined();
  expect(concerns(event('message/m1', 'MessageClaimed', {}))).toBeUndefined();
  expect(concerns(event('appointment/a1', 'AppointmentBooked', {}))).toBeUndefined();
  expect(concerns(event('message/m1', 'MessageQueued', { conversationId: 'c9' }))).toEqual({
    conversationId: 'c9',
  });
});
