import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefusal } from '#kernel/decider.ts';
import type { HandoffEvent } from './events.ts';
import { type HandoffCommand, handoff } from './handoff.ts';
import { type HandoffState, maySpeak } from './handoff-state.ts';
import { contextOf, opened } from './testdata/context.ts';

/**
 * One owner at any time, whatever happens in which order: several people take, answer, let their leases lapse, assign and
 * resolve, each with whatever token they last saw, which may be an old one or a guess.
 */

const staff = ['ana', 'bo', 'mia'] as const;
type Person = (typeof staff)[number];

const person = fc.constantFrom(...staff);
/** Their own last token, one off, or the newest there is. */
const tokens = fc.constantFrom('own', 'guess', 'newest');

const step = fc.record({
  who: person,
  what: fc.constantFrom(
    'take',
    'take-over',
    'reply',
    'reply',
    'assign',
    'release',
    'renew',
    'resolve',
    'open',
    'withdraw',
  ),
  to: person,
  with: tokens,
  /** Minutes since the step before: often enough for a lease to lapse. */
  after: fc.constantFrom(0, 0, 1, 5, 16),
});

const leaseMinutes = 15;
const instant = (minutes: number) => new Date(Date.parse(opened) + minutes * 60_000).toISOString();

function commandOf(
  { who, what, to }: { who: Person; what: string; to: Person },
  token: number,
  minutes: number,
  n: number,
): HandoffCommand {
  const at = instant(minutes);
  const until = instant(minutes + leaseMinutes);
  const act = { staffId: who, token, at };
  switch (what) {
    case 'take':
      return { type: 'TakeHandoff', staffId: who, over: false, until, at };
    case 'take-over':
      return { type: 'TakeHandoff', staffId: who, over: true, until, at };
    case 'reply':
      return { type: 'Reply', ...act, messageId: `m${n}`, template: null, until };
    case 'assign':
      return { type: 'AssignHandoff', by: who, token: token === 0 ? null : token, staffId: to, until, at };
    case 'release':
      return { type: 'ReleaseHandoff', ...act };
    case 'renew':
      return { type: 'RenewLease', ...act, until };
    case 'resolve':
      return { type: 'ResolveHandoff', ...act, code: 'answered', resume: false };
    case 'open':
      return { type: 'OpenHandoff', context: contextOf({ handoffId: `h${n}` }), at };
    default:
      return { type: 'WithdrawHandoff', why: 'patient', at };
  }
}

/** Everybody who could speak now, over every token that was ever given. */
function speakers(state: HandoffState): readonly string[] {
  const given = Array.from({ length: state.token + 2 }, (_, token) => token);
  return staff.flatMap((who) =>
    given.filter((token) => maySpeak(state, who, token)).map((token) => `${who}/${token}`),
  );
}

test('at most one may speak; no answer with an old token is accepted; tokens grow', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let state = handoff.initial;
      let minutes = 0;
      /** What each saw last: the token of the last lease they got. */
      const seen: Record<Person, number> = { ana: 0, bo: 0, mia: 0 };
      let newest = 0;
      let owner: string | undefined;
      for (const [n, each] of steps.entries()) {
        minutes += each.after;
        const token = each.with === 'own' ? seen[each.who] : each.with === 'newest' ? newest : newest + 1;
        const before = state;
        const decision = handoff.decide(commandOf(each, token, minutes, n), state);
        const facts: readonly HandoffEvent[] = isRefusal(decision) ? [] : decision;
        for (const fact of facts) {
          state = handoff.evolve(state, fact);
          if (fact.type === 'HandoffTaken' || fact.type === 'HandoffAssigned') {
            expect(fact.data.token).toBeGreaterThan(newest);
            newest = fact.data.token;
            owner = fact.data.staffId;
            seen[fact.data.staffId as Person] = newest;
          }
          if (fact.type === 'StaffReplied') {
            expect(fact.data).toMatchObject({ staffId: owner, token: newest });
            expect(before.status).toBe('taken');
          }
          if (/Released|Resolved|Withdrawn/.test(fact.type)) owner = undefined;
        }
        expect(speakers(state).length).toBeLessThanOrEqual(1);
        expect(speakers(state)).toEqual(owner === undefined ? [] : [`${owner}/${newest}`]);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a lease that stands is only lost over, by assignment or by its owner', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = handoff.initial;
      let minutes = 0;
      for (const [n, each] of steps.entries()) {
        minutes += each.after;
        const { lease } = state;
        const command = commandOf(each, state.token, minutes, n);
        const decision = handoff.decide(command, state);
        if (isRefusal(decision)) continue;
        state = decision.reduce(handoff.evolve, state);
        const lost = lease !== undefined && state.lease?.token !== lease.token;
        if (!lost || command.type === 'WithdrawHandoff' || lease.until <= command.at) continue;
        const isOver = command.type === 'TakeHandoff' && command.over;
        expect(isOver || each.who === lease.staffId).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
