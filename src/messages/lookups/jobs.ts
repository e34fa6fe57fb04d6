import type { Asking } from '#channels/index.ts';
import type { Db } from '#platform/db/db.ts';
import type { JobHandler } from '#platform/job.ts';
import { type LookupDeps, questionOf, settle } from './commands.ts';

export type LookUpDeps = LookupDeps & { readonly db: Db; readonly asking: Pick<Asking, 'whatBecameOf'> };

/** The job of the `lookups` queue: asks the provider what became of one message. Nothing is ever sent again for its answer. */
export function lookUp(deps: LookUpDeps): JobHandler {
  return async ({ data }) => {
    const practiceId = String(data.practiceId);
    const question = await deps.db.tx(practiceId, (tx) => questionOf(tx, deps, String(data.messageId)));
    if (question === undefined) return;
    const answer = await deps.asking.whatBecameOf(question.account, question.attempt);
    if (answer === undefined) return;
    await deps.db.tx(practiceId, (tx) => settle(tx, deps, question, answer, Number(data.look)));
  };
}
