import type { Asking } from '#channels/index.ts';
import { rejected } from '#kernel/outcome.ts';
import type { Db } from '#platform/db/db.ts';
import type { JobHandler } from '#platform/job.ts';
import { expire } from '../underway/commands.ts';
import { findMessages } from '../views.ts';
import { type LookupDeps, questionOf, settle } from './commands.ts';

export type LookUpDeps = LookupDeps & { readonly db: Db; readonly asking: Pick<Asking, 'whatBecameOf'> };

/** The job of the `lookups` queue: asks the provider what became of one message. Nothing is ever sent again for its answer. */
export function lookUp(deps: LookUpDeps): JobHandler {
  return async ({ data }) => {
    const practiceId = String(data.practiceId);
    const messageId = String(data.messageId);
    const question = await deps.db.tx(practiceId, async (tx) => {
      const found = await questionOf(tx, deps, messageId);
      // Nothing can be asked: what is due to be given up is not kept for it.
      if (found === undefined) await expire(tx, deps, await findMessages(tx, [messageId], []));
      return found;
    });
    if (question === undefined) return;
    const answer = await deps.asking.whatBecameOf(question.account, question.attempt);
    await deps.db.tx(practiceId, (tx) =>
      settle(tx, deps, question, answer ?? rejected('CANNOT_BE_ASKED'), Number(data.look)),
    );
  };
}
