import { expect, test } from 'vitest';
import { type BookEvent, type Books, verdictOn } from './verdict/index.ts';

/** The verdict must not be blind: of books that agree it finds nothing, and of each way to doctor them what was done. */

const start = '2026-12-01T12:00:00Z';
const later = '2026-12-02T12:00:00Z';

const offer = (at: string, slotId: string) => ({ slotId, scheduleId: 's1', start: at, end: at });

const facts: readonly (readonly [
  stream: string,
  type: string,
  turn: string,
  data: Record<string, unknown>,
])[] = [
  ['conversation/c1', 'MessagesRead', 't1', { kinds: ['text'] }],
  ['message/t1.1', 'MessageQueued', 't1', { conversationId: 'c1', purpose: 'reply' }],
  ['conversation/c1', 'MessagesRead', 't2', { kinds: ['text'] }],
  ['message/t2.1', 'MessageQueued', 't2', { conversationId: 'c1', purpose: 'reply' }],
  ['intake/i1', 'IntakeConfirmed', 't2', {}],
  ['intake/i1', 'IntakeFiled', 'x1', { resources: ['Patient/1', 'QuestionnaireResponse/1'] }],
  ['appointment/v1', 'AppointmentBooked', 'x2', { offer: offer(start, 'a') }],
  ['appointment/v1', 'AppointmentMoved', 'x3', { offer: offer(later, 'b') }],
  [
    'reminders/v1',
    'ReminderSent',
    'x4',
    { appointmentId: 'v1', start: later, reminderId: 'r', messageId: 'rem' },
  ],
  ['message/rem', 'MessageQueued', 'x4', { conversationId: 'c1', purpose: 'reminder' }],
  ['message/rem', 'MessageClaimed', 'x4', {}],
  ['appointment/v1', 'CancellationRequested', 't3', {}],
  ['appointment/v1', 'AppointmentCancelled', 'x5', { offer: offer(later, 'b') }],
  ['handoff/c1', 'HandoffOpened', 'x6', {}],
  ['handoff/c1', 'HandoffTaken', 'x7', { staffId: 'lia', token: 1 }],
  ['handoff/c1', 'StaffReplied', 'x8', { staffId: 'lia', token: 1, messageId: 'staff-1' }],
  ['message/staff-1', 'MessageQueued', 'x8', { conversationId: 'c1', purpose: 'staff' }],
  ['handoff/c1', 'HandoffResolved', 'x9', { staffId: 'lia', token: 1 }],
];

const events: readonly BookEvent[] = facts.map(([stream, type, correlationId, data], index) => ({
  position: index + 1,
  version: facts.slice(0, index + 1).filter(([other]) => other === stream).length,
  ...{ stream, type, correlationId, data },
}));

const taken = (ourId: string, wall: number) =>
  ({ kind: 'taken', wall, wamid: `out-${ourId}`, ourId, patientId: 'p1', type: 'text' }) as const;
const message = (messageId: string, position: number, purpose = 'reply') => ({
  ...{ messageId, position, purpose, conversationId: 'c1', state: 'accepted', code: null },
});
const written = (wamid: string, wall: number) => ({ kind: 'written', wall, wamid, patientId: 'p1' }) as const;
const delivered = (wamid: string, wall: number) =>
  ({
    kind: 'delivery',
    wall,
    status: 200,
    attempt: 1,
    updates: 1,
    digest: wamid,
    messages: [wamid],
  }) as const;
const mail = (wamid: string, takenBy: string | null, seq: number) => ({
  ...{ wamid, takenBy, seq, conversationId: 'c1', sentAt: '2026-11-23T09:00:00Z' },
});

const visitIds = ['https://x/booking|h1', 'https://x/appointment|v1'];
const visit = (version: number, status: string, at: string, slot: string, wall: number) =>
  ({
    ...{ wall, type: 'Appointment', id: '9', version, status },
    kind: version === 1 ? 'create' : 'update',
    ...{
      start: at,
      identifiers: visitIds,
      slots: [`Slot/${slot}`],
      participants: ['Patient/1=needs-action'],
    },
  }) as const;
const created = (type: string, id: string, identifier: string) =>
  ({ wall: 30, kind: 'create', type, id, version: 1, identifiers: [identifier] }) as const;
const slot = (id: string, status: string) =>
  ({ wall: 90, kind: 'update', type: 'Slot', id, version: 2, status }) as const;

