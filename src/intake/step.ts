import type { DataClass } from '#kernel/phi.ts';

/**
 * Glossary of the intake words.
 *
 * - **form**: a FHIR Questionnaire, compiled. Its leaves are **steps**, asked one at a time.
 * - **step**: one question: what is asked, how the answer is read and checked, where it lands in the chart.
 * - **answer**: a step's checked value. It is patient data, always.
 * - **enabled**: a step whose `enableWhen` holds for the answers so far; answers of disabled steps are dropped.
 */

/** BCP 47 tag of a language that the practice offers: `pt`, `en`. */
export type Language = string;

/** One text in every language of the practice. */
export type Localized = Readonly<Record<Language, string>>;

export type StepKind =
  | 'choice'
  | 'text'
  | 'person-name'
  | 'birth-date'
  | 'date'
  | 'phone'
  | 'address'
  | 'member-number'
  | 'integer';

export type StepOption = {
  readonly code: string;
  readonly system?: string;
  readonly display: Localized;
  /** Other words that mean this option, lower case, per language. */
  readonly synonyms: Readonly<Record<Language, readonly string[]>>;
};

export type Step = {
  readonly linkId: string;
  readonly kind: StepKind;
  /** The question, with its example and its reason where the form gives them. */
  readonly text: Localized;
  /** A short noun for the summary and for "change …": "date of birth". */
  readonly label: Localized;
  /** Other words for the label, lower case, per language: "birthday". */
  readonly labelSynonyms: Readonly<Record<Language, readonly string[]>>;
  /** An answer that would do: "3 May 1984". */
  readonly example: Localized;
  readonly options: readonly StepOption[];
  /** A step that is not required can be skipped with "skip". */
  readonly required: boolean;
  readonly maxLength: number;
  readonly dataClass: DataClass;
};

export type AnswerValue =
  | { readonly kind: 'coding'; readonly code: string; readonly system?: string }
  | { readonly kind: 'text'; readonly text: string }
  /** `text` is the name as written (spaces tidied, capitals set where it was typed without or all in them); `given` and `family` are a best reading of it. */
  | {
      readonly kind: 'name';
      readonly text: string;
      readonly given: readonly string[];
      readonly family?: string;
    }
  /** `YYYY-MM-DD` */
  | { readonly kind: 'date'; readonly date: string }
  /** `+5511987654321` */
  | { readonly kind: 'phone'; readonly e164: string }
  | { readonly kind: 'address'; readonly text: string; readonly postalCode?: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'skipped' };

/** linkId → answer. */
export type Answers = Readonly<Record<string, AnswerValue>>;
