import type { CountedFact } from '../figures.ts';

/**
 * What came and went through each channel account, folded from the facts in commit order. Batches may be cut anywhere: what one adds to
 * another is the same as both at once.
 */

/** What a fact says of traffic, and of whose: a conversation's or a message's. */
export type Passed = {
  readonly of: 'conversation' | 'message';
  readonly id: string;
  readonly at: string;
} & (
  | { readonly what: 'inbound'; readonly count: number }
  | { readonly what: 'accepted' | 'status' | 'delivered' }
);

/** Undefined for what is no traffic. */
export function passedIn({ stream, type, data, at }: CountedFact): Passed | undefined {
  const [kind, id = ''] = [stream.slice(0, stream.indexOf('/')), stream.slice(stream.indexOf('/') + 1)];
  if (kind === 'conversation' && type === 'MessagesRead') {
    const count = Array.isArray(property(data, 'kinds')) ? (property(data, 'kinds') as unknown[]).length : 0; // just checked
    return count === 0 ? undefined : { of: kind, id, at, what: 'inbound', count };
  }
  if (kind !== 'message') return undefined;
  if (type === 'MessageAccepted') return { of: kind, id, at, what: 'accepted' };
  if (type !== 'MessageStatusChanged') return undefined;
  const isThere = ['delivered', 'read', 'played'].includes(String(property(data, 'status')));
  return { of: kind, id, at, what: isThere ? 'delivered' : 'status' };
}

function property(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null
    ? Object.getOwnPropertyDescriptor(data, name)?.value
    : undefined;
}

export type Place = { readonly channel: string; readonly accountId: string };

/** What a batch adds to an account. Times are ISO 8601; undefined: not in this batch. */
export type Added = Place & {
  readonly firstInboundAt: string | undefined;
  readonly lastInboundAt: string | undefined;
  readonly lastAcceptedAt: string | undefined;
  readonly lastStatusAt: string | undefined;
  readonly lastDeliveredAt: string | undefined;
  /** Messages taken since the last status of the batch, or since its beginning where there is none. */
  readonly untold: number;
  readonly untoldSince: string | undefined;
  /** There was a status: what was untold before the batch is told. */
  readonly isTold: boolean;
  /** Messages of patients, by the beginning of the hour. */
  readonly hours: ReadonlyMap<string, number>;
};

/** `2026-11-23T09:12:33.000Z` → `2026-11-23T09:00:00.000Z` */
const hourOf = (at: string): string => `${at.slice(0, 13)}:00:00.000Z`;

const earlier = (a: string | undefined, b: string) => (a === undefined || b < a ? b : a);
const later = (a: string | undefined, b: string) => (a === undefined || b > a ? b : a);

function begin({ channel, accountId }: Place): Added {
  return {
    channel,
    accountId,
    firstInboundAt: undefined,
    lastInboundAt: undefined,
    lastAcceptedAt: undefined,
    lastStatusAt: undefined,
    lastDeliveredAt: undefined,
    untold: 0,
    untoldSince: undefined,
    isTold: false,
    hours: new Map(),
  };
}

function add(sum: Added, passed: Passed): Added {
  const { at } = passed;
  switch (passed.what) {
    case 'inbound': {
      const hour = hourOf(at);
      return {
        ...sum,
        firstInboundAt: earlier(sum.firstInboundAt, at),
        lastInboundAt: later(sum.lastInboundAt, at),
        hours: new Map(sum.hours).set(hour, (sum.hours.get(hour) ?? 0) + passed.count),
      };
    }
    case 'accepted':
      return {
        ...sum,
        lastAcceptedAt: later(sum.lastAcceptedAt, at),
        untold: sum.untold + 1,
        untoldSince: sum.untoldSince ?? at,
      };
    case 'status':
    case 'delivered':
      return {
        ...sum,
        lastStatusAt: later(sum.lastStatusAt, at),
        lastDeliveredAt: passed.what === 'delivered' ? later(sum.lastDeliveredAt, at) : sum.lastDeliveredAt,
        untold: 0,
        untoldSince: undefined,
        isTold: true,
      };
  }
}

/** What the facts add, by account. Of those whose account is not known any more, nothing is counted. */
export function addedBy(
  passed: readonly Passed[],
  accountOf: (passed: Passed) => Place | undefined,
): readonly Added[] {
  const sums = new Map<string, Added>();
  for (const each of passed) {
    const place = accountOf(each);
    if (place === undefined) continue;
    const name = `${place.channel}/${place.accountId}`;
    sums.set(name, add(sums.get(name) ?? begin(place), each));
  }
  return [...sums.values()];
}
