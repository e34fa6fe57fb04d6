import type { InboundContent } from '#channels/channel.ts';
import { unreachable } from '#kernel/decider.ts';
import type { FormStep } from './form.ts';
import type { ProblemCode } from './problem.ts';
import { readChoice, readTapId } from './read-choice.ts';
import { readDate } from './read-date.ts';
import { readName } from './read-name.ts';
import { ownNumber, ownNumberTap, readPhone, sharedPhone } from './read-phone.ts';
import { readAddress, readInteger, readMemberNumber, readText } from './read-text.ts';
import type { AnswerValue, Language, StepOption } from './step.ts';
import { tidyLine } from './tidy.ts';

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

/**
 * Reads what a patient sent as the answer to a step: kind about how it is written, strict about what it means. Never
 * throws, and never interprets what it reads.
 */
export function readAnswer(step: FormStep, content: InboundContent, context: ReadContext): ReadAnswer {
  switch (content.kind) {
    case 'text':
      return readTyped(step, content.text, context);
    case 'choice':
      return readTap(step, content, context);
    case 'contacts':
      return step.kind === 'phone' ? sharedPhone(content, context.jurisdiction) : needsText(content);
    case 'location': {
      if (step.kind !== 'address' || !content.address) return needsText(content);
      const place = readTyped(step, content.address, context);
      return 'answer' in place ? place : needsText(content);
    }
    default:
      return needsText(content);
  }
}

function needsText({ kind }: InboundContent): ReadAnswer {
  return { problem: 'NEEDS_TEXT', came: kind };
}

function readTap(
  step: FormStep,
  tap: Extract<InboundContent, { kind: 'choice' }>,
  context: ReadContext,
): ReadAnswer {
  if (step.kind === 'phone' && tap.id === ownNumberTap) return ownNumber(context.ownPhone);
  if (step.kind !== 'choice') return needsText(tap);
  const tapped = readTapId(tap.id);
  const option = step.options.find(({ code }) => tapped?.linkId === step.linkId && tapped.code === code);
  // A tap on another question's choice, from further up in the chat, answers nothing here.
  return option ? { answer: coding(option) } : { problem: 'NOT_A_CHOICE', candidates: [] };
}

function readTyped(step: FormStep, text: string, context: ReadContext): ReadAnswer {
  switch (step.kind) {
    case 'choice':
      return readTypedChoice(step, text, context);
    case 'birth-date':
    case 'date': {
      const { today, jurisdiction } = context;
      const read = readDate(text, { today, jurisdiction, birth: step.kind === 'birth-date' });
      if ('problem' in read) return read;
      const answer = { kind: 'date', date: read.date } as const;
      return read.ambiguous ? { answer, ambiguous: true } : { answer };
    }
    case 'person-name':
      return readName(text, context.language, step.maxLength);
    case 'phone':
      return readPhone(text, context.jurisdiction, context.ownPhone);
    case 'address':
      return readAddress(text, context.jurisdiction, step.maxLength);
    case 'member-number':
      return readMemberNumber(text, step.maxLength);
    case 'integer':
      return readInteger(text);
    case 'text':
      return readText(text, step.maxLength);
    default:
      return unreachable(step.kind);
  }
}

function readTypedChoice(step: FormStep, text: string, { language }: ReadContext): ReadAnswer {
  const read = readChoice(text, step.options, language);
  if ('option' in read) return { answer: coding(read.option) };
  if (step.open && read.candidates.length === 0) return readText(text, step.maxLength);
  if (tidyLine(text) === '') return { problem: 'EMPTY' };
  return { problem: 'NOT_A_CHOICE', candidates: read.candidates };
}

function coding({ code, system }: StepOption): AnswerValue {
  return system === undefined ? { kind: 'coding', code } : { kind: 'coding', code, system };
}
