import type { Fact } from '#kernel/event.ts';
import type { HandoffContext } from './context.ts';

/**
 * Glossary of the handoff words.
 *
 * - **handoff**: the time in which a conversation needs a person, from the handover to its resolution. A conversation can have
 *   several, one after the other; stream `handoff/<conversationId>` holds them all.
 * - **assignee**: the one member of staff who answers the patient now.
 * - **lease**: the assignee's hold on the conversation. It lapses without a sign of life; then another may take it.
 * - **token**: counts the owners. What is said without the present one is refused, so two people never answer at once.
 * - **resolve**: the end, with a code of `routing.yaml`.
 */

type At = { readonly at: string };
type Owned = { readonly staffId: string; readonly token: number };

export type HandoffEvent =
  | Fact<
      'HandoffOpened',
      At & {
        readonly handoffId: string;
        readonly reason: string;
        readonly priority: 'top' | 'normal';
        readonly language: string;
      },
      { readonly context: HandoffContext }
    >
  | Fact<
      'HandoffTaken',
      At & Owned & { readonly until: string; readonly how: 'waiting' | 'lapsed' | 'taken-over' }
    >
  | Fact<'HandoffAssigned', At & Owned & { readonly until: string; readonly by: string }>
  /** A sign of life; recorded at most once a minute. */
  | Fact<'LeaseRenewed', At & Owned & { readonly until: string }>
  /** Back to those that wait. */
  | Fact<'HandoffReleased', At & Owned>
  | Fact<'NoteAdded', At & { readonly staffId: string; readonly noteId: string }, { readonly text: string }>
  | Fact<
      'StaffReplied',
      At & Owned & { readonly messageId: string; readonly template: string | null; readonly first: boolean }
    >
  /** The patient's messages up to here were seen. */
  | Fact<'MessagesSeen', At & { readonly staffId: string }>
  | Fact<'HandoffResolved', At & Owned & { readonly code: string; readonly resume: boolean }>
  /** The patient went on with the assistant, or stopped everything, before a person answered. */
  | Fact<'HandoffWithdrawn', At & { readonly why: 'patient' }>
  /** References in the practice system: `Task/1`, `Communication/2`. */
  | Fact<'HandoffFiled', At & { readonly handoffId: string; readonly resources: readonly string[] }>
  | Fact<
      'HandoffClosedInPractice',
      At & { readonly handoffId: string; readonly resources: readonly string[] }
    >
  | Fact<'HandoffNotFiled', At & { readonly handoffId: string; readonly code: string }>;
