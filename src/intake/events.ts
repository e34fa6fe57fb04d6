import type { Fact } from '#kernel/event.ts';
import type { AnswerValue } from './step.ts';

/** How an answer was given: a tap, typed text, a shared contact or place, a form in the messenger, or our page. */
export const answerWays = ['tap', 'typed', 'shared', 'flow', 'page', 'staff', 'known'] as const;

export type AnswerWay = (typeof answerWays)[number];

/**
 * The facts of one intake, stream `intake/<intakeId>`. `data` holds nothing personal: which question was answered
 * and how, never what was answered. Frozen by `testdata/events.json`.
 */
export type IntakeEvent =
  | Fact<
      'IntakeStarted',
      {
        readonly intakeId: string;
        readonly patientId: string;
        readonly formId: string;
        readonly formVersion: string;
        readonly language: string;
        readonly at: string;
      }
    >
  | Fact<
      'AnswerGiven',
      {
        readonly linkId: string;
        readonly way: AnswerWay;
        /** linkIds whose answers no longer apply. */
        readonly dropped: readonly string[];
        /** True when no enabled question is left. */
        readonly complete: boolean;
        readonly at: string;
      },
      { readonly answer: AnswerValue }
    >
  /** The question is asked again; its answer stands until a new one is given. */
  | Fact<'AnswerReopened', { readonly linkId: string; readonly why: 'back' | 'change'; readonly at: string }>
  | Fact<'IntakeConfirmed', { readonly at: string }>
  | Fact<'IntakeDiscarded', { readonly why: DiscardReason; readonly at: string }>
  | Fact<
      'PatientFound',
      { readonly pmsPatientId: string; readonly how: 'identifier' | 'demographics'; readonly at: string }
    >
  | Fact<'PatientAmbiguous', { readonly count: number; readonly at: string }>
  | Fact<'PatientRegistered', { readonly pmsPatientId: string; readonly at: string }>
  /** The practice system did not take it yet. Recorded once per intake, however often it is tried. */
  | Fact<'FilingDelayed', { readonly code: string; readonly at: string }>
  /** `resources` are references in the practice system: `Patient/1`. */
  | Fact<'IntakeFiled', { readonly resources: readonly string[]; readonly at: string }>
  | Fact<'IntakeRefused', { readonly code: string; readonly at: string }>;

export const discardReasons = ['start-over', 'stopped', 'declined', 'expired', 'staff'] as const;

export type DiscardReason = (typeof discardReasons)[number];
