import { describe, expect, test } from 'vitest';
import { fold, isRefusal } from '#kernel/decider.ts';
import { given } from '../../test/given.ts';
import type { HandoffContext } from './context.ts';
import type { HandoffEvent } from './events.ts';
import { handoff } from './handoff.ts';
import { contextOf, minute } from './testdata/context.ts';

const openedFact = (changes: Partial<HandoffContext> = {}, at = minute(0)): HandoffEvent => {
  const context = contextOf(changes);
  const { handoffId, reason, priority, language } = context;
  return {
    type: 'HandoffOpened',
    data: { handoffId, reason, priority, language, at },
    phi: { context },
  };
};

const opened = openedFact();
const taken = (staffId: string, token: number, from = 1): HandoffEvent => ({
  type: 'HandoffTaken',
  data: { staffId, token, until: minute(from + 15), how: 'waiting', at: minute(from) },
});
const ana = { staffId: 'ana', token: 1 };
const resolved: HandoffEvent = {
  type: 'HandoffResolved',
  data: { ...ana, code: 'answered', resume: false, at: minute(9) },
};

describe('opening', () => {
  const open = (changes: Partial<HandoffContext> = {}, at = minute(5)) => ({
    type: 'OpenHandoff' as const,
    context: contextOf(changes),
    at,
  });

  test('a conversation that needs a person waits for one', () => {
    given(handoff)
      .when(open({}, minute(0)))
      .then(opened);
  });

  test('a second reason, no more urgent, changes nothing', () => {
    given(handoff, opened)
      .when(open({ handoffId: 'h2', reason: 'declined' }))
      .then();
  });

  test('a more urgent reason raises the handoff that is open; its owner keeps it', () => {
    const urgent = { handoffId: 'h2', reason: 'red-flag', priority: 'top' as const };
    const raised = openedFact({ ...urgent, handoffId: 'h1' }, minute(5));
    given(handoff, opened, taken('ana', 1)).when(open(urgent)).then(raised);
    const state = fold(handoff, [opened, taken('ana', 1), raised]);
    expect(state).toMatchObject({ status: 'taken', handoffId: 'h1', priority: 'top', lease: ana });
  });

  test('after a resolution it is a new handoff, and tokens go on from the last', () => {
    const again = openedFact({ handoffId: 'h2' }, minute(20));
    given(handoff, opened, taken('ana', 1), resolved)
      .when(open({ handoffId: 'h2' }, minute(20)))
      .then(again);
    given(handoff, opened, taken('ana', 1), resolved, again)
      .when({ type: 'TakeHandoff', staffId: 'bo', over: false, until: minute(36), at: minute(21) })
      .then(taken('bo', 2, 21));
  });
});

describe('taking', () => {
  const take = (staffId: string, at: number, over = false) => ({
    type: 'TakeHandoff' as const,
    staffId,
    over,
    until: minute(at + 15),
    at: minute(at),
  });

  test('what waits, anybody takes', () => {
    given(handoff, opened).when(take('ana', 1)).then(taken('ana', 1));
  });

  test('what nobody handed over, nobody takes', () => {
    given(handoff).when(take('ana', 1)).refused('NOT_OPEN');
    given(handoff, opened, taken('ana', 1), resolved).when(take('bo', 10)).refused('NOT_OPEN');
  });

  test('a lease that stands keeps a colleague out, to its last moment', () => {
    given(handoff, opened, taken('ana', 1)).when(take('bo', 15)).refused('LEASE_HELD');
    given(handoff, opened, taken('ana', 1))
      .when(take('bo', 16))
      .then({
        type: 'HandoffTaken',
        data: { staffId: 'bo', token: 2, until: minute(31), how: 'lapsed', at: minute(16) },
      });
  });

  test('over a colleague, it is said so', () => {
    given(handoff, opened, taken('ana', 1))
      .when(take('bo', 2, true))
      .then({
        type: 'HandoffTaken',
        data: { staffId: 'bo', token: 2, until: minute(17), how: 'taken-over', at: minute(2) },
      });
  });

  test('again by its owner, it is a sign of life and the same token', () => {
    given(handoff, opened, taken('ana', 1)).when(take('ana', 1)).then();
    given(handoff, opened, taken('ana', 1))
      .when(take('ana', 30))
      .then({ type: 'LeaseRenewed', data: { ...ana, until: minute(45), at: minute(30) } });
  });
});

