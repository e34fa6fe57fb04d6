import type { QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import { type Form, type FormStep, stepByLinkId } from './form.ts';
import { type Item, localize, questionnaire, translations } from './questionnaire.ts';
import type { Answers, AnswerValue, Language } from './step.ts';

/**
 * The answers in the shape of their Questionnaire: groups hold their questions, a question's answer holds the questions
 * nested under it. What was not answered is left out, and so are groups in which nothing was.
 *
 * @throws Error when `source` is not the Questionnaire of the form: that would be a bug, for it was compiled from it.
 */
export function responseItems(
  form: Form,
  source: unknown,
  answers: Answers,
  language: Language,
): QuestionnaireResponseItem[] {
  const parsed = questionnaire.safeParse(source);
  if (!parsed.success || parsed.data.url !== form.url) throw new Error(`not the Questionnaire ${form.url}`);
  const own = parsed.data.language ?? form.languages[0] ?? language;
  const build = (items: readonly Item[]): QuestionnaireResponseItem[] =>
    items.flatMap((item): QuestionnaireResponseItem[] => {
      const { linkId } = item;
      if (item.type === 'group') {
        const inside = build(item.item ?? []);
        const text = localize(translations(item.text, item._text, own), [language])[language];
        return inside.length > 0 ? [{ linkId, ...(text && { text }), item: inside }] : [];
      }
      const step = stepByLinkId(form, linkId);
      const given = Object.hasOwn(answers, linkId) ? answers[linkId] : undefined;
      const answer = step && given && toAnswer(step, item, given, language);
      if (!answer) return [];
      const inside = build(item.item ?? []);
      const text = step.text[language];
      return [
        { linkId, ...(text && { text }), answer: [inside.length > 0 ? { ...answer, item: inside } : answer] },
      ];
    });
  return build(parsed.data.item ?? []);
}

function toAnswer(
  step: FormStep,
  item: Item,
  answer: AnswerValue,
  language: Language,
): QuestionnaireResponseItemAnswer | undefined {
  switch (answer.kind) {
    case 'coding':
      return codingAnswer(step, item, answer, language);
    case 'text':
    case 'name':
    case 'address':
      return { valueString: answer.text };
    case 'phone':
      return { valueString: answer.e164 };
    case 'date':
      return step.itemType === 'date' ? { valueDate: answer.date } : { valueString: answer.date };
    case 'integer':
      return { valueInteger: answer.value };
    default:
      return undefined;
  }
}

/** An option is answered by the kind of value by which the form offers it. */
function codingAnswer(
  step: FormStep,
  item: Item,
  { code, system }: Extract<AnswerValue, { kind: 'coding' }>,
  language: Language,
): QuestionnaireResponseItemAnswer {
  if (step.itemType === 'boolean') return { valueBoolean: code === 'true' };
  for (const option of item.answerOption ?? []) {
    if (option.valueString === code) return { valueString: code };
    if (option.valueInteger !== undefined && String(option.valueInteger) === code) {
      return { valueInteger: option.valueInteger };
    }
  }
  const display = step.options.find((option) => option.code === code)?.display[language];
  return { valueCoding: { ...(system && { system }), code, ...(display && { display }) } };
}
