import type { TestSandbox } from './sandbox.ts';
import { choicesOf, type TestPatient } from './test-patient.ts';

/** From "oi" to details that are with the clinic, in Portuguese. The reason names the knee: orthopaedics. */
export async function finishIntake(patient: TestPatient, name = 'maria exemplo da silva'): Promise<void> {
  await patient.says('oi');
  await patient.taps('Português');
  await patient.taps('Sim');
  await patient.says('eu');
  await patient.says(name);
  await patient.says('3 de maio de 1984');
  await patient.says('1');
  await patient.says('(11) 95550-0101');
  await patient.says('Rua das Flores 12, São Paulo, 01310-100');
  await patient.taps('Saúde Horizonte');
  await patient.says('0 123 456');
  await patient.says('dor no joelho desde segunda');
  await patient.taps('Sim, enviar');
  await patient.until(
    (chat) => chat.messages.some(({ side, text }) => side === 'practice' && text?.includes('✓') === true),
    'the news that it is filed',
  );
}

type Resource = {
  readonly resourceType: string;
  readonly id: string;
  readonly status?: string;
  readonly start?: string;
  readonly end?: string;
  readonly slot?: readonly { readonly reference: string }[];
  readonly participant?: readonly {
    readonly actor?: { readonly reference?: string };
    readonly status: string;
  }[];
  readonly [field: string]: unknown;
};

/** Every resource of a type in the practice system, as anybody could ask for it. */
export async function inPracticeSystem(
  world: TestSandbox,
  type: string,
  query = '',
  practiceId = 'aurora',
): Promise<readonly Resource[]> {
  const base = world.sandbox.world.pmsUrl(practiceId);
  const response = await fetch(`${base}/${type}?_count=200${query}`, {
    headers: { accept: 'application/fhir+json' },
  });
  // A FHIR searchset.
  const bundle = (await response.json()) as { entry?: { resource: Resource }[] };
  return bundle.entry?.map(({ resource }) => resource) ?? [];
}

/** The status of the slot that an appointment takes. */
export async function slotOf(world: TestSandbox, appointment: Resource): Promise<string | undefined> {
  return await slotStatus(world, appointment.slot?.[0]?.reference ?? '');
}

/** @param reference `Slot/1` */
export async function slotStatus(world: TestSandbox, reference: string): Promise<string | undefined> {
  const base = world.sandbox.world.pmsUrl('aurora');
  const response = await fetch(`${base}/${reference}`, { headers: { accept: 'application/fhir+json' } });
  return ((await response.json()) as Resource).status;
}

const isTime = /\d{2}:\d{2}$/;

/** The times that the practice's last message offers. */
export function offeredTimes(patient: TestPatient): readonly string[] {
  return choicesOf(patient.heard().at(-1)).filter((title) => isTime.test(title));
}

/** Waits until slots are offered. Returns their titles. */
export async function slotsOffered(patient: TestPatient): Promise<readonly string[]> {
  await patient.until(() => offeredTimes(patient).length > 0, 'free times');
  return offeredTimes(patient);
}

/** After the intake: takes the first time that is offered and books it. Returns its title. */
export async function bookFirst(patient: TestPatient): Promise<string> {
  const [first = ''] = await slotsOffered(patient);
  await patient.taps(first);
  const booked = await patient.taps('Marcar');
  if (!booked.includes('✓')) throw new Error(`it was not booked: ${booked}`);
  return first;
}
