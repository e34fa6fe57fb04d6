import { type Account, type Accounts, accountsOf } from '#channels/index.ts';
import type { ConversationDeps } from '#conversation/index.ts';
import { unreachable } from '#kernel/decider.ts';
import type { Db } from '#platform/db/db.ts';
import { createEgress } from '#platform/egress.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import { createPms, type Pms, type PmsOptions } from '#pms/index.ts';
import type { AccountFile } from '#practice/index.ts';
import { calendarUrl } from '#scheduling/index.ts';
import type { Sealer } from '#security/index.ts';
import type { AppOptions } from '../app.ts';
import type { LoadedPractice } from '../cli/load-practices.ts';

/** What the roles of a process are made of. */
export type Parts = AppOptions & {
  readonly db: Db;
  readonly ingestDb: Db;
  readonly metrics: Metrics;
  readonly sealer: Sealer;
  readonly queues: Queues;
  readonly store: EventStore;
  readonly accounts: Accounts;
  readonly practiceOf: (practiceId: string) => LoadedPractice | undefined;
  readonly pmsOf: (practiceId: string, lane: PmsLane) => Pms | undefined;
  /** Practice systems that this process finds not to answer. */
  readonly systemsAway: () => number;
};

/**
 * The lanes that call practice systems, and how many calls each makes to one system at the same time: less than the lane has workers
 * (`queueDefinitions`), so that a system that hangs leaves some for the other practices.
 */
export const placesOf = { filing: 12, scheduling: 12, handoffs: 3, reminders: 3 } as const;

export type PmsLane = keyof typeof placesOf;

/** Bytes that an answer from outside may have. */
export const maxAnswerBytes = 4 * 1024 * 1024;

/** @param publicUrl where providers reach us: some are told with each message where its statuses go */
export function accountsIn(practices: readonly LoadedPractice[], publicUrl: string): Accounts {
  return accountsOf(
    practices.flatMap((practice) =>
      practice.accounts.map((account) => ({
        ...accountOf(practice.settings.id, account, publicUrl),
        ...livesOf(account),
        ...limitsOf(practice, account),
        ...('reconcileMinutes' in account ? { inboundEveryMs: account.reconcileMinutes * 60_000 } : {}),
      })),
    ),
  );
}

function livesOf({ givesUpAfter }: AccountFile): Pick<Account, 'lives'> {
  if (givesUpAfter === undefined) return {};
  const { messages, templates = {} } = givesUpAfter;
  const inMs = (text: string) => Temporal.Duration.from(text).total({ unit: 'milliseconds' });
  const templatesMs = Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, inMs(text)]));
  return { lives: { templatesMs, ...(messages === undefined ? {} : { messagesMs: inMs(messages) }) } };
}

function limitsOf(
  { spend, templates }: LoadedPractice,
  { limits, displayPhone }: AccountFile,
): Pick<Account, 'limits'> {
  const { messagesPerSecond, samePatientSeconds, samePatientBurst, portfolio, recipientsPerDay } =
    limits ?? {};
  const own = Object.values(templates).map(({ name, category }) => [name, spend?.costs[category] ?? 0]);
  return {
    limits: {
      number: displayPhone.replaceAll(/\D/g, ''),
      ...(messagesPerSecond === undefined ? {} : { perSecond: messagesPerSecond }),
      ...(samePatientSeconds === undefined ? {} : { pairEveryMs: samePatientSeconds * 1000 }),
      ...(samePatientBurst === undefined ? {} : { pairBurst: samePatientBurst }),
      ...(portfolio === undefined ? {} : { portfolio }),
      ...(recipientsPerDay === undefined ? {} : { dailyRecipients: recipientsPerDay }),
      ...(spend === undefined ? {} : { spend: { perDay: spend.perDay, costs: Object.fromEntries(own) } }),
    },
  };
}

function accountOf(practiceId: string, file: AccountFile, publicUrl: string): Account {
  const { id } = file;
  const webhook = `${publicUrl}/webhooks/${file.provider}/${id}`;
  switch (file.provider) {
    case 'meta':
      return { practiceId, id, channel: file.provider, config: { ...file, practiceId } };
    case 'twilio': {
      const config = { ...file, practiceId, statusCallbackUrl: file.statusCallbackUrl ?? webhook };
      return { practiceId, id, channel: file.provider, config };
    }
    case 'vonage':
      return { practiceId, id, channel: file.provider, config: { ...file, practiceId } };
    case 'messagebird': {
      // It calls no other.
      const own = webhook.startsWith('https:') ? { reportUrl: webhook } : {};
      const config = { ...own, ...file, practiceId };
      return { practiceId, id, channel: file.provider, config };
    }
    case 'bird':
      return { practiceId, id, channel: file.provider, config: { ...file, practiceId } };
    default:
      return unreachable(file);
  }
}

/** One connection per practice system, so that what is learned of it serves all lanes; each lane has its own share of it. */
export function systemsOf(
  { practices, clock, log }: AppOptions,
  metrics: Metrics,
  tell: (practiceId: string, awayWith: string | undefined) => void,
): Parts['pmsOf'] {
  const systems = new Map(
    practices.map(({ settings, pms }) => {
      const egress = createEgress({
        timeoutMs: pms.timeoutMs,
        maxResponseBytes: maxAnswerBytes,
        allow: [pms.baseUrl],
      });
      const { id } = settings;
      const onChange: PmsOptions['onChange'] = (news, code) => {
        metrics.count('vestibule_pms_breaker', { practice: id, news });
        const words = news === 'opened' ? 'a practice system does not answer' : 'a practice system is back';
        log.warn(words, { practiceId: id, code });
        tell(id, news === 'opened' ? code : undefined);
      };
      const system = createPms({ practiceId: id, ...pms }, egress, clock, { onChange });
      // The keys of the table are the lanes.
      const lanes = Object.keys(placesOf) as PmsLane[];
      return [id, new Map(lanes.map((lane) => [lane, system.within(placesOf[lane])]))];
    }),
  );
  return (practiceId, lane) => systems.get(practiceId)?.get(lane);
}

export function conversationDeps(parts: Parts): ConversationDeps {
  const { db, store, sealer, queues, clock, metrics } = parts;
  const known = new Map(
    parts.practices.map(({ settings, intake, scheduling }) => {
      const inChat = settings.phases.intake && settings.contentMode === 'open';
      const form = inChat ? intake?.form : undefined;
      // A visit is booked for whom the intake names; without one there is nobody to book for.
      return [settings.id, { settings, form, scheduling: form === undefined ? undefined : scheduling }];
    }),
  );
  return {
    db,
    store,
    sealer,
    queues,
    clock,
    metrics,
    practice: (practiceId) => known.get(practiceId),
    calendarUrl: (practiceId, appointmentId) =>
      calendarUrl(parts.http.publicUrl, sealer, practiceId, appointmentId),
  };
}

/** What staff call a resolution code, in the practice's first language. */
export function resolutionName({ settings, routing }: LoadedPractice, code: string): string {
  const name = routing.resolutionCodes.find(({ id }) => id === code)?.name ?? {};
  return name[settings.languages[0] ?? 'en'] ?? Object.values(name)[0] ?? code;
}
