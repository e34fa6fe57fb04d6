import { describe, expect, test } from 'vitest';
import {
  admit,
  type Breaker,
  closed,
  firstOpenMs,
  learned,
  longestOpenMs,
  probeLifeMs,
  type Sign,
  troublesThatOpen,
} from './breaker.ts';

const now = Date.parse('2026-11-22T10:00:00.000Z');
const trouble: Sign = { kind: 'trouble' };
const answer: Sign = { kind: 'answer' };

const many = (signs: readonly Sign[], from: Breaker = closed, at = now) =>
  signs.reduce((breaker, sign) => learned(breaker, sign, false, at), from);

const opened = many(Array<Sign>(troublesThatOpen).fill(trouble));

/** The one call that passes once the time is over, and the breaker that knows of it. */
function probe(breaker: Breaker, at: number): Breaker {
  const admission = admit(breaker, at);
  if (!admission.admitted || !admission.isProbe) throw new Error('no probe was admitted');
  return admission.breaker;
}

describe('closed', () => {
  test('calls pass', () => {
    expect(admit(closed, now)).toEqual({ admitted: true, isProbe: false, breaker: closed });
  });

  test('troubles in a row open it, and one less does not', () => {
    expect(many(Array<Sign>(troublesThatOpen - 1).fill(trouble)).openUntil).toBeUndefined();
    expect(opened.openUntil).toBe(now + firstOpenMs);
  });

  test('an answer in between ends the count; what never left does not', () => {
    const four = Array<Sign>(troublesThatOpen - 1).fill(trouble);
    expect(many([...four, answer, ...four]).openUntil).toBeUndefined();
    expect(many([...four, { kind: 'nothing' }, trouble]).openUntil).toBe(now + firstOpenMs);
  });

  test('a system that names a time is left in peace for that time, at once', () => {
    expect(many([{ kind: 'trouble', waitMs: 120_000 }]).openUntil).toBe(now + 120_000);
    expect(many([{ kind: 'trouble', waitMs: 1_000 }]).openUntil).toBe(now + 1_000);
    expect(many([{ kind: 'trouble', waitMs: 0 }]).openUntil).toBeUndefined();
  });
});

describe('open', () => {
  test('no call passes, and each is told when it may', () => {
    expect(admit(opened, now + 2_000)).toEqual({ admitted: false, waitMs: firstOpenMs - 2_000 });
  });

  test('then one call passes, and no second one beside it', () => {
    const probing = probe(opened, now + firstOpenMs);
    expect(admit(probing, now + firstOpenMs + 1)).toMatchObject({ admitted: false });
  });

  test('trouble opens it again for longer, up to the longest', () => {
    let breaker = opened;
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const at = breaker.openUntil ?? 0;
      breaker = learned(probe(breaker, at), trouble, true, at);
      waits.push((breaker.openUntil ?? 0) - at);
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, longestOpenMs, longestOpenMs, longestOpenMs]);
  });

  test('an answer closes it, to whomever it came', () => {
    expect(learned(probe(opened, now + firstOpenMs), answer, true, now + firstOpenMs)).toEqual(closed);
    expect(learned(opened, answer, false, now + 1)).toEqual(closed);
  });

  test('the troubles of calls that were under way say nothing new', () => {
    expect(learned(opened, trouble, false, now + 4_000)).toEqual(opened);
  });

  test('a probe that never left, or is never heard of again, makes room for the next', () => {
    const at = now + firstOpenMs;
    const probing = probe(opened, at);
    expect(admit(learned(probing, { kind: 'nothing' }, true, at), at)).toMatchObject({ isProbe: true });
    expect(admit(probing, at + probeLifeMs)).toMatchObject({ isProbe: true });
  });

  test('a clock that was set back does not keep it open', () => {
    expect(admit(opened, now - 7_200_000)).toMatchObject({ admitted: true, isProbe: true });
  });
});
