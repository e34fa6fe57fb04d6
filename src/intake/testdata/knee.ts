import { compileForm } from '../compile-form.ts';
import type { Form } from '../form.ts';

/** A small form: name, insured?, and only then the insurer, which may be skipped. */
export const kneeQuestionnaire = {
  resourceType: 'Questionnaire',
  id: 'knee',
  url: 'https://example.org/Questionnaire/knee',
  version: '1',
  language: 'en',
  status: 'active',
  item: [
    {
      linkId: 'name',
      type: 'string',
      text: 'What is your full name?',
      required: true,
      definition: 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.name',
    },
    { linkId: 'insured', type: 'boolean', text: 'Are you insured?', required: true },
    {
      linkId: 'insurer',
      type: 'string',
      text: 'With whom?',
      enableWhen: [{ question: 'insured', operator: '=', answerBoolean: true }],
    },
  ],
} as const;

export const knee: Form = compiled(kneeQuestionnaire, ['en']);

/** The form, or an error that names every finding. */
export function compiled(questionnaire: unknown, languages: readonly string[]): Form {
  const result = compileForm(questionnaire, languages);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.form;
}
