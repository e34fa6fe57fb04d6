import { readThread } from '#channels/index.ts';
import { createBatcher } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { JobData, RunningJob } from '#platform/job.ts';
import { lockMailboxes, mailboxesWithOldMail } from '#platform/mailbox.ts';
import { conversationOfAppointment } from '#scheduling/index.ts';
import { type ConversationDeps, postMail } from './commands.ts';
import { wake } from './reactions.ts';
import { appointmentNews, type Mail } from './turn.ts';
import { takeConversationTurns } from './turns/commands.ts';
import { conversationOfIntake } from './views.ts';

type Deps = ConversationDeps;

/** Most conversations whose turns share a transaction, and most such transactions at the same time. */
const turnsPerBatch = 50;
const batchesInFlight = 2;

type ToTake = { readonly practiceId: string; readonly conversationId: string };

/**
 * The job of the `turns` queue. Turns of one practice that are due together share a transaction; one whose conversation is held
 * elsewhere is taken by itself, and so is one that fails.
 */
export function takeTurnJob(deps: Deps): (job: RunningJob) => Promise<void> {
  const batcher = createBatcher<ToTake, boolean>({
    keyOf: ({ practiceId }) => practiceId,
    work: (practiceId, items, mayWait) =>
      takeConversationTurns(
        deps,
        practiceId,
        items.map(({ conversationId }) => conversationId),
        mayWait,
      ),
    maxItems: turnsPerBatch,
    maxInFlight: batchesInFlight,
  });
  return async ({ data }) => {
    const { practiceId, conversationId } = data;
    await batcher.add({ practiceId: String(practiceId), conversationId: String(conversationId) });
  };
}

type News = { readonly conversationId: string; readonly name: string; readonly mail: Mail };

const intakeNews = ['intake-filed', 'intake-delayed', 'intake-refused'] as const;

/** The letter that a job of the `news` queue carries; undefined where no conversation waits for it. */
async function letterOfNews(tx: Tx, data: JobData): Promise<News | undefined> {
  const version = Number(data.version);
  if (data.kind === 'staff-done') {
    const conversationId = String(data.conversationId);
    const name = `staff-done/${conversationId}/${version}`;
    return { conversationId, name, mail: { kind: 'staff-done', resume: data.resume === true } };
  }
  if (data.kind === 'appointment-news') {
    const appointmentId = String(data.appointmentId);
    const news = appointmentNews.find((known) => known === data.news);
    const conversationId = await conversationOfAppointment(tx, appointmentId);
    if (news === undefined || conversationId === undefined) return undefined;
    const name = `appointment/${appointmentId}/${version}`;
    return { conversationId, name, mail: { kind: 'appointment-news', appointmentId, news, version } };
  }
  const kind = intakeNews.find((known) => known === data.kind);
  if (kind === undefined) throw new Error('news of an unknown kind');
  const intakeId = String(data.intakeId);
  const conversationId = await conversationOfIntake(tx, intakeId);
  return conversationId === undefined
    ? undefined
    : { conversationId, name: `${kind}/${intakeId}`, mail: { kind, intakeId } };
}

/** The job of the `news` queue: what became of an intake or a visit goes into the mailbox of its conversation. */
export function carryNews(deps: Deps): (job: RunningJob) => Promise<void> {
  return async ({ data }) => {
    await deps.db.tx(String(data.practiceId), async (tx) => {
      const letter = await letterOfNews(tx, data);
      if (letter !== undefined) await postLetter(tx, deps, letter);
    });
  };
}

/** Puts one letter from inside into a conversation's mailbox, under its lock. `name` makes a repeat harmless. */
export async function postLetter(
  tx: Tx,
  deps: Pick<Deps, 'sealer' | 'queues' | 'clock'>,
  letter: News,
): Promise<void> {
  lockMailboxes(tx, [letter.conversationId]);
  const thread = await readThread(tx, deps.sealer, letter.conversationId);
  // Erased: nobody is left to tell.
  if (thread === undefined) return;
  await postMail(tx, deps, [{ ...letter, subject: thread.subject, sentAt: isoNow(deps.clock) }]);
}

/** Milliseconds that mail may wait before the sweep wakes its conversation. */
const oldMailMs = 10_000;
const sweepLimit = 500;

/** Wakes conversations whose mail was left lying: a process died with the wake-up in its hands. Normally none. */
export async function sweepMail(tx: Tx, deps: Pick<Deps, 'queues' | 'clock'>): Promise<number> {
  const before = new Date(deps.clock.now() - oldMailMs).toISOString();
  const conversationIds = await mailboxesWithOldMail(tx, before, sweepLimit);
  await deps.queues.enqueue(
    tx,
    conversationIds.map((id) => wake(tx.practiceId, id)),
  );
  return conversationIds.length;
}
