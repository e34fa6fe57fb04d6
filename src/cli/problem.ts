import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { PracticesError } from './findings.ts';

/** What to tell the person at the terminal, and the exit code: 1 failed, 2 used wrongly. */
export type Problem = { readonly exitCode: number; readonly text: string | undefined };

/** The database's ways to be away, of the system and of PostgreSQL (class 08: connection, 28: login, 57P: shutting down). */
const away =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|08...|28...|3D000|57P..)$/;

/**
 * A wrong setting, folder or argument is the user's to mend: its own words, no stack. Of anything else the message, for what
 * fails here fails before any patient's data is read.
 */
export function problemOf(error: unknown): Problem {
  // Commander has said it already.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2, text: undefined };
  if (error instanceof ConfigError || error instanceof PracticesError)
    return { exitCode: 2, text: error.message };
  if (!(error instanceof Error)) return { exitCode: 1, text: 'failed' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (away.test(code))
    return {
      exitCode: 1,
      text: `the database cannot be used (${code}): look at DATABASE_URL, or at postgres.log in VESTIBULE_DATA`,
    };
  return { exitCode: 1, text: error.message || code || error.name };
}
