import type { ChannelNews, ChannelProblem } from '#channels/contract.ts';
import { codeWords, hasText, type TextKey, t, tCode } from '../texts/t.ts';
import { sinceTime } from '../time.ts';

/** What is wrong with a channel account, and what to do about it, in words. */

/** What staff can do about a code of the provider's, where several codes ask for the same. */
const mends: Readonly<Record<string, readonly string[]>> = {
  key: [
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'TOKEN_REVOKED',
    'AUTHORIZATION_INVALID',
    'ACCESS_KEY_INVALID',
    'ACCESS_KEY_REFUSED',
    'ACCESS_REFUSED',
    'CHANNEL_TOKEN_INVALID',
    'KEY_UNUSABLE',
  ],
  payment: ['PAYMENT_PROBLEM', 'CALL_PAYMENT_PROBLEM', 'BALANCE_TOO_LOW'],
  locked: ['ACCOUNT_LOCKED', 'ACCOUNT_SUSPENDED', 'ACCOUNT_NOT_ACTIVE', 'BLOCKED_FOR_POLICY', 'SPAM_LIMIT'],
  number: [
    'NUMBER_DELETED',
    'NUMBER_NOT_REGISTERED',
    'REGISTRATION_ERROR',
    'SENDER_INVALID',
    'SENDER_UNKNOWN',
    'SERVICE_NOT_AVAILABLE',
    'SERVICE_WITHOUT_SENDER',
    'CHANNEL_MISCONFIGURED',
    'BUSINESS_MANAGER_ERROR',
  ],
  name: ['DISPLAY_NAME_NOT_APPROVED'],
  permission: [
    'ACCESS_DENIED',
    'ACCESS_POLICY_MISSING',
    'PERMISSION_DENIED',
    'REQUEST_NOT_ALLOWED',
    'ACCOUNT_MISSING',
    'ACCOUNT_NOT_ENABLED',
    'API_NOT_FOUND',
  ],
  wait: [
    'ACCOUNT_DAILY_CAP',
    'ACCOUNT_RATE_LIMIT',
    'APP_RATE_LIMIT',
    'RATE_LIMITED',
    'NUMBER_IN_MAINTENANCE',
    'NUMBER_MIGRATING',
  ],
};

/** Undefined for a code that this release has no advice of its own for. */
export function mendOf(code: string): string | undefined {
  return Object.entries(mends).find(([, codes]) => codes.includes(code))?.[0];
}

/** What is announced begins at its time; anything else ends. */
const announced: readonly string[] = ['will-be-disabled', 'template-flagged', 'template-marketing'];

type Said = Pick<ChannelProblem, 'code' | 'since' | 'until' | 'about'>;

/** Why nothing can be sent, by the provider's code. */
export function causeWords(code: string): string {
  return hasText(`cause.${code}`) ? tCode('cause', code) : t('alarm.heldOther', { code });
}

/** What is wrong, in one or two sentences. */
export function problemWords({ code, since, until, about }: Said, now: number, zone: string): string {
  const words = { ...about, time: sinceTime(since, now, zone) };
  // A word of the provider's reads better without its underscores.
  const what = typeof about.what === 'string' ? { what: plainWord(about.what) } : {};
  // The key is built: one that this release does not know is shown as a code.
  const sentences = [t(`problem.${code}` as TextKey, { ...words, ...what })];
  if (code === 'paused') sentences.push(causeWords(String(about.what ?? '')));
  if (until !== null)
    sentences.push(
      t(announced.includes(code) ? 'channels.from' : 'channels.until', {
        time: sinceTime(until, now, zone),
      }),
    );
  return sentences.join(' ');
}

/** `RESTRICTED_ADD_PHONE_NUMBER` → `add phone number`: that it is restricted is said already. */
const plainWord = (word: string) => codeWords(word.replace(/^RESTRICTED_/, '')).toLowerCase();

/** What to do, step by step. */
export function stepsOf({ code, about }: Said, channel: string): readonly string[] {
  const portal = tCode('portal', channel);
  const cause = String(about.what ?? '');
  const key = code === 'paused' ? `mend.${mendOf(cause) ?? 'other'}` : `todo.${code}`;
  // As above.
  return hasText(key) ? t(key as TextKey, { portal, code: cause }).split('\n') : [];
}

/** What the provider itself wrote of it, or its word for why; undefined: nothing. */
export function providerWords({ code, about }: Said): string | undefined {
  const reason = String(about.reason ?? '') || (code === 'paused' ? '' : String(about.what ?? ''));
  const isSaid = t(`problem.${code}` as TextKey).includes('{what}');
  const word = isSaid || reason === '' ? '' : codeWords(reason);
  const details = String(about.details ?? '');
  return [word, details].filter((each) => each !== '').join(': ') || undefined;
}

/** Fields of news that are words of the provider's. */
const wordFields = ['what', 'violation', 'decision', 'quality', 'status', 'event', 'alert', 'category'];

/** One piece of news in a line. */
export function newsWords({ kind, about }: Pick<ChannelNews, 'kind' | 'about'>): string {
  const said = Object.fromEntries(
    Object.entries(about).map(([name, value]) =>
      wordFields.includes(name) ? [name, codeWords(String(value)).toLowerCase()] : [name, value],
    ),
  );
  const cause = causeWords(String(about.code ?? ''));
  const parts = [
    hasText(`news.${kind}`) ? t(`news.${kind}` as TextKey, { ...said, cause }) : codeWords(kind),
  ];
  if (kind === 'limit') parts.push(...limitParts(about));
  if (kind === 'name' && about.name !== undefined) parts.push(`“${about.name}”`);
  if (about.reason !== undefined) parts.push(codeWords(String(about.reason)));
  if (about.details !== undefined) parts.push(String(about.details));
  if (about.requester !== undefined) parts.push(t('news.requester', { requester: about.requester }));
  return parts.join(' · ');
}

function limitParts(about: ChannelNews['about']): readonly string[] {
  const { dailyRecipients, numbers, perSecond } = about;
  return [
    ...(dailyRecipients === undefined
      ? []
      : [
          dailyRecipients === 'none'
            ? t('channels.limitNone')
            : t('news.limit.dailyRecipients', { dailyRecipients: grouped(dailyRecipients) }),
        ]),
    ...(numbers === undefined ? [] : [t('news.limit.numbers', { numbers })]),
    ...(perSecond === undefined ? [] : [t('news.limit.perSecond', { perSecond: grouped(perSecond) })]),
  ];
}

const thousands = new Intl.NumberFormat('en-GB');

/** "10,000" */
export const grouped = (count: number | string): string =>
  typeof count === 'number' ? thousands.format(count) : count;
