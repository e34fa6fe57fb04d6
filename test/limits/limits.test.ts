import { beforeAll, describe, expect, test } from 'vitest';
import { type Played, playReminders, type Reminder } from './reminders.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Half an hour before the visit they are let go at the latest, and thousands of them take minutes at the number's rate. */
const inTimeMs = 25 * minuteMs;

describe('100,000 reminders due at once under a tier of 10,000, in four processes, while patients write', () => {
  let played: Played;
  let sent: readonly (Reminder & { readonly sentAt: number })[];
  let kept: readonly (Reminder & { readonly blockedAt: number })[];

  beforeAll(() => {
    played = playReminders({
      reminders: 100_000,
      tier: 10_000,
      processes: 4,
      hours: 72,
      repliesPerSecond: 10,
      seed: 7,
    });
    sent = played.reminders.flatMap(({ sentAt, ...rest }) =>
      sentAt === undefined ? [] : [{ ...rest, sentAt }],
    );
    kept = played.reminders.flatMap(({ blockedAt, ...rest }) =>
      blockedAt === undefined ? [] : [{ ...rest, blockedAt }],
    );
  });

  test('nothing is throttled: not by the second, not by the pair, not by the day', () => {
    expect([...played.answers]).toEqual([['accepted', sent.length + played.replies]]);
  });

  test('each is sent in time for its visit, or left to a person, and none is both or neither', () => {
    expect(sent.length + kept.length).toBe(100_000);
    expect(sent.filter(({ sentAt, visitAt }) => sentAt > visitAt - inTimeMs)).toEqual([]);
    expect(
      played.reminders.filter(({ sentAt, blockedAt }) => sentAt !== undefined && blockedAt !== undefined),
    ).toEqual([]);
  });

  test('as many are sent as the tier lets be sent, but for the part that is left to what people write', () => {
    // Three days: what is left to people of each tier is 500.
    expect(sent.length).toBeGreaterThanOrEqual(3 * 9_500 - 500);
    for (const day of [0, 1, 2])
      expect(sent.filter(({ sentAt }) => Math.floor(sentAt / dayMs) === day).length).toBeLessThanOrEqual(
        9_500,
      );
  });

  test('the nearest visits first: whoever was sent a reminder on a day had an earlier visit than whoever could have been', () => {
    const first = sent.filter(({ sentAt }) => sentAt < hourMs);
    const last = Math.max(...first.map(({ visitAt }) => visitAt));
    // Of those whose visits are as near, all that could be reached in time at the number's rate were.
    const passedOver = kept.filter(({ visitAt }) => visitAt < last);
    expect(first.length).toBe(9_500);
    expect(passedOver).toEqual([]);
  });

  test('the rest is told at once, so that a person can call while there is time', () => {
    const late = kept.filter(({ blockedAt, visitAt }) => visitAt < dayMs && blockedAt > 15 * minuteMs);
    expect(late).toEqual([]);
  });

  test('no patient who writes waits behind it for an answer', () => {
    expect(played.replies).toBeGreaterThan(2_500);
    expect(played.longestReplyMs).toBeLessThanOrEqual(200);
  });
});

test.each([
  [1, 3, 2, 24, 5],
  [2, 250, 3, 30, 0],
  [3, 1_000, 1, 48, 10],
])(
  'history %i: a tier of %i, %i processes, visits within %i hours, %i replies a second',
  (seed, tier, processes, hours, repliesPerSecond) => {
    const played = playReminders({ reminders: 4 * tier, tier, processes, hours, repliesPerSecond, seed });
    expect([...played.answers.keys()]).toEqual(['accepted']);
    for (const { sentAt, blockedAt, visitAt } of played.reminders) {
      expect((sentAt === undefined) !== (blockedAt === undefined)).toBe(true);
      expect((sentAt ?? 0) <= visitAt - inTimeMs).toBe(true);
    }
  },
);
