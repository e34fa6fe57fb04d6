import type { News, Quality } from '../news.ts';

/**
 * The state of an account, from its news. News come doubled, late and in any order: of each topic the latest by the provider's time
 * holds, so the same news in another order, or twice, lead to the same state.
 */

/** News as they are kept. */
export type Noted = {
  /** The same news have the same key. */
  readonly key: string;
  readonly topic: string;
  /** When it was so: the provider's time where it gives one, ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly news: News;
};

/** The latest news of each topic, by topic. */
export function latestNews(noted: readonly Noted[]): ReadonlyMap<string, Noted> {
  const latest = new Map<string, Noted>();
  for (const each of noted) {
    const known = latest.get(each.topic);
    if (known === undefined || isLater(each, known)) latest.set(each.topic, each);
  }
  return latest;
}

/** Of two at the same moment the key decides: whichever, but always the same. */
function isLater(a: Noted, b: Noted): boolean {
  return a.at === b.at ? a.key > b.key : a.at > b.at;
}

/**
 * - `stop`: nothing can be sent or received.
 * - `warn`: something does not work, or soon will not, and a person has to act.
 * - `note`: worth knowing.
 */
export type ProblemLevel = 'stop' | 'warn' | 'note';

/** What it is called and what to do about it stands in the app's texts. */
export const problemCodes = [
  'deleted',
  'disabled',
  'will-be-disabled',
  'restricted',
  'restricted-reminders',
  'restricted-replies',
  'disconnected',
  'violation',
  'review-rejected',
  'quality-low',
  'quality-medium',
  'name-rejected',
  'template-rejected',
  'template-paused',
  'template-disabled',
  'template-deleted',
  'template-pending-deletion',
  'template-archived',
  'template-flagged',
  'template-locked',
  'template-quality-low',
  'template-marketing',
  'security',
  'another-app',
  'alert',
  'paused',
  'silent',
  'statuses-silent',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export type Problem = {
  readonly code: ProblemCode;
  readonly level: ProblemLevel;
  readonly since: string;
  /** When it ends, or begins where it is announced. */
  readonly until?: string;
  /** Filled into the words: a template's name, how many messages, a word of the provider's. */
  readonly about: Readonly<Record<string, string | number>>;
};

export type HealthContext = {
  /** ISO 8601 in UTC, as all times here. */
  readonly now: string;
  /** Whether we send this template: what happens to others is no problem of ours. */
  readonly usesTemplate: (name: string) => boolean;
  /** By our own clock; undefined: never. */
  readonly lastInboundAt?: string | undefined;
  readonly lastStatusAt?: string | undefined;
  readonly lastDeliveredAt?: string | undefined;
};

const levels: readonly ProblemLevel[] = ['stop', 'warn', 'note'];

/** What is wrong with an account, the worst first and of equals the latest first. */
export function problemsOf(noted: readonly Noted[], context: HealthContext): readonly Problem[] {
  const problems = [...latestNews(noted).values()].flatMap((each) => problemsIn(each, context));
  return problems.toSorted(
    (a, b) =>
      levels.indexOf(a.level) - levels.indexOf(b.level) ||
      b.since.localeCompare(a.since) ||
      a.code.localeCompare(b.code),
  );
}

const dayMs = 86_400_000;

/** Days that something is shown of which nobody tells when it is over. */
const warningDays = 30;
const securityDays = 7;
const failingDays = 1;
const standbyDays = 2;

function isWithin(at: string, now: string, days: number): boolean {
  return Date.parse(now) - Date.parse(at) < days * dayMs;
}

function problemsIn({ at, news }: Noted, context: HealthContext): readonly Problem[] {
  const { now, usesTemplate } = context;
  const one = (code: ProblemCode, level: ProblemLevel, about: Problem['about'] = {}, until?: string) => [
    { code, level, since: at, about, ...(until === undefined ? {} : { until }) },
  ];
  switch (news.kind) {
    case 'deleted':
      return one('deleted', 'stop');
    case 'disabled':
      return news.scheduled && (news.from === undefined || news.from > now)
        ? one('will-be-disabled', 'warn', {}, news.from)
        : one('disabled', 'stop');
    case 'restricted':
      return news.restrictions
        .filter(({ until }) => (until === undefined ? isWithin(at, now, warningDays) : until > now))
        .flatMap(({ what, until }) => one(restrictionCode(what), restrictionLevel(what), { what }, until));
    case 'disconnected':
      return one('disconnected', 'warn', { reason: news.reason ?? '' });
    case 'violation':
      return isWithin(at, now, warningDays) ? one('violation', 'warn', { what: news.violation }) : [];
    case 'review':
      return news.decision === 'rejected' ? one('review-rejected', 'warn') : [];
    case 'quality':
      return news.quality === 'high'
        ? []
        : one(`quality-${news.quality}`, news.quality === 'low' ? 'warn' : 'note');
    case 'name':
      return news.decision === 'rejected' || news.decision === 'declined'
        ? one('name-rejected', 'warn', { name: news.name ?? '', what: news.reason ?? '' })
        : [];
    case 'template':
    case 'template-quality':
    case 'template-category':
      return usesTemplate(news.template) ? templateProblem(news, one, now) : [];
    case 'security':
      return isWithin(at, now, securityDays) && news.event.startsWith('pin')
        ? one('security', 'warn', { what: news.event })
        : [];
    case 'standby':
      return isWithin(at, now, standbyDays) ? one('another-app', 'warn') : [];
    case 'alert':
      return isOpenAlert(news) && isWithin(at, now, warningDays)
        ? one('alert', news.severity === 'critical' ? 'warn' : 'note', {
            what: news.alert,
            details: news.details ?? '',
          })
        : [];
    case 'paused':
      return one('paused', 'stop', { what: news.code });
    case 'failing':
      return isWithin(at, now, failingDays) && !isAfter(context.lastDeliveredAt, at)
        ? one('paused', 'stop', { what: news.code })
        : [];
    case 'silent':
      return isAfter(context.lastInboundAt, news.since)
        ? []
        : [{ code: 'silent', level: 'warn', since: news.since, about: { expected: news.expected } }];
    case 'statuses-silent':
      return isAfter(context.lastStatusAt, news.since)
        ? []
        : [{ code: 'statuses-silent', level: 'warn', since: news.since, about: { count: news.messages } }];
    default:
      return [];
  }
}

const isAfter = (at: string | undefined, since: string): boolean => at !== undefined && at > since;

/** What we may not write first; what we may not answer; anything else. */
function restrictionCode(what: string): ProblemCode {
  if (what === 'RESTRICTED_BIZ_INITIATED_MESSAGING') return 'restricted-reminders';
  if (what === 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING') return 'restricted-replies';
  return 'restricted';
}

function restrictionLevel(what: string): ProblemLevel {
  if (what === 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING') return 'stop';
  return what === 'RESTRICTED_BIZ_INITIATED_MESSAGING' ? 'warn' : 'note';
}

type TemplateNews = Extract<News, { kind: 'template' | 'template-quality' | 'template-category' }>;

/** A template in one of these states is not sent. */
const unsendable = ['rejected', 'paused', 'disabled', 'deleted', 'pending-deletion', 'archived'] as const;

type One = (
  code: ProblemCode,
  level: ProblemLevel,
  about?: Problem['about'],
  until?: string,
) => readonly Problem[];

function templateStatusProblem(news: Extract<News, { kind: 'template' }>, one: One): readonly Problem[] {
  const { template, language, status, reason = '', details = '' } = news;
  const about = { template, language, what: reason, details };
  const stopped = unsendable.find((each) => each === status);
  if (stopped !== undefined) return one(`template-${stopped}`, 'warn', about);
  if (status === 'flagged') return one('template-flagged', 'warn', about, news.from);
  return status === 'in-appeal' || status === 'locked' ? one('template-locked', 'note', about) : [];
}

function templateProblem(news: TemplateNews, one: One, now: string): readonly Problem[] {
  const { template, language } = news;
  const named = { template, language };
  switch (news.kind) {
    case 'template':
      return templateStatusProblem(news, one);
    case 'template-quality':
      return news.quality === 'low' ? one('template-quality-low', 'note', named) : [];
    case 'template-category':
      if (news.category !== 'marketing' || news.before === 'marketing') return [];
      return one(
        'template-marketing',
        'warn',
        named,
        news.from !== undefined && news.from > now ? news.from : undefined,
      );
  }
}

function isOpenAlert({ severity, status }: Extract<News, { kind: 'alert' }>): boolean {
  const isOver = status !== undefined && ['resolved', 'inactive', 'none', 'closed'].includes(status);
  return !isOver && severity !== 'informational';
}

/** What the news say of an account beside its problems; undefined: never told. */
export type Facts = {
  readonly quality: Quality | undefined;
  /** People per rolling day that we may write to first. */
  readonly dailyRecipients: number | 'none' | undefined;
  readonly perSecond: number | undefined;
  readonly name: string | undefined;
};

export function factsOf(noted: readonly Noted[]): Facts {
  // Of several numbers that are told of, the latest: which of them is ours is not always said.
  const byAge = [...latestNews(noted).values()].toSorted((a, b) => (isLater(a, b) ? 1 : -1));
  const last = <K extends News['kind']>(kind: K, fits: (news: Extract<News, { kind: K }>) => boolean) =>
    byAge
      .map(({ news }) => news)
      .findLast(
        (news): news is Extract<News, { kind: K }> =>
          // narrowed by the first half of the condition
          news.kind === kind && fits(news as Extract<News, { kind: K }>),
      );
  return {
    quality: last('quality', () => true)?.quality,
    dailyRecipients: last('limit', (news) => news.dailyRecipients !== undefined)?.dailyRecipients,
    perSecond: last('limit', (news) => news.perSecond !== undefined)?.perSecond,
    name: last('name', ({ decision }) => decision === 'approved')?.name,
  };
}
