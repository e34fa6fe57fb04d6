import type { Fact } from '#kernel/event.ts';
import type { News } from './news.ts';

/**
 * What was heard of a channel account, stream `account/<key>`: one fact each, since the key is what makes a repeat the same. Frozen by
 * `testdata/events.json`.
 */
export type AccountEvent = Fact<
  'AccountNewsHeard',
  {
    readonly channel: string;
    readonly accountId: string;
    /** What it is about: the latest of a topic holds. */
    readonly topic: string;
    readonly kind: News['kind'];
    /** A name of ours or a word of the provider's. */
    readonly code?: string;
    /** The provider's time, where it gave one. */
    readonly at: string;
  },
  /** Sealed as a whole: it may name the person who asked for something, or hold what the provider wrote freely. */
  { readonly news: News }
>;

export const accountStreamPrefix = 'account/';