const good: Books = {
  provider: [
    written('m1', 1),
    delivered('m1', 2),
    taken('t1.1', 3),
    written('m2', 10),
    delivered('m2', 11),
    taken('t2.1', 12),
    taken('rem', 50),
    taken('staff-1', 80),
  ],
  practice: [
    created('Patient', '1', 'https://x|i1'),
    created('QuestionnaireResponse', '1', 'https://x|i1:questionnaire-response'),
    visit(1, 'booked', start, 'a', 40),
    visit(2, 'booked', later, 'b', 45),
    visit(3, 'cancelled', later, 'b', 60),
    slot('a', 'free'),
    slot('b', 'free'),
  ],
  staff: [
    { wall: 70, staffId: 'lia', conversationId: 'c1', act: 'take', token: 1 },
    { wall: 75, staffId: 'lia', conversationId: 'c1', act: 'reply', token: 1, messageId: 'staff-1' },
  ],
  mail: [mail('m1', 't1', 1), mail('m2', 't2', 2)],
  events,
  messages: [
    message('t1.1', 2),
    message('t2.1', 4),
    message('rem', 10, 'reminder'),
    message('staff-1', 17, 'staff'),
  ],
  patients: [{ patientId: 'p1', openWishes: [], lastSide: 'practice', lastText: '', nudges: 0 }],
  deadLetters: [],
};

const without = (type: string) => events.filter((event) => event.type !== type);
const event = (stream: string, type: string, data: Record<string, unknown>, position = 900): BookEvent => ({
  ...{ position, stream, version: 90, type, data, correlationId: 'z' },
});

test('of books that agree it finds nothing', () => {
  expect(verdictOn(good)).toEqual([]);
});

type Doctored = readonly [what: string, kind: string, says: string, change: Partial<Books>];