describe('the owner’s acts', () => {
  const owned = [opened, taken('ana', 1)] as const;
  const over = [...owned, taken('bo', 2, 3)] as const;
  const acts = {
    RenewLease: { until: minute(30) },
    ReleaseHandoff: {},
    Reply: { messageId: 'm1', template: null, until: minute(30) },
    ResolveHandoff: { code: 'answered', resume: true },
  } as const;
  const command = (type: keyof typeof acts, by: { staffId: string; token: number }, at = 4) =>
    ({ type, ...acts[type], ...by, at: minute(at) }) as Parameters<typeof handoff.decide>[0];

  test.each(Object.keys(acts) as (keyof typeof acts)[])('%s needs the present token of its owner', (type) => {
    given(handoff, ...over)
      .when(command(type, ana))
      .refused('STALE_TOKEN');
    given(handoff, ...over)
      .when(command(type, { staffId: 'ana', token: 2 }))
      .refused('STALE_TOKEN');
    given(handoff, opened)
      .when(command(type, { staffId: 'ana', token: 0 }))
      .refused('STALE_TOKEN');
    given(handoff, ...owned, resolved)
      .when(command(type, ana))
      .refused('STALE_TOKEN');
    const decision = handoff.decide(command(type, { staffId: 'bo', token: 2 }), fold(handoff, over));
    expect(isRefusal(decision)).toBe(false);
  });

  test('an answer to the patient; the first of the handoff is said to be it', () => {
    const first: HandoffEvent = {
      type: 'StaffReplied',
      data: { ...ana, messageId: 'm1', template: null, first: true, at: minute(1) },
    };
    given(handoff, ...owned)
      .when(command('Reply', ana, 1))
      .then(first);
    given(handoff, ...owned, first)
      .when({ ...acts.Reply, type: 'Reply', ...ana, messageId: 'm2', template: 'call-us', at: minute(1) })
      .then({
        type: 'StaffReplied',
        data: { ...ana, messageId: 'm2', template: 'call-us', first: false, at: minute(1) },
      });
  });

  test('the same answer twice is one, also when a colleague has taken over since', () => {
    const said: HandoffEvent = {
      type: 'StaffReplied',
      data: { ...ana, messageId: 'm1', template: null, first: true, at: minute(2) },
    };
    given(handoff, ...owned, said, taken('bo', 2, 3))
      .when(command('Reply', ana))
      .then();
  });

  test('signs of life are recorded once a minute', () => {
    const renew = (seconds: number) => ({
      type: 'RenewLease' as const,
      ...ana,
      until: minute(30),
      at: new Date(Date.parse(minute(1)) + seconds * 1000).toISOString(),
    });
    given(handoff, ...owned)
      .when(renew(59))
      .then();
    given(handoff, ...owned)
      .when(renew(60))
      .then({ type: 'LeaseRenewed', data: { ...ana, until: minute(30), at: minute(2) } });
  });

  test('given back, it waits again', () => {
    const released: HandoffEvent = { type: 'HandoffReleased', data: { ...ana, at: minute(4) } };
    given(handoff, ...owned)
      .when(command('ReleaseHandoff', ana))
      .then(released);
    expect(fold(handoff, [...owned, released])).toMatchObject({ status: 'waiting', token: 1 });
  });
});

describe('assigning', () => {
  const assign = (by: string, token: number | null, staffId: string, at = 4) => ({
    type: 'AssignHandoff' as const,
    by,
    token,
    staffId,
    until: minute(at + 15),
    at: minute(at),
  });
  const assigned = (by: string, staffId: string, token: number, at = 4): HandoffEvent => ({
    type: 'HandoffAssigned',
    data: { staffId, token, until: minute(at + 15), by, at: minute(at) },
  });

  test('the owner hands it on; the colleague has a token of their own', () => {
    given(handoff, opened, taken('ana', 1))
      .when(assign('ana', 1, 'bo'))
      .then(assigned('ana', 'bo', 2));
  });

  test('what waits, or whose lease has lapsed, needs no token', () => {
    given(handoff, opened)
      .when(assign('mia', null, 'bo'))
      .then(assigned('mia', 'bo', 1));
    given(handoff, opened, taken('ana', 1))
      .when(assign('mia', null, 'bo', 16))
      .then(assigned('mia', 'bo', 2, 16));
  });

  test('not away from a colleague, and not with an old token', () => {
    given(handoff, opened, taken('ana', 1))
      .when(assign('mia', null, 'bo'))
      .refused('LEASE_HELD');
    given(handoff, opened, taken('ana', 1), taken('bo', 2, 2))
      .when(assign('ana', 1, 'mia'))
      .refused('STALE_TOKEN');
    given(handoff)
      .when(assign('mia', null, 'bo'))
      .refused('NOT_OPEN');
  });
});

