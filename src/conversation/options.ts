import { enabledSteps, type Form, stepByLinkId } from '#intake/form.ts';
import type { Answers, StepOption } from '#intake/step.ts';
import type { Asked } from './conversation.ts';
import { option } from './option.ts';
import { shipped, shippedLanguages, text } from './texts.ts';
import { isIntakeOpen, offeredLanguages, type Turn } from './turn-in-progress.ts';
import { bookedVisit, hasVisit, visitMark } from './visit.ts';
import { visitOptions } from './visit-options.ts';
import { languageNames } from './vocabulary.ts';

/**
 * The choices under the bot's own questions, in the shape of a form's options: so they are read by the same reader,
 * with numbers, ordinals, synonyms and typing errors, in every language.
 */
export function optionsOf(turn: Turn, asked: Asked = turn.open): readonly StepOption[] {
  switch (asked.what) {
    case 'language':
      return offeredLanguages(turn.input).map(languageOption);
    case 'change-which':
      return fieldOptions(turn);
    case 'step': {
      const step = turn.input.form && stepByLinkId(turn.input.form, asked.linkId);
      return step?.options ?? [];
    }
    case 'stop-or-form?':
      return stopOptions(turn);
    case 'none':
    case 'opt-in':
    case 'summary':
    case 'start-over?':
      return fixed[asked.what];
    default:
      return visitOptions(turn, asked.what);
  }
}

const fixed = {
  none: [],
  'opt-in': [option('yes', 'opt-in.yes', 'yes'), option('no', 'opt-in.no', 'no')],
  summary: [option('send', 'review.send', 'yes', 'send'), option('change', 'review.change', 'no')],
  'start-over?': [option('yes', 'start-over.yes', 'yes'), option('no', 'start-over.no', 'no')],
} as const satisfies Partial<Record<Asked['what'], readonly StepOption[]>>;

/** What "cancel" may mean here, the nearest first. */
function stopOptions(turn: Turn): readonly StepOption[] {
  const booked = bookedVisit(turn);
  const mark = booked === undefined ? 'looking' : visitMark(booked);
  return [
    ...(hasVisit(turn) ? [option(`visit/${mark}`, 'stop.visit', 'theVisit')] : []),
    ...(isIntakeOpen(turn) ? [option('form', 'stop.form', 'form')] : []),
    option('all', 'stop.all', 'messages'),
    option('go-on', 'stop.go-on', 'no', 'keepIt'),
  ];
}

/** A language is named in itself, whatever is spoken. */
function languageOption(tag: string): StepOption {
  const base = shipped(tag) ?? 'en';
  const name = text(`word.language.${base}`, base);
  const names = [...languageNames].filter(([, language]) => language === base).map(([each]) => each);
  return {
    code: tag,
    display: Object.fromEntries([...shippedLanguages, tag].map((language) => [language, name])),
    synonyms: Object.fromEntries([[base, names]]),
  };
}

/** The fields that were answered, by their labels. */
function fieldOptions({ input, intake }: Turn): readonly StepOption[] {
  if (input.form === undefined || intake.status === 'none') return [];
  return fieldsOf(input.form, intake.answers);
}

export function fieldsOf(form: Form, answers: Answers): readonly StepOption[] {
  return enabledSteps(form, answers)
    .filter(({ linkId }) => Object.hasOwn(answers, linkId))
    .map(({ linkId, label, labelSynonyms }) => ({ code: linkId, display: label, synonyms: labelSynonyms }));
}
