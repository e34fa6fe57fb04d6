import type { IconName } from '../ui/Icon.tsx';
import type { Data } from './names.ts';

/** `good` marks what the whole way is for; `attention` wants a person sooner or later; `failed` went wrong. */
export type Tone = 'plain' | 'good' | 'attention' | 'failed';

/** IANA zone of the practice, where it is known. */
export type Zone = string | undefined;

/** How an event of one type is told. */
export type Teller = {
  readonly icon: IconName;
  readonly tone?: Tone | ((data: Data) => Tone);
  readonly tell: string | ((data: Data, zone: Zone) => string);
};

export type Tellers = Readonly<Record<string, Teller>>;

export const withReason = (what: string, why: string | undefined): string => (why ? `${what}: ${why}` : what);
