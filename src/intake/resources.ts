import type { Consent, Coverage, Patient, QuestionnaireResponse, Reference } from 'fhir/r4.js';
import type { Identifier, IntakeEntry } from '#pms/pms.ts';
import type { PracticeSettings } from '#practice/practice.ts';
import { type Form, type FormStep, type Landing, prune } from './form.ts';
import { responseItems } from './response-items.ts';
import type { Answers, AnswerValue, Language } from './step.ts';

/** The opt-in that stands behind the intake. */
export type GivenConsent = {
  /** ISO 8601, UTC. */
  readonly givenAt: string;
  /** Version of the text that was agreed to. */
  readonly wording: string;
  readonly language: Language;
  /** The provider's id of the message in which the patient said so. */
  readonly evidence?: string;
};

export type IntakeToFile = {
  readonly form: Form;
  /** The FHIR Questionnaire that `form` was compiled from: its groups shape the response. */
  readonly questionnaire: unknown;
  readonly answers: Answers;
  readonly intakeId: string;
  /** Ours. The practice system gives its own. */
  readonly patientId: string;
  readonly language: Language;
  /** ISO 8601, UTC. */
  readonly confirmedAt: string;
  readonly practice: Pick<PracticeSettings, 'name' | 'jurisdiction' | 'privacyUrl'>;
  /** The system of the identifiers that we give (`pms.yaml`). */
  readonly identifierSystem: string;
  readonly consent?: GivenConsent;
  /** The number that the patient writes from, `+5511987654321`. */
  readonly channelPhone?: string;
};

export type IntakeResources = {
  /** Ours, for the patient: `patientId` in the practice's system. Stands in `patient` as well. */
  readonly identifier: Identifier;
  readonly patient: Patient;
  /** What is filed under the patient, once the practice system has given them an id. `Patient/123` */
  readonly entriesFor: (patientReference: string) => readonly IntakeEntry[];
};

const selfPay = 'http://terminology.hl7.org/CodeSystem/coverage-selfpay';

/**
 * FHIR R4 resources of a confirmed intake. Each carries an identifier of ours: `patientId` for the patient,
 * `<intakeId>:coverage`, `<intakeId>:questionnaire-response` and `<intakeId>:consent` for the entries; so a create whose answer
 * was lost can be looked up. Answers that no longer apply are left out.
 */
export function toResources(intake: IntakeToFile): IntakeResources {
  const live: IntakeToFile = { ...intake, answers: prune(intake.form, intake.answers) };
  const identifier = { system: intake.identifierSystem, value: intake.patientId };
  return {
    identifier,
    patient: toPatient(live, identifier),
    entriesFor: (patientReference) => {
      const subject: Reference = { reference: patientReference };
      const coverage = toCoverage(live, subject);
      const response = toResponse(live, subject);
      const consent = toConsent(live, subject);
      return [coverage, response, consent].filter((entry) => entry !== undefined);
    },
  };
}

function ours({ identifierSystem, intakeId }: IntakeToFile, what: string): Identifier {
  return { system: identifierSystem, value: `${intakeId}:${what}` };
}

type Answered = { readonly step: FormStep; readonly answer: AnswerValue };

function answerAt({ form, answers }: IntakeToFile, landing: Landing): Answered | undefined {
  const step = form.steps.find(({ lands, linkId }) => lands === landing && Object.hasOwn(answers, linkId));
  const answer = step && answers[step.linkId];
  return step && answer && answer.kind !== 'skipped' ? { step, answer } : undefined;
}

function textAt(intake: IntakeToFile, landing: Landing): string | undefined {
  const answer = answerAt(intake, landing)?.answer;
  return answer && 'text' in answer ? answer.text : undefined;
}

/** True unless the form asks who answers and the answer is somebody else. */
function answersForThemselves(intake: IntakeToFile): boolean {
  const source = answerAt(intake, 'QuestionnaireResponse.source')?.answer;
  return source === undefined || (source.kind === 'coding' && source.code === 'self');
}

/** Who answered: the patient, or somebody of whom we know only what they are to the patient. */
function informant(intake: IntakeToFile, subject: Reference): Reference {
  if (answersForThemselves(intake)) return subject;
  const source = answerAt(intake, 'QuestionnaireResponse.source');
  const option = source?.step.options.find(
    ({ code }) => source.answer.kind === 'coding' && source.answer.code === code,
  );
  const who = option?.display[intake.language] ?? option?.code ?? 'someone else';
  return { type: 'RelatedPerson', display: `the person who wrote for the patient ("${who}")` };
}

function toPatient(intake: IntakeToFile, identifier: Identifier): Patient {
  const gender = answerAt(intake, 'Patient.gender')?.answer;
  const birthDate = answerAt(intake, 'Patient.birthDate')?.answer;
  const name = toName(intake);
  const telecom = toTelecom(intake);
  const address = toAddress(intake);
  return {
    resourceType: 'Patient',
    identifier: [identifier],
    active: true,
    ...(name && { name: [name] }),
    ...(telecom && { telecom: [telecom] }),
    // Some systems demand it (US Core 5), and none refuses `unknown`.
    gender: (gender?.kind === 'coding' && genders.find((known) => known === gender.code)) || 'unknown',
    ...(birthDate?.kind === 'date' && { birthDate: birthDate.date }),
    ...(address && { address: [address] }),
    communication: [
      { language: { coding: [{ system: 'urn:ietf:bcp:47', code: intake.language }] }, preferred: true },
    ],
  };
}

