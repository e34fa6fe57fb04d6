import { join } from 'node:path';

/** The ledgers of the other sides, in the folder of a run. */
export const practiceLedger = (folder: string): string => join(folder, 'practice-system.jsonl');
export const providerLedger = (folder: string): string => join(folder, 'provider.jsonl');
