import type { InboundContent } from '#channels/channel.ts';
import type { ProblemCode } from './problem.ts';
import type { AnswerValue, Language, StepOption } from './step.ts';

export type ReadContext = {
  /** The conversation's language; what is written in another one of the form's is understood all the same. */
  readonly language: Language;
  /** Today at the practice: `YYYY-MM-DD`. */
  readonly today: string;
  /** ISO 3166-1 alpha-2: the order of day and month, and the country of a phone number without one. */
  readonly jurisdiction: string;
  /** The sender's own number, `+5511987654321`, where the channel tells it. */
  readonly ownPhone?: string;
};

/** What is known beside the code, for the text that asks again. */
export type ReadProblem = {
  readonly problem: ProblemCode;
  /** With NOT_A_CHOICE: the options that it may mean; empty where it means none. */
  readonly candidates?: readonly StepOption[];
  /** With TOO_LONG: characters. */
  readonly limit?: number;
  /** With NEEDS_TEXT. */
  readonly came?: InboundContent['kind'];
};

export type ReadAnswer =
  | {
      readonly answer: AnswerValue;
      /** True where day and month could be swapped and the locale's order decided: write the month as a word. */
      readonly ambiguous?: boolean;
    }
  | ReadProblem;
