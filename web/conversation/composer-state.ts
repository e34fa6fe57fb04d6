import type { ConversationDetail } from '#handoff/contract.ts';

/**
 * What one may say in a conversation now.
 *
 * - `not-allowed`: the role reads only.
 * - `not-taken`: nobody has it; `colleague`: somebody else does.
 * - `with-assistant`: no person is needed.
 * - `stopped`: the patient wants no messages.
 * - `template-only`: the service window has closed.
 * - `free`: free text.
 */
export type ComposerState =
  | { readonly is: 'not-allowed' | 'not-taken' | 'with-assistant' | 'resolved' }
  | { readonly is: 'colleague'; readonly name: string }
  | { readonly is: 'stopped' | 'template-only' | 'free'; readonly token: number };

export function composerState(detail: ConversationDetail, now: number, mayAnswer: boolean): ComposerState {
  const { lease, row, window, patient } = detail;
  if (!mayAnswer) return { is: 'not-allowed' };
  if (row.state === 'resolved') return { is: 'resolved' };
  if (row.state === 'bot') return { is: 'with-assistant' };
  if (lease === null) return { is: 'not-taken' };
  if (!lease.mine) {
    return isLapsed(lease.until, now) ? { is: 'not-taken' } : { is: 'colleague', name: lease.name };
  }
  const { token } = lease;
  if (patient.consent.status === 'withdrawn') return { is: 'stopped', token };
  return { is: windowLeft(window.closesAt, now) > 0 ? 'free' : 'template-only', token };
}

const isLapsed = (until: string, now: number): boolean => Date.parse(until) <= now;

/** Milliseconds in which free text may still be sent; 0 where it may not. */
export function windowLeft(closesAt: string | null, now: number): number {
  return closesAt === null ? 0 : Math.max(0, Date.parse(closesAt) - now);
}

/** Whether the lease is to be told that somebody is still at it: not more often than needed. */
export function isRenewalDue(renewedAt: number | undefined, now: number): boolean {
  const everyMs = 60_000;
  return renewedAt === undefined || now - renewedAt >= everyMs;
}

/** Characters that a text may have at the provider. */
export const maxReplyChars = 4096;
/** Characters of a note. */
export const maxNoteChars = 4000;

/** Room that is left, once it matters. */
export function charsLeft(text: string, max: number): number | undefined {
  const left = max - text.trim().length;
  return left < max / 10 ? left : undefined;
}
