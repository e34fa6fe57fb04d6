import type { ChannelAccount } from '../contract.ts';
import { type Facts, factsOf, type HealthContext, type Noted, type Problem, problemsOf } from './health.ts';
import { wordsOf } from './words.ts';

/** What is known of an account's traffic: ISO 8601; undefined: never. */
export type SeenOf = {
  readonly lastInboundAt?: string | undefined;
  readonly lastAcceptedAt?: string | undefined;
  readonly lastStatusAt?: string | undefined;
  readonly lastDeliveredAt?: string | undefined;
};

export type AccountView = {
  readonly accountId: string;
  readonly channel: string;
  readonly number: string | undefined;
  readonly providerId: string;
  /** The latest of each topic. */
  readonly latest: readonly Noted[];
  /** What is shown of what was heard, the latest first. */
  readonly history: readonly Noted[];
  readonly seen: SeenOf;
  readonly recipients: { readonly used: number; readonly limit: number | 'unlimited' } | undefined;
};

function stateOf(problems: readonly Problem[], seen: SeenOf): ChannelAccount['state'] {
  if (problems.some(({ level }) => level === 'stop')) return 'stopped';
  if (problems.some(({ level }) => level === 'warn')) return 'attention';
  return seen.lastInboundAt === undefined && seen.lastAcceptedAt === undefined ? 'new' : 'fine';
}

/** What messages go by, where it is counted; else what the provider told. */
function limitOf({ recipients }: AccountView, { dailyRecipients }: Facts): ChannelAccount['dailyRecipients'] {
  if (recipients === undefined) return dailyRecipients ?? null;
  return recipients.limit === 'unlimited' ? 'none' : recipients.limit;
}

/** An account as the screen shows it. */
export function accountAnswer(
  view: AccountView,
  context: Pick<HealthContext, 'now' | 'usesTemplate'>,
): ChannelAccount {
  const { seen } = view;
  const problems = problemsOf(view.latest, { ...context, ...seen });
  const facts = factsOf(view.latest);
  return {
    accountId: view.accountId,
    channel: view.channel,
    number: view.number ?? null,
    providerId: view.providerId,
    state: stateOf(problems, seen),
    problems: problems.map(({ until, ...problem }) => ({ ...problem, until: until ?? null })),
    quality: facts.quality ?? null,
    dailyRecipients: limitOf(view, facts),
    usedRecipients: view.recipients?.used ?? null,
    displayName: facts.name ?? null,
    lastInboundAt: seen.lastInboundAt ?? null,
    lastAcceptedAt: seen.lastAcceptedAt ?? null,
    lastDeliveredAt: seen.lastDeliveredAt ?? null,
    history: view.history.map(({ key, at, news }) => ({ key, kind: news.kind, at, about: wordsOf(news) })),
  };
}
