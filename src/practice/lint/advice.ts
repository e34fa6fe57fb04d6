import type { AccountFile } from '../account-file.ts';
import type { PracticeFinding } from '../finding.ts';
import { isReference } from '../reference.ts';

/**
 * What stands in an account's way, beyond what the program refuses to start with. `wrong`: with it, something does not work;
 * `careful`: it works, and somebody should have decided that it be so.
 */
export type Advice = PracticeFinding & { readonly level: 'wrong' | 'careful' };

/** An account with its place in `channels.yaml`. Its references are as they are written, or already replaced by what they stand for. */
export type Placed<A extends AccountFile = AccountFile> = { readonly account: A; readonly place: string };

export function placed(accounts: readonly AccountFile[]): readonly Placed[] {
  return accounts.map((account, index) => ({ account, place: `accounts.${index}` }));
}

export function advise(level: Advice['level'], path: string, problem: string, example: string): Advice {
  return { level, file: 'channels.yaml', path, problem, example };
}

/** The value where it stands in the file itself: what a reference leads to can only be judged where it leads. */
export function told(value: string | undefined): string | undefined {
  return value === undefined || isReference(value) ? undefined : value;
}
