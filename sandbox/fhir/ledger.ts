/** What was asked of the server: for tests and for the sandbox's own screen. No bodies, no ids, no query strings. */
import type { Fault } from './faults.ts';

export type LedgerEntry = {
  readonly at: string;
  readonly tenant: string;
  readonly method: string;
  /** `/Patient/:id`, `/Patient`, `/` for a Bundle, `/metadata`. */
  readonly template: string;
  /** As answered; 0 when no answer was given (time-out, reset). */
  readonly status: number;
  readonly fault: Fault['kind'] | undefined;
};

export type LedgerFilter = Partial<Pick<LedgerEntry, 'tenant' | 'method' | 'template' | 'status' | 'fault'>>;

export type Ledger = {
  readonly record: (entry: LedgerEntry) => void;
  /** Oldest first; at most the last {@link maxLedgerEntries}. */
  readonly entries: (filter?: LedgerFilter) => LedgerEntry[];
  readonly count: (filter?: LedgerFilter) => number;
  readonly clear: () => void;
};

export const maxLedgerEntries = 20_000;

export function makeLedger(): Ledger {
  let entries: LedgerEntry[] = [];
  const select = (filter: LedgerFilter = {}) => {
    // The keys of a LedgerFilter are keys of a LedgerEntry.
    const wanted = Object.entries(filter) as [keyof LedgerFilter, unknown][];
    return entries.filter((entry) =>
      wanted.every(([key, value]) => value === undefined || entry[key] === value),
    );
  };
  return {
    record(entry) {
      entries.push(entry);
      // In halves, so that a long benchmark does not pay for a shift at every request.
      if (entries.length >= maxLedgerEntries * 2) entries = entries.slice(-maxLedgerEntries);
    },
    entries: (filter) => select(filter).slice(-maxLedgerEntries),
    count: (filter) => select(filter).length,
    clear() {
      entries = [];
    },
  };
}