const doctored: readonly Doctored[] = [
  ['a delivery that is in no mailbox', 'lost', 'is in no mailbox', { mail: [mail('m1', 't1', 1)] }],
  [
    'a message that was never read',
    'lost',
    'was not read',
    { mail: [mail('m1', 't1', 1), mail('m2', null, 2)] },
  ],
  [
    'a message that was never acknowledged',
    'stuck',
    'could not deliver',
    { provider: good.provider.filter((entry) => entry.kind !== 'delivery' || entry.digest !== 'm2') },
  ],
  [
    'a message that two turns read',
    'doubled',
    'read 2 messages and took 1',
    {
      events: [...events, event('conversation/c1', 'MessagesRead', { kinds: ['text'] })].map((one) =>
        one.position === 900 ? { ...one, correlationId: 't2' } : one,
      ),
    },
  ],
  [
    'messages read in another order',
    'out-of-order',
    'read before an earlier one',
    { mail: [mail('m1', 't2', 1), mail('m2', 't1', 2)] },
  ],
  [
    'a confirmed intake that came to no end',
    'lost',
    'neither filed nor refused',
    { events: without('IntakeFiled') },
  ],
  ['a job that was given up', 'lost', 'was given up', { deadLetters: [{ queue: 'turns', id: 'j' }] }],
  [
    'a patient who got no answer',
    'stuck',
    'still wants: booked',
    {
      patients: [{ patientId: 'p1', openWishes: ['booked'], lastSide: 'patient', lastText: 'oi', nudges: 0 }],
    },
  ],
  ['a reply that left twice', 'doubled', 'left 2 times', { provider: [...good.provider, taken('t1.1', 99)] }],
  ['a reply of nobody', 'doubled', 'nobody queued', { provider: [...good.provider, taken('ghost', 99)] }],
  [
    'a reply that counts as sent and never arrived',
    'lost',
    'the provider never had it',
    { provider: good.provider.filter((entry) => entry.kind !== 'taken' || entry.ourId !== 't2.1') },
  ],
  [
    'a reply that still waits',
    'lost',
    'still unknown',
    { messages: good.messages.map((one) => (one.messageId === 't2.1' ? { ...one, state: 'unknown' } : one)) },
  ],
  [
    'replies that were swapped',
    'out-of-order',
    'another order than they were said in',
    { messages: good.messages.map((one) => (one.messageId === 't1.1' ? { ...one, position: 5 } : one)) },
  ],
  [
    'a reply of staff that vanished',
    'lost',
    'acknowledged to staff was not queued',
    {
      staff: [
        ...good.staff,
        { wall: 76, staffId: 'lia', conversationId: 'c1', act: 'reply', token: 1, messageId: 'gone' },
      ],
    },
  ],
  [
    'a chart that was made twice',
    'doubled',
    '2 resources with one identifier',
    { practice: [...good.practice, created('Patient', '2', 'https://x|i1')] },
  ],
  [
    'a chart that is not there',
    'lost',
    'a resource is not there',
    { practice: good.practice.filter(({ type }) => type !== 'QuestionnaireResponse') },
  ],
  [
    'a booking that was made twice',
    'doubled',
    'was booked 2 times',
    { practice: [...good.practice, { ...visit(1, 'booked', start, 'c', 61), id: '10' }, slot('c', 'busy')] },
  ],
  [
    'a booking that is not there',
    'lost',
    'was booked 0 times, and 1 times by our facts',
    { practice: good.practice.filter(({ type }) => type !== 'Appointment') },
  ],
  ['a move that nobody was told of', 'doubled', 'was moved 1 times', { events: without('AppointmentMoved') }],
  [
    'a cancellation that was not made',
    'lost',
    'was cancelled 0 times',
    { practice: [...good.practice.filter(({ status }) => status !== 'cancelled'), slot('b', 'busy')] },
  ],
  [
    'a slot that two visits had',
    'slot',
    'given to two visits',
    {
      practice: good.practice.flatMap((entry) =>
        entry.version === 1 && entry.type === 'Appointment'
          ? [entry, { ...entry, id: '11', identifiers: ['https://x/booking|h2', 'https://x/appointment|v2'] }]
          : [entry],
      ),
    },
  ],
  [
    'a slot that nobody has and that is not free',
    'slot',
    'busy in the end',
    { practice: [...good.practice, slot('a', 'busy')] },
  ],
  [
    'a reminder that was decided on twice',
    'doubled',
    'decided on 2 times',
    {
      events: [
        ...events,
        ...events.filter(({ type }) => type === 'ReminderSent').map((one) => ({ ...one, position: 950 })),
      ],
    },
  ],
  [
    'a reminder of a visit that was being cancelled',
    'reminder',
    'stood otherwise',
    {
      events: events
        .map((one) => (one.type === 'CancellationRequested' ? { ...one, position: 9.5 } : one))
        .toSorted((a, b) => a.position - b.position),
    },
  ],
  [
    'a reminder long after the visit was cancelled',
    'reminder',
    'long after its visit was cancelled',
    {
      provider: good.provider.map((entry) =>
        entry.kind === 'taken' && entry.ourId === 'rem' ? { ...entry, wall: 90_000 } : entry,
      ),
    },
  ],
  [
    'a token that was given out twice',
    'owner',
    'given out again',
    { events: [...events, event('handoff/c1', 'HandoffTaken', { staffId: 'nara', token: 1 })] },
  ],
  [
    'a reply of somebody who was not the owner',
    'owner',
    'not the owner',
    {
      events: events.map((one) =>
        one.type === 'StaffReplied' ? { ...one, data: { ...one.data, staffId: 'nara' } } : one,
      ),
    },
  ],
  [
    'an assistant that spoke while a person had it',
    'owner',
    'spoke while a person had it',
    {
      events: [
        ...events,
        event('message/t9.1', 'MessageQueued', { conversationId: 'c1', purpose: 'reply' }, 15.5),
      ],
      messages: [...good.messages, message('t9.1', 15.5)],
      provider: [...good.provider.slice(0, -1), taken('t9.1', 78), ...good.provider.slice(-1)],
    },
  ],
  [
    'two people who were both told that it is theirs',
    'owner',
    'two people',
    { staff: [...good.staff, { wall: 71, staffId: 'nara', conversationId: 'c1', act: 'take', token: 1 }] },
  ],
];

test.each(doctored)('finds %s', (_, kind, says, change) => {
  const found = verdictOn({ ...good, ...change });
  expect(found).toContainEqual({ kind, what: expect.stringContaining(says), ids: expect.anything() });
});

test('what the provider itself delivered late may be read late', () => {
  const provider = good.provider.map((entry) =>
    entry.kind === 'delivery' && entry.digest === 'm1' ? { ...entry, wall: 20 } : entry,
  );
  const books = { ...good, provider, mail: [mail('m1', 't2', 1), mail('m2', 't1', 2)] };
  expect(verdictOn(books)).toEqual([]);
});
