import type { InboxPage } from '#handoff/contract.ts';
import { createPhone, examplePatients, type Phone, playPersona } from '../../sandbox/phone/index.ts';
import type { Sandbox } from '../../src/cli/sandbox.ts';
import { crowd } from '../../test/scenarios/crowd.ts';
import { choicesOf, type TestPatient, testPatient } from '../../test/scenarios/test-patient.ts';
import { signInAsPersona } from '../../test/scenarios/test-staff.ts';
import { offeredTimes, slotsOffered } from '../../test/scenarios/visits.ts';

/** Some days of a made-up clinic: patients take in, book, are reminded and ask for people. What the staff app then shows. */

const practiceId = 'aurora';
const timeZone = 'America/Sao_Paulo';
const hourMs = 60 * 60_000;

/** Milliseconds for a patient's intake. */
const intakeTimeoutMs = 60_000;

export type ClinicDays = {
  /** The conversation that is shown open. */
  readonly conversationId: string;
  /** What a member of staff is writing there. */
  readonly draft: string;
};

type Clinic = {
  readonly sandbox: Sandbox;
  readonly phone: Phone;
  readonly accountId: string;
  readonly patient: (id: string) => TestPatient;
};

export async function playClinicDays(sandbox: Sandbox): Promise<ClinicDays> {
  const clinic = openClinic(sandbox);
  await moveTo(clinic, nextMonday(now(clinic), 9));
  const thursday = now(clinic) + 3 * 24 * hourMs;
  const groups = [
    ['p1', 'p2', 'p3'],
    ['p4', 'p5'],
    ['p6', 'p7', 'p8', 'maria'],
  ];
  let place = 0;
  for (const group of groups) {
    for (const id of group) await books(clinic, id, thursday, place++);
    // On Wednesday the reminders of two days before have come.
    if (group.includes('maria')) {
      for (const id of ['p1', 'p2', 'p5']) await confirms(clinic, id);
      await cancels(clinic, 'p4');
    }
    await moveTo(clinic, now(clinic) + 24 * hourMs);
  }
  await moveTo(clinic, thursday + 40 * 60_000);
  await confirms(clinic, 'p7');
  for (const id of ['p10', 'p11']) await books(clinic, id, thursday + 24 * hourMs, place++);
  return await morning(clinic);
}

/** With more phones than the sandbox's own. */
function openClinic(sandbox: Sandbox): Clinic {
  const accountId = sandbox.accountOf(practiceId) ?? '';
  const phone = createPhone({
    accounts: sandbox.world.lines,
    patients: [...examplePatients, ...crowd],
  });
  return { sandbox, phone, accountId, patient: (id) => testPatient(phone, id, accountId) };
}

const now = ({ sandbox }: Clinic): number => sandbox.world.clock.now();

async function moveTo({ sandbox }: Clinic, instant: number): Promise<void> {
  const advanceSeconds = Math.ceil((instant - sandbox.world.clock.now()) / 1000);
  if (advanceSeconds < 1) return;
  const response = await fetch(`${sandbox.url}/sandbox/api/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceSeconds }),
  });
  if (!response.ok) throw new Error(`the clock was not moved: ${response.status}`);
}

/** The next Monday at this hour of the clinic, in milliseconds; São Paulo is three hours behind UTC all year. */
function nextMonday(from: number, hour: number): number {
  const day = new Date(from);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 1);
  return day.setUTCHours(hour + 3, 0, 0, 0);
}

/** Plays the intake until times are offered, then books one of that day. */
async function books(clinic: Clinic, id: string, day: number, place: number): Promise<void> {
  const { phone, accountId } = clinic;
  const patient = clinic.patient(id);
  const { persona } = personaOf(clinic, id);
  const { done } = await playPersona({
    phone,
    patientId: id,
    accountId,
    persona,
    timeoutMs: intakeTimeoutMs,
    until: () => offeredTimes(patient).length > 0,
  });
  if (!done) throw new Error(`${id} was offered no time`);
  await patient.says(
    new Intl.DateTimeFormat('pt-BR', { timeZone, day: 'numeric', month: 'numeric' }).format(day),
  );
  const times = await slotsOffered(patient);
  // Maria comes last, so that her visit is still to come when she asks.
  await patient.taps((id === 'maria' ? times.at(-1) : times[place % times.length]) ?? '');
  const told = await patient.taps('Marcar');
  if (!told.includes('✓')) throw new Error(`${id} could not book: ${told}`);
}

function personaOf({ phone }: Clinic, id: string) {
  const patient = phone.patients.find(({ user }) => user.id === id);
  if (patient === undefined) throw new Error(`there is no ${id}`);
  return patient;
}

async function confirms(clinic: Clinic, id: string): Promise<void> {
  const patient = clinic.patient(id);
  if (patient.heard().some((bubble) => choicesOf(bubble).includes('Confirmar')))
    await patient.taps('Confirmar');
}

async function cancels(clinic: Clinic, id: string): Promise<void> {
  await clinic.patient(id).walks('desmarcar', 'sim');
}

/** Thursday morning: some need a person, and one of them is answered. */
async function morning(clinic: Clinic): Promise<ClinicDays> {
  const { sandbox, patient, phone, accountId } = clinic;
  const maria = patient('maria');
  await maria.says('pessoa');
  const lia = await signInAsPersona(sandbox.url, 'front-desk', practiceId);
  const { rows } = await lia.sees<InboxPage>('/api/inbox');
  const conversationId = rows[0]?.conversationId ?? '';
  const path = `/api/conversations/${conversationId}`;
  await says(maria, 'Posso levar o exame do ano passado? E onde estaciono?');
  const { token } = await lia.does<{ token: number }>(`${path}/take`);
  const heard = maria.heard().length;
  const text = 'Bom dia, Maria! Pode sim, traga o exame e um documento com foto.';
  await lia.does(`${path}/reply`, { token, key: 'picture-0001', text });
  await maria.until(() => maria.heard().length > heard, 'the reply');
  phone.seen('maria', accountId);
  await lia.does(`${path}/notes`, { key: 'picture-0002', text: 'Vem com a filha. Sala no térreo, se der.' });

  const joao = patient('joao');
  await joao.walks('oi', 'Português', 'sim', 'eu', 'João Exemplo', 'banana', 'abacate', 'caju');
  const iara = patient('p9');
  await iara.walks('oi', 'Português', 'sim', 'eu', 'Iara Exemplo', 'pessoa');
  await says(iara, 'prefiro falar com alguém');
  const lucia = patient('lucia');
  await lucia.walks('hola', 'Español', 'sí', 'yo', 'Lucía Ejemplo', 'me duele mucho el pecho');
  return { conversationId, draft: 'Há vagas para visitantes na entrada da Rua das Flores.' };
}

/** Says something to a person: the assistant does not answer. */
async function says(patient: TestPatient, text: string): Promise<void> {
  patient.mutters({ kind: 'text', text });
  await patient.until(({ messages }) => messages.some((each) => each.text === text), text);
}