describe('notes and what was seen', () => {
  test('a note is for anybody to write, once per key', () => {
    const note: HandoffEvent = {
      type: 'NoteAdded',
      data: { staffId: 'bo', noteId: 'n1', at: minute(2) },
      phi: { text: 'Called back' },
    };
    const add = {
      type: 'AddNote' as const,
      staffId: 'bo',
      noteId: 'n1',
      text: 'Called back',
      at: minute(2),
    };
    given(handoff, opened, taken('ana', 1)).when(add).then(note);
    given(handoff, note).when(add).then();
    expect(fold(handoff, [note]).status).toBe('none');
  });

  test('who looks into a colleague’s conversation leaves its messages unread', () => {
    const see = (staffId: string, at: number) => ({
      type: 'SeeMessages' as const,
      staffId,
      at: minute(at),
    });
    given(handoff, opened, taken('ana', 1)).when(see('bo', 2)).then();
    const seen = (staffId: string, at: number): HandoffEvent => ({
      type: 'MessagesSeen',
      data: { staffId, at: minute(at) },
    });
    given(handoff, opened, taken('ana', 1)).when(see('ana', 2)).then(seen('ana', 2));
    given(handoff, opened, taken('ana', 1)).when(see('bo', 16)).then(seen('bo', 16));
    given(handoff, opened).when(see('bo', 2)).then(seen('bo', 2));
  });
});

describe('the patient', () => {
  const withdraw = { type: 'WithdrawHandoff' as const, why: 'patient' as const, at: minute(3) };
  const withdrawn: HandoffEvent = { type: 'HandoffWithdrawn', data: { why: 'patient', at: minute(3) } };

  test('ends it by going on with the assistant, whoever has it', () => {
    given(handoff, opened).when(withdraw).then(withdrawn);
    given(handoff, opened, taken('ana', 1)).when(withdraw).then(withdrawn);
    given(handoff, opened, taken('ana', 1), withdrawn)
      .when({ type: 'Reply', ...ana, messageId: 'm1', template: null, until: minute(20), at: minute(4) })
      .refused('STALE_TOKEN');
  });

  test('ends nothing that is not open', () => {
    given(handoff).when(withdraw).then();
    given(handoff, opened, taken('ana', 1), resolved).when(withdraw).then();
  });
});

describe('in the practice system', () => {
  const filed: HandoffEvent = {
    type: 'HandoffFiled',
    data: { handoffId: 'h1', resources: ['Task/1'], at: minute(2) },
  };

  test('each piece of news is recorded once, also of a handoff that is over', () => {
    const file = { type: 'RecordFiled' as const, handoffId: 'h1', resources: ['Task/1'], at: minute(2) };
    given(handoff, opened).when(file).then(filed);
    given(handoff, opened, filed).when(file).then();
    const again = openedFact({ handoffId: 'h2' }, minute(20));
    const close = { type: 'RecordClosed' as const, handoffId: 'h1', resources: ['Task/1'], at: minute(30) };
    given(handoff, opened, taken('ana', 1), resolved, again, filed)
      .when(close)
      .then({
        type: 'HandoffClosedInPractice',
        data: { handoffId: 'h1', resources: ['Task/1'], at: minute(30) },
      });
  });

  test('a refusal stands, and what was never opened is not recorded', () => {
    const refuse = { type: 'RecordNotFiled' as const, handoffId: 'h1', code: 'HTTP_422', at: minute(2) };
    const notFiled: HandoffEvent = {
      type: 'HandoffNotFiled',
      data: { handoffId: 'h1', code: 'HTTP_422', at: minute(2) },
    };
    given(handoff, opened).when(refuse).then(notFiled);
    given(handoff, opened, notFiled).when(refuse).then();
    given(handoff, opened)
      .when({ ...refuse, handoffId: 'h9' })
      .then();
  });
});
