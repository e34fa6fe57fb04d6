import type { Outcome } from '#kernel/outcome.ts';
import type { OperationOf, OperationType, PmsCapabilities, PmsResults } from './pms.ts';

/** Sends one operation: one call, one outcome. */
export type Call = <T extends OperationType>(
  type: T,
  operation: OperationOf<T>,
  capabilities?: PmsCapabilities,
) => Promise<Outcome<PmsResults[T]>>;

/** What the system can do, or the least that may be relied on. */
export type Known = () => Promise<Outcome<PmsCapabilities>>;