const genders = ['male', 'female', 'other', 'unknown'] as const;

function toName(intake: IntakeToFile): NonNullable<Patient['name']>[number] | undefined {
  const whole = answerAt(intake, 'Patient.name')?.answer;
  if (whole?.kind === 'name') {
    const { text, given, family } = whole;
    return {
      use: 'official',
      text,
      ...(family && { family }),
      ...(given.length > 0 && { given: [...given] }),
    };
  }
  const given = textAt(intake, 'Patient.name.given');
  const family = textAt(intake, 'Patient.name.family');
  if (given === undefined && family === undefined) return undefined;
  return {
    use: 'official',
    text: [given, family].filter(Boolean).join(' '),
    ...(family && { family }),
    ...(given && { given: given.split(' ') }),
  };
}

function toTelecom(intake: IntakeToFile): NonNullable<Patient['telecom']>[number] | undefined {
  const phone = answerAt(intake, 'Patient.telecom')?.answer;
  if (phone?.kind !== 'phone') return undefined;
  // A number that runs a messenger is a mobile's; of another one nobody said.
  const use = phone.e164 === intake.channelPhone ? 'mobile' : 'home';
  return { system: 'phone', value: phone.e164, use };
}

function toAddress(intake: IntakeToFile): NonNullable<Patient['address']>[number] | undefined {
  const country = intake.practice.jurisdiction;
  const whole = answerAt(intake, 'Patient.address')?.answer;
  if (whole?.kind === 'address') {
    const { text, postalCode } = whole;
    return { use: 'home', text, line: [text], ...(postalCode && { postalCode }), country };
  }
  const line = textAt(intake, 'Patient.address.line');
  const city = textAt(intake, 'Patient.address.city');
  const state = textAt(intake, 'Patient.address.state');
  const postalCode = textAt(intake, 'Patient.address.postalCode');
  const parts = [line, city, state, postalCode].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return {
    use: 'home',
    text: parts.join(', '),
    ...(line && { line: [line] }),
    ...(city && { city }),
    ...(state && { state }),
    ...(postalCode && { postalCode }),
    country,
  };
}

function toCoverage(intake: IntakeToFile, subject: Reference): IntakeEntry | undefined {
  const payer = answerAt(intake, 'Coverage.payor');
  const named = textAt(intake, 'Coverage.payor.display');
  if (!payer && named === undefined) return undefined;
  const identifier = ours(intake, 'coverage');
  const paysThemselves = payer?.answer.kind === 'coding' && payer.answer.system === selfPay;
  const subscriberId = textAt(intake, 'Coverage.subscriberId');
  const themselves = answersForThemselves(intake);
  const resource: Coverage = {
    resourceType: 'Coverage',
    identifier: [identifier],
    status: 'active',
    ...(paysThemselves && { type: { coding: [{ system: selfPay, code: 'pay' }] } }),
    ...(subscriberId && !paysThemselves && { subscriberId }),
    beneficiary: subject,
    // Whose policy a child is on was not asked; US Core wants the element all the same.
    relationship: themselves ? { coding: [{ system: relationships, code: 'self' }] } : { text: 'not asked' },
    payor: [paysThemselves ? subject : payor(payer, named, intake.language)],
  };
  return { identifier, resource };
}

const relationships = 'http://terminology.hl7.org/CodeSystem/subscriber-relationship';

function payor(payer: Answered | undefined, named: string | undefined, language: Language): Reference {
  if (named !== undefined) return { display: named };
  const answer = payer?.answer;
  if (answer?.kind === 'text') return { display: answer.text };
  if (answer?.kind !== 'coding') return { display: 'not stated' };
  const option = payer?.step.options.find(({ code }) => code === answer.code);
  const display = option?.display[language] ?? answer.code;
  return answer.system === undefined
    ? { display }
    : { identifier: { system: answer.system, value: answer.code }, display };
}

function toResponse(intake: IntakeToFile, subject: Reference): IntakeEntry {
  const { form, questionnaire, answers, language, confirmedAt } = intake;
  const identifier = ours(intake, 'questionnaire-response');
  const who = informant(intake, subject);
  const item = responseItems(form, questionnaire, answers, language);
  const resource: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    language,
    identifier,
    questionnaire: form.version === '' ? form.url : `${form.url}|${form.version}`,
    status: 'completed',
    subject,
    authored: confirmedAt,
    author: who,
    source: who,
    ...(item.length > 0 && { item }),
  };
  return { identifier, resource };
}

function toConsent(intake: IntakeToFile, subject: Reference): IntakeEntry | undefined {
  const { consent, practice } = intake;
  if (!consent) return undefined;
  const identifier = ours(intake, 'consent');
  const resource: Consent = {
    resourceType: 'Consent',
    language: consent.language,
    identifier: [identifier],
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0', display: 'Consent Document' }] }],
    patient: subject,
    dateTime: consent.givenAt,
    performer: [informant(intake, subject)],
    organization: [{ display: practice.name }],
    ...(consent.evidence && {
      sourceReference: { identifier: { value: consent.evidence }, display: 'the message that gave it' },
    }),
    policy: [{ uri: practice.privacyUrl }],
    policyRule: { text: `opt-in wording ${consent.wording}, in "${consent.language}"` },
    provision: { type: 'permit' },
  };
  return { identifier, resource };
}
