import { expect, test } from 'vitest';
import type { TimelineEvent } from '../api.ts';
import { byTurn } from './turns.ts';
import { merged } from './use-timeline.ts';

let position = 0;
const event = (type: string, cause: string, more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  position: String(++position),
  at: '2026-11-24T12:00:00Z',
  stream: 'conversation/c1',
  type,
  data: {},
  actor: 'bot',
  correlationId: cause,
  ...more,
});

const types = (events: readonly TimelineEvent[]) =>
  byTurn(events).map(({ rows }) => rows.map((row) => row.events.map(({ type }) => type).join('+')));

test('events of one cause make one turn; another cause in between starts a new one', () => {
  expect(
    types([
      event('MessagesRead', 'a'),
      event('Greeted', 'a'),
      event('MessagesRead', 'b'),
      event('IntakeFiled', 'a'),
    ]),
  ).toEqual([['MessagesRead', 'Greeted'], ['MessagesRead'], ['IntakeFiled']]);
});

test('the uneventful way of a message is one line where it began, even when another turn came between', () => {
  const message = { stream: 'message/m1', actor: 'system' };
  expect(
    types([
      event('MessageQueued', 'a', message),
      event('MessagesRead', 'b'),
      event('MessageAccepted', 'a', message),
      event('MessageStatusChanged', 'a', { ...message, data: { status: 'read' } }),
    ]),
  ).toEqual([['MessageQueued+MessageAccepted+MessageStatusChanged'], ['MessagesRead']]);
});

test('trouble with a message has a line of its own, at its own time', () => {
  const message = { stream: 'message/m1', actor: 'system' };
  expect(
    types([
      event('MessageQueued', 'a', message),
      event('MessageDeferred', 'a', message),
      event('MessageStatusChanged', 'a', { ...message, data: { status: 'failed' } }),
    ]),
  ).toEqual([['MessageQueued', 'MessageDeferred', 'MessageStatusChanged']]);
});

test('a page that repeats events adds only the new ones', () => {
  const [one, two, three] = [event('A', 'a'), event('B', 'a'), event('C', 'a')];
  expect(merged([one, two], [two, three])).toEqual([one, two, three]);
});

test('facts of one instant are told as a person would: what came in, what it meant, what was asked, what went out', () => {
  expect(
    types([
      event('MessageQueued', 'a', { stream: 'message/m1' }),
      event('QuestionAsked', 'a'),
      event('MessagesRead', 'a'),
      event('AnswerGiven', 'a'),
      event('PatientRegistered', 'a', { at: '2026-11-24T12:00:01Z' }),
    ]),
  ).toEqual([['MessagesRead', 'AnswerGiven', 'QuestionAsked', 'MessageQueued', 'PatientRegistered']]);
});
