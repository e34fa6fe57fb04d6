import {
  type Asking,
  createAsking,
  createDeliveryStore,
  createMediaSources,
  eachDelivery,
  ingestQueue,
  listsInbound,
  originsOf,
} from '#channels/index.ts';
import {
  type ConversationDeps,
  carryNews,
  fetchFile,
  inboundLook,
  intakeBackground,
  mediaQueue,
  newsQueue,
  parseDelivery,
  sweepMail,
  takeTurnJob,
  turnsQueue,
} from '#conversation/index.ts';
import { fileHandoffStep, handoffsQueue } from '#handoff/index.ts';
import { fileIntakeStep, type PracticeForFiling, practiceSystemQueue } from '#intake/index.ts';
import {
  askUnderway,
  bulkSendsQueue,
  expireMessages,
  lookUp,
  lookupsQueue,
  sendNext,
  sendsQueue,
  sweepMessages,
} from '#messages/index.ts';
import { createDownloads } from '#platform/download.ts';
import { createEgress } from '#platform/egress.ts';
import type { JobHandler } from '#platform/job.ts';
import { remindersJob, remindersQueue, visitIsCurrent } from '#reminders/index.ts';
import { scheduleStep, schedulingQueue } from '#scheduling/index.ts';
import { channelLookEveryMs, createChannelHealth } from './channel-health.ts';
import { busyLookMs, dueLook } from './due.ts';
import { erasureLook, erasuresEveryMs } from './erasures.ts';
import { unlessErased } from './forgetting.ts';
import { handoffDeps, reminderDeps, scheduleDeps } from './modules.ts';
import { makePartitions } from './partitions.ts';
import { conversationDeps, maxAnswerBytes, type Parts } from './parts.ts';
import { type Repeated, repeat } from './repeat.ts';
import { defaultKeep, retentionLook } from './retention.ts';

/** Milliseconds between two looks for work that was left lying. */
const sweepEveryMs = 15_000;

/**
 * Milliseconds between two looks for what has become due (holds that end, reminders, figures) where nothing is known to be: for
 * what other processes did. What this process did is looked at within `busyLookMs`.
 */
const idleLookMs = 5_000;

/** Milliseconds that a provider gets to answer a send. */
const sendTimeoutMs = 10_000;

