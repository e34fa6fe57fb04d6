import type { ChatFilter, ChatMessage, Chats } from './chats.ts';
import type { Store } from './store.ts';

/** One call that the product made. `code` is Meta's error code when it was refused. */
export type RequestEntry = {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Undefined when the request was left without an answer. */
  readonly status: number | undefined;
  readonly code?: number;
  readonly body?: unknown;
};

/** One attempt to deliver a webhook. */
export type DeliveryEntry = {
  readonly at: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly updates: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly body: string;
};

export type VerificationEntry = {
  readonly at: number;
  readonly phoneNumberId: string;
  /** Undefined when the challenge was echoed. */
  readonly problem: string | undefined;
};

export const counterNames = [
  'sendsAccepted',
  'sendsRefused',
  'readReceipts',
  'inbound',
  'webhooksDelivered',
  'webhooksFailed',
  'webhooksDropped',
] as const;

export type CounterName = (typeof counterNames)[number];

/** Entries kept in memory of each kind; the counters and the messages are kept for good. */
const kept = 2_000;

/** What went over the wire, for tests and for the curious. */
export type Ledger = {
  /** Survives a restart. */
  readonly counts: () => Readonly<Record<CounterName, number>>;
  /** Every message of both sides, in order. Survives a restart. */
  readonly messages: (filter?: ChatFilter) => readonly ChatMessage[];
  readonly requests: readonly RequestEntry[];
  readonly deliveries: readonly DeliveryEntry[];
  readonly verifications: readonly VerificationEntry[];
  readonly count: (name: CounterName) => void;
  readonly requested: (entry: RequestEntry) => void;
  readonly delivered: (entry: DeliveryEntry) => void;
  readonly verified: (entry: VerificationEntry) => void;
};

/** @param onDelivered hears of every attempt, for whoever keeps books of their own */
export function createLedger(
  { db }: Store,
  chats: Chats,
  onDelivered: (entry: DeliveryEntry) => void = () => {},
): Ledger {
  const bump = db.prepare(
    'insert into counters (name, n) values (?, 1) on conflict (name) do update set n = n + 1',
  );
  const read = db.prepare('select n from counters where name = ?');
  const requests: RequestEntry[] = [];
  const deliveries: DeliveryEntry[] = [];
  const verifications: VerificationEntry[] = [];
  const count = (name: CounterName) => {
    bump.run(name);
  };
  return {
    counts: () => {
      const of = (name: CounterName) => Number(read.get(name)?.n ?? 0);
      return {
        sendsAccepted: of('sendsAccepted'),
        sendsRefused: of('sendsRefused'),
        readReceipts: of('readReceipts'),
        inbound: of('inbound'),
        webhooksDelivered: of('webhooksDelivered'),
        webhooksFailed: of('webhooksFailed'),
        webhooksDropped: of('webhooksDropped'),
      };
    },
    messages: (filter = {}) => chats.messages(filter),
    requests,
    deliveries,
    verifications,
    count,
    requested: (entry) => keep(requests, entry),
    delivered: (entry) => {
      keep(deliveries, entry);
      count(entry.status === 200 ? 'webhooksDelivered' : 'webhooksFailed');
      onDelivered(entry);
    },
    verified: (entry) => keep(verifications, entry),
  };
}

function keep<T>(entries: T[], entry: T): void {
  entries.push(entry);
  if (entries.length > 2 * kept) entries.splice(0, kept);
}
