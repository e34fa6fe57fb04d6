import { setTimeout as wait } from 'node:timers/promises';
import { type Scene, stepClock } from './hit.ts';
import { practiceId } from './setting.ts';
import { sendAgain } from './staff.ts';
import type { ProviderStanding, World } from './world.ts';

/** After the fire: everything is whole again, and what was begun comes to its end. */

/** What still goes on; all zero when it is quiet. */
export type Unrest = {
  /** Webhooks that the provider still owes. */
  readonly webhooks: number;
  /** Patients who are about to write, or have not come yet. */
  readonly writing: number;
  readonly jobs: number;
  readonly mail: number;
  readonly messages: number;
  /** Jobs, reminders and held slots that wait for their time; the latter where it is near. */
  readonly later: number;
  /** Conversations that wait for staff, or are in their hands. */
  readonly handoffs: number;
};

export async function calm({ world }: Scene): Promise<void> {
  world.front.clearTraps();
  for (const member of world.fleet.members) for (const way of Object.values(member.ways)) way.clearTraps();
  await world.practiceSystem.ask({ type: 'calm' });
  await world.database.start();
  await world.fleet.allReady();
  await world.provider.ask({ type: 'calm' });
}

type Counted = Pick<Unrest, 'jobs' | 'mail' | 'messages' | 'later' | 'handoffs'>;

const unrestSql = `
  with job as (
    select state, start_after from pgboss.job where name not like '%-dead' and name not like '\\_\\_pgboss%'
  )
  select
    (select count(*)::int from job where state = 'active' or (state in ('created', 'retry') and start_after <= now())) as jobs,
    (select count(*)::int from job where state in ('created', 'retry') and start_after > now())
      + (select count(*)::int from views_reminders where practice_id = $1 and state = 'due' and look_at < $2)
      + (select count(*)::int from slot_holds where practice_id = $1 and state = 'held' and look_at < $2) as later,
    (select count(*)::int from mailbox where practice_id = $1 and taken_by is null) as mail,
    (select count(*)::int from views_messages where practice_id = $1 and state in ('queued', 'claimed', 'unknown')) as messages,
    (select count(*)::int from (
       select distinct on (stream) type from events
       where practice_id = $1 and stream like 'handoff/%' and type in
         ('HandoffOpened', 'HandoffTaken', 'HandoffAssigned', 'HandoffReleased', 'StaffReplied', 'HandoffResolved', 'HandoffWithdrawn')
       order by stream, version desc
     ) as last where type not in ('HandoffResolved', 'HandoffWithdrawn')) as handoffs`;

/** Milliseconds: what becomes due so soon would come while the books are read, and its two sides would not agree. */
const nearMs = 60_000;

async function look(world: World): Promise<{ readonly unrest: Unrest; readonly open: number }> {
  const standing = await world.provider.ask<ProviderStanding>({ type: 'standing' });
  const near = new Date(world.now() + nearMs).toISOString();
  const [counted] = await world.query<Counted>(unrestSql, [practiceId, near]);
  if (counted === undefined) throw new Error('the database counts nothing');
  const writing = standing.patients.filter(({ hasBegun, isWriting }) => isWriting || !hasBegun).length;
  const open = standing.patients.filter(({ wishes }) => wishes.length > 0).length;
  return { unrest: { webhooks: standing.waiting, writing, ...counted }, open };
}

export const isQuiet = (unrest: Unrest): boolean => Object.values(unrest).every((value) => value === 0);

const lookEveryMs = 250;

/** Milliseconds by which waits are shortened while nothing else happens. */
const skipMs = 30_000;
/** Looks without anything but waits before they are shortened. */
const patientLooks = 4;

/**
 * Waits until it is quiet, and every patient has what they want or has said so again a few times. While there is nothing but jobs
 * that wait for their time, the clock is moved in small steps, for everybody.
 * @returns what still went on when the time was over; undefined when all was quiet
 */
export async function settle(
  scene: Scene,
  withinMs: number,
  signal: AbortSignal,
): Promise<Unrest | undefined> {
  const { world } = scene;
  const deadline = performance.now() + withinMs;
  let nudges = 0;
  let waitingLooks = 0;
  for (;;) {
    const { unrest, open } = await look(world);
    if (isQuiet(unrest)) {
      const doubtful = await inDoubt(world);
      if (doubtful.length > 0) {
        scene.tally.sentAgain += await sendAgain(world.frontUrl, doubtful);
        continue;
      }
      if (open === 0 || nudges >= maxNudges) return undefined;
      const woken = await world.provider.ask<number>({ type: 'nudge' });
      if (woken === 0) return undefined;
      nudges += 1;
    }
    if (performance.now() > deadline) return unrest;
    const { later, messages, webhooks, ...rest } = unrest;
    const isWaiting = later > 0 || messages > 0 || webhooks > 0;
    const onlyWaits = isWaiting && Object.values(rest).every((value) => value === 0);
    waitingLooks = onlyWaits ? waitingLooks + 1 : 0;
    if (waitingLooks >= patientLooks) {
      waitingLooks = 0;
      await stepClock(scene, skipMs);
      if (webhooks > 0) await world.provider.ask({ type: 'retry' });
    }
    await wait(lookEveryMs, undefined, { signal });
  }
}

/** Messages of which no sign came. The provider owes no webhook any more, so none will: now a person decides. */
async function inDoubt(world: World): Promise<readonly string[]> {
  const rows = await world.query<{ readonly id: string }>(
    `select message_id as id from views_messages where practice_id = $1 and state = 'unresolved'`,
    [practiceId],
  );
  return rows.map(({ id }) => id);
}

/** How often a patient begins anew who did not understand the practice's last message. */
const maxNudges = 6;