export type Worker = {
  /** Does now what has become due. */
  readonly lookNow: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** The queues' handlers, a look for what is due, and a slow one for work that was left lying. */
export async function startWorker(parts: Parts): Promise<Worker> {
  const { db, store, sealer, queues, clock, metrics, accounts, log } = parts;
  const deps = conversationDeps(parts);
  const settings = new Map(parts.practices.map((practice) => [practice.settings.id, practice.settings]));
  const deliveries = createDeliveryStore({ db: parts.ingestDb, sealer, queues, clock, metrics });
  const health = createChannelHealth(parts);
  const sendDeps = {
    heard: health.heard,
    db,
    store,
    sealer,
    queues,
    accounts,
    clock,
    metrics,
    contentMode: (practiceId: string) => settings.get(practiceId)?.contentMode,
    isCurrent: visitIsCurrent(store),
    egress: createEgress({
      timeoutMs: sendTimeoutMs,
      maxResponseBytes: maxAnswerBytes,
      allow: accounts.all.flatMap((account) => originsOf(account)),
    }),
  };
  const asking = createAsking(sendDeps);
  const filing = filingPractices(parts);
  const reminding = reminderDeps(parts, deps);
  const send = sendNext({ ...sendDeps, maybeStopped: reminding.maybeStopped });
  const handlers = new Map<string, JobHandler>([
    [ingestQueue, eachDelivery(parseDelivery({ ...deps, accounts, deliveries }), parts)],
    [turnsQueue, takeTurnJob(deps)],
    [newsQueue, carryNews(deps)],
    [mediaQueue, fetchFile({ ...deps, accounts, ...fetching(parts) })],
    [sendsQueue, send],
    [bulkSendsQueue, send],
    [lookupsQueue, lookUp({ ...sendDeps, asking })],
    [
      practiceSystemQueue,
      fileIntakeStep({
        db,
        store,
        queues,
        clock,
        metrics,
        practice: (practiceId) => filing.get(practiceId),
        background: (tx, intakeId) => intakeBackground(tx, deps, intakeId),
      }),
    ],
    [schedulingQueue, scheduleStep(scheduleDeps(parts))],
    [handoffsQueue, fileHandoffStep(handoffDeps(parts))],
    [remindersQueue, remindersJob(reminding)],
  ]);
  const looking = repeat('due', dueLook(parts, reminding), idleLookMs, log);
  const thenLook = (handler: JobHandler): JobHandler => {
    return async (job) => {
      await handler(job);
      looking.within(busyLookMs);
    };
  };
  await queues.work(
    new Map([...handlers].map(([queue, handler]) => [queue, thenLook(unlessErased(handler))])),
  );
  const practiceIds = [...settings.keys()];
  const clearOld = retentionLook({ db, clock, log, metrics, practiceIds, keep: parts.keep ?? defaultKeep });
  const sweep = async () => {
    for (const practiceId of settings.keys()) {
      const woken = await db.tx(
        practiceId,
        async (tx) => (await sweepMail(tx, deps)) + (await sweepMessages(tx, sendDeps)),
      );
      if (woken > 0) {
        metrics.count('vestibule_old_mail', { practice: practiceId }, woken);
        log.warn('work that was left lying was woken', { practiceId, count: woken });
      }
    }
    await makePartitions(db, parts.practices, clock);
    await clearOld();
  };
  const sweeping = repeat('sweep', sweep, sweepEveryMs, log);
  const following = repeat('underway', followUnderway(parts, sendDeps), sweepEveryMs, log);
  const filling = fillGaps(parts, deps, asking);
  const listening = repeat('channel health', health.look, channelLookEveryMs, log);
  const erasing = repeat('erasures', erasureLook({ ...parts, practiceIds }), erasuresEveryMs, log);
  return {
    async lookNow() {
      await looking.now();
      await following.now();
      await filling?.now();
    },
    async stop() {
      await erasing.stop();
      await filling?.stop();
      await following.stop();
      await sweeping.stop();
      await looking.stop();
      await listening.stop();
      await health.settled();
    },
  };
}

/**
 * A file has to be here before its job is taken for dead (two minutes). Whole downloads may be slow, silence may not; those of several
 * files together hold a few megabytes.
 */
function fetching(parts: Parts) {
  return {
    sources: createMediaSources(),
    downloads: createDownloads({ timeoutMs: 90_000, stallMs: 15_000 }),
    maxFileBytes: parts.maxFileBytes ?? defaultMaxFileBytes,
  };
}

/** Bytes: what a scanner takes as well. */
const defaultMaxFileBytes = 25 * 1024 * 1024;

/** What is long on its way is asked for, and given up when its life is over. */
function followUnderway(
  { db, practices, log }: Parts,
  deps: Parameters<typeof askUnderway>[0],
): () => Promise<void> {
  const ask = askUnderway(deps);
  return async () => {
    for (const { settings } of practices) {
      const expired = await db.tx(settings.id, async (tx) => {
        await ask(tx);
        return await expireMessages(tx, deps);
      });
      if (expired > 0) log.warn('messages never arrived', { practiceId: settings.id, count: expired });
    }
  };
}

/** What providers that lose deliveries hold is listed at the start, for we were down, and then whenever it is due. */
function fillGaps(parts: Parts, deps: ConversationDeps, asking: Asking): Repeated | undefined {
  const { accounts, log } = parts;
  if (!accounts.all.some(listsInbound)) return undefined;
  const look = inboundLook({ ...deps, accounts, asking, log });
  let isStarting = true;
  const work = async () => {
    await look(isStarting);
    isStarting = false;
  };
  return repeat('inbound', work, sweepEveryMs, log);
}

function filingPractices(parts: Parts): ReadonlyMap<string, PracticeForFiling> {
  return new Map(
    parts.practices.flatMap(({ settings, pms: account, intake }) => {
      const pms = parts.pmsOf(settings.id, 'filing');
      if (intake === undefined || pms === undefined) return [];
      const { identifierSystem } = account;
      return [[settings.id, { settings, ...intake, identifierSystem, pms }] as const];
    }),
  );
}
