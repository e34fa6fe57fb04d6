import type { Body, Entry, EntryStatus } from '../provider/provider.ts';

export type { Section } from '../provider/provider.ts';

/** One bubble on the phone. */
export type Bubble = Body & {
  /** The message's id at the provider. */
  readonly id: string;
  readonly side: 'patient' | 'practice';
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly replyTo?: { readonly text: string };
  readonly status?: EntryStatus;
  /** Why it failed, in words. */
  readonly error?: string;
};

/** The chat as the phone shows it. */
export function bubbles(entries: readonly Entry[]): Bubble[] {
  const texts = new Map<string, string>();
  return entries.map(({ id, direction, at, body, replyTo, status, error }) => {
    texts.set(id, body.text ?? body.caption ?? body.kind);
    const quoted = replyTo === undefined ? undefined : texts.get(replyTo);
    return {
      id,
      side: direction === 'in' ? 'patient' : 'practice',
      at: new Date(at).toISOString(),
      ...body,
      ...(quoted === undefined ? {} : { replyTo: { text: quoted } }),
      status,
      ...(error === undefined ? {} : { error }),
    };
  });
}
