import type { PhoneMessage } from '../api.ts';
import { dayKey } from '../format.ts';
import type { Pending } from './use-phone.ts';

export type Day = { readonly key: string; readonly at: string; readonly messages: readonly PhoneMessage[] };

/** The conversation in days of the practice's zone, in order. */
export function byDay(messages: readonly PhoneMessage[], zone?: string): readonly Day[] {
  const days: { key: string; at: string; messages: PhoneMessage[] }[] = [];
  for (const message of messages) {
    const key = dayKey(message.at, zone);
    const last = days.at(-1);
    if (last?.key === key) last.messages.push(message);
    else days.push({ key, at: message.at, messages: [message] });
  }
  return days;
}

/**
 * The choice that was tapped on a message, by its title: the patient's next message that quotes it or says the same.
 * Only a mark for the eye; an old button can be tapped again, as on a real phone.
 */
export function chosenTitle(message: PhoneMessage, later: readonly PhoneMessage[]): string | undefined {
  const titles = message.buttons?.map(({ title }) => title) ?? [];
  const reply = later.find(({ side }) => side === 'patient');
  return titles.find((title) => title === reply?.text);
}

/** A message on its way, as a message. */
export function asMessage(pending: Pending): PhoneMessage {
  const { input, localId: id, at, title, error } = pending;
  const shown = {
    id,
    at,
    side: 'patient' as const,
    status: error === undefined ? ('sending' as const) : ('failed' as const),
    ...(error === undefined ? {} : { error }),
  };
  if (input.kind === 'tap') return { ...shown, kind: 'text', text: title ?? '' };
  if (input.kind === 'location') return { ...shown, ...input, location: input };
  return { ...shown, ...input };
}

/** What is on its way goes last; what failed keeps its place in time. */
export function withPending(
  messages: readonly PhoneMessage[],
  pending: readonly Pending[],
): readonly PhoneMessage[] {
  const all = [...messages];
  for (const message of pending.map(asMessage)) {
    const later = all.findIndex(({ at }) => Date.parse(at) > Date.parse(message.at));
    if (message.status === 'failed' && later !== -1) all.splice(later, 0, message);
    else all.push(message);
  }
  return all;
}

export type TextPart = { readonly text: string; readonly href?: string };

/** On one machine the same server has three names. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** The address on the page's own site; undefined for every other one, which stays text. */
function ownAddress(address: string, origin: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const [url, own] = [new URL(address), new URL(origin)];
  const isOwnHost = url.host === own.host || (loopback.test(url.hostname) && loopback.test(own.hostname));
  if (!isOwnHost || url.protocol !== own.protocol || url.port !== own.port) return undefined;
  url.host = own.host;
  return url.href;
}

/**
 * Splits out the web addresses of a practice's text that lead to the sandbox itself, such as a calendar file, so that they can be
 * opened as on a phone. What leads elsewhere is made up, or somebody's who expects no visit.
 * @param origin the page's own
 */
export function withLinks(text: string, origin: string): readonly TextPart[] {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)
    .filter((part) => part !== '')
    .map((part) => {
      const href = /^https?:\/\//.test(part) ? ownAddress(part, origin) : undefined;
      return href === undefined ? { text: part } : { text: part, href };
    });
}

/** What a newcomer could say first, per language of the patient. */
const greetings: Readonly<Record<string, string>> = {
  ar: 'مرحبا',
  de: 'Hallo',
  en: 'Hi',
  es: 'Hola',
  fr: 'Bonjour',
  he: 'שלום',
  hi: 'नमस्ते',
  it: 'Ciao',
  pt: 'Oi',
  zh: '你好',
};

/** "Oi" for `pt-BR`; "Hi" for a language that is not in the table. */
export function greeting(language: string): string {
  return greetings[language.split('-')[0] ?? ''] ?? 'Hi';
}
