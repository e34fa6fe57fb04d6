/** A provider that counts as WhatsApp says it does, in virtual time, and throttles what is over. */
export type LimitedProvider = {
  /** What it answers a message to a person; `first`: a template outside of the service window. */
  readonly send: (to: string, first: boolean, at: number) => Answer;
};

export type Answer = 'accepted' | 'THROUGHPUT_REACHED' | 'PAIR_RATE_LIMIT' | 'TIER_EXCEEDED';

const dayMs = 24 * 3_600_000;

/** @param limits messages in any second, people written to first in any 24 hours */
export function limitedProvider(limits: {
  readonly perSecond: number;
  readonly tier: number;
}): LimitedProvider {
  let second: number[] = [];
  const firsts: { to: string; at: number }[] = [];
  let oldest = 0;
  const within = new Map<string, number>();
  const pairs = new Map<string, { tokens: number; at: number }>();

  function mayFirst(to: string, at: number): boolean {
    for (let each = firsts[oldest]; each !== undefined && each.at <= at - dayMs; each = firsts[oldest]) {
      oldest += 1;
      if (within.get(each.to) === each.at) within.delete(each.to);
    }
    if (within.has(to)) return true;
    if (within.size >= limits.tier) return false;
    within.set(to, at);
    firsts.push({ to, at });
    return true;
  }

  /** A burst of 45, and one more every six seconds. */
  function mayPair(to: string, at: number): boolean {
    const { tokens, at: before } = pairs.get(to) ?? { tokens: 45, at };
    const now = Math.min(45, tokens + (at - before) / 6_000);
    if (now < 1) return false;
    pairs.set(to, { tokens: now - 1, at });
    return true;
  }

  return {
    send(to, first, at) {
      second = second.filter((each) => each > at - 1_000);
      if (second.length >= limits.perSecond) return 'THROUGHPUT_REACHED';
      second.push(at);
      if (!mayPair(to, at)) return 'PAIR_RATE_LIMIT';
      return first && !mayFirst(to, at) ? 'TIER_EXCEEDED' : 'accepted';
    },
  };
}
