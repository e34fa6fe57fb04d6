import { describe, expect, test } from 'vitest';
import { counting, dayMs, freeings, slotMs, use, usedOf } from './day.ts';
import { leadMs, planDay, verdictOf } from './plan.ts';

const hourMs = 3_600_000;
const visit = (hours: number, count = 1) => ({ visitAt: hours * hourMs, count });

describe('what is used in 24 hours', () => {
  test('counts until a day after its slot has ended, and no longer', () => {
    const slots = use(use([], 3, slotMs + 1), 4, 2 * slotMs - 1);
    expect(slots).toEqual([{ at: slotMs, used: 7 }]);
    expect(usedOf(slots, 2 * slotMs + dayMs - 1)).toBe(7);
    expect(usedOf(slots, 2 * slotMs + dayMs)).toBe(0);
    expect(freeings(slots, slotMs)).toEqual([{ at: 2 * slotMs + dayMs, amount: 7 }]);
  });

  test('a clock that was set back frees everything a day later at the latest', () => {
    const slots = use([], 5, 100 * dayMs);
    expect(usedOf(slots, 0)).toBe(5);
    expect(counting(use(slots, 1, 0), 2 * dayMs)).toEqual([]);
  });
});

describe('whom to remind where not all can be', () => {
  test('the nearest visits, and nobody of the rest whose visit comes before a place does', () => {
    const bands = planDay([visit(40, 10), visit(20, 10), visit(30, 10)], 15, [], 0);
    // Those who are told today make room a day later.
    const later = { laterAt: slotMs + dayMs };
    const soon = { laterAt: 60_000 };
    expect(bands).toEqual([
      { visitAt: 20 * hourMs, verdict: 'now' },
      // Five of these ten find a place once the nearer ones have theirs.
      { visitAt: 30 * hourMs, verdict: soon },
      { visitAt: 40 * hourMs, verdict: later },
    ]);
    expect(verdictOf(bands, 30 * hourMs, true)).toEqual(soon);
    expect(verdictOf(planDay([visit(30, 10), visit(40, 10)], 5, [], 0), 30 * hourMs, true)).toBe('now');
  });

  test('places that come free go to the nearest that can still be told', () => {
    const bands = planDay([visit(2, 5), visit(9, 5), visit(12, 5)], 0, [{ at: 8 * hourMs, amount: 7 }], 0);
    const later = { laterAt: 8 * hourMs };
    expect([2, 9, 12].map((hours) => verdictOf(bands, hours * hourMs, false))).toEqual([
      'never',
      later,
      later,
    ]);
    // Two of the five at twelve find a place; the rest are told apart.
    expect(bands.at(-1)).toEqual({ visitAt: 12 * hourMs, verdict: 'never' });
  });

  test('with room for all nobody waits, without any nobody is kept waiting', () => {
    expect(planDay([visit(1, 3), visit(2, 4)], 7, [], 0)).toEqual([{ visitAt: 2 * hourMs, verdict: 'now' }]);
    expect(planDay([visit(1, 3), visit(2, 4)], 0, [], 0)).toEqual([
      { visitAt: 2 * hourMs, verdict: 'never' },
    ]);
    expect(planDay([], 10, [], 0)).toEqual([]);
  });

  test('what may leave at once may until the visit; nobody is let wait into the last half hour before it', () => {
    const soonest = { visitAt: leadMs - 1, count: 1 };
    expect(planDay([soonest], 1, [], 0)).toEqual([{ visitAt: leadMs - 1, verdict: 'now' }]);
    expect(planDay([soonest], 0, [{ at: 1, amount: 1 }], 0)).toEqual([
      { visitAt: leadMs - 1, verdict: 'never' },
    ]);
    expect(planDay([{ visitAt: 0, count: 1 }], 1, [], 0)).toEqual([{ visitAt: 0, verdict: 'never' }]);
  });

  test('one that came after the plan was made goes while there is a place; else it is planned anew', () => {
    const bands = planDay([visit(5, 2)], 1, [], 0);
    expect(verdictOf(bands, 6 * hourMs, true)).toBe('now');
    expect(verdictOf(bands, 6 * hourMs, false)).toBeUndefined();
    expect(verdictOf(bands, 4 * hourMs, false)).toBeUndefined();
  });
});
