import { readKnown } from '#conversation/index.ts';
import type { PatientPanel } from '#handoff/index.ts';
import { summaryLines } from '#intake/summary.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Parts } from './parts.ts';

/** What forms and matching know of a conversation's patient, for staff. Labels are in the practice's first language. */
export async function patientPanel(tx: Tx, parts: Parts, conversationId: string): Promise<PatientPanel> {
  const { store, sealer } = parts;
  const intake = (await readKnown(tx, { store, sealer }, conversationId))?.intake;
  const practice = parts.practiceOf(tx.practiceId);
  if (intake === undefined || intake.status === 'none') {
    return { name: null, birthDate: null, pmsPatientId: null, answers: [] };
  }
  const { answers } = intake;
  const name = Object.values(answers).find((answer) => answer.kind === 'name');
  const birth = practice?.intake?.form.steps.find(({ kind }) => kind === 'birth-date');
  const birthDate = birth === undefined ? undefined : answers[birth.linkId];
  const form = practice?.intake?.form;
  const language = practice?.settings.languages[0] ?? 'en';
  const lines = form === undefined ? [] : summaryLines(form, answers, language);
  return {
    name: name?.kind === 'name' ? name.text : null,
    birthDate: birthDate?.kind === 'date' ? birthDate.date : null,
    pmsPatientId: 'pmsPatientId' in intake ? (intake.pmsPatientId ?? null) : null,
    answers: lines.map(({ label, value }) => ({ label, value })),
  };
}
