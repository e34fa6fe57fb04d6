import type { RoutingAnswer, ThreadLine } from '#handoff/contract.ts';
import { codeWords, hasText, tCode } from '../texts/t.ts';
import { clockTime, dayName, languageName } from '../time.ts';

type Endings = RoutingAnswer['resolutionCodes'];
type EventLine = Extract<ThreadLine, { kind: 'event' }>;

/**
 * What happened, as a sentence: instants in the practice's zone, codes in words. `endings` are the practice's own names of its
 * resolution codes.
 */
export function eventWords({ what, by, params, at }: EventLine, zone: string, endings: Endings = []): string {
  const spoken = Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const ending = name === 'code' ? endings.find(({ id }) => id === value)?.name : undefined;
      return [name, ending ?? spokenParam(name, value, Date.parse(at), zone)];
    }),
  );
  // An event without its person ("system", or somebody who is gone) has a sentence without one.
  const withPerson = by === null && hasText(`event.${what}.nobody`) ? `${what}.nobody` : what;
  return tCode('event', withPerson, { ...spoken, ...(by === null ? {} : { by }) });
}

function spokenParam(name: string, value: string, now: number, zone: string): string {
  switch (name) {
    case 'start':
    case 'from':
      return Number.isNaN(Date.parse(value)) ? '' : `${dayName(value, now, zone)} ${clockTime(value, zone)}`;
    case 'language':
      return languageName(value);
    case 'reason':
      return tCode('reason', value);
    case 'whose':
      return tCode('whose', value);
    case 'code':
      return codeWords(value);
    default:
      return value;
  }
}
