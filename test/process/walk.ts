import type { PhoneContent, PhoneState } from '../../sandbox/phone/index.ts';
import type { WebPhone } from './phone.ts';

/** What a patient of the practice "aurora" does, one step per question, in Portuguese. */
export type Step = { readonly says: string } | { readonly taps: string };

export const greeting: Step = { says: 'oi' };

export type Person = { readonly name: string; readonly birthDate: string; readonly phone: string };

/** From the practice's first message to its summary. */
export const answersOf = ({ name, birthDate, phone }: Person): readonly Step[] => [
  { taps: 'Português' },
  { taps: 'Sim' },
  { taps: 'Para mim' },
  { says: name },
  { says: birthDate },
  { says: '1' },
  { says: phone },
  { says: 'Rua das Flores 12, São Paulo, 01310-100' },
  { taps: 'Saúde Horizonte' },
  { says: '0123456' },
  { says: 'dor no joelho desde segunda' },
];

export const confirm: Step = { taps: 'Sim, enviar' };

/** The patient does it; resolves when the provider has it. */
export function take(phone: WebPhone, step: Step): Promise<void> {
  if ('taps' in step) return phone.taps(step.taps);
  const content: PhoneContent = { kind: 'text', text: step.says };
  return phone.sends(content);
}

const heardBy = (state: PhoneState) => state.messages.filter(({ side }) => side === 'practice').length;

/**
 * Takes a step and waits for the practice's answer to it.
 * @param meanwhile runs between the provider's taking of the message and the wait: what shall go wrong there
 */
export async function takeAndHear(
  phone: WebPhone,
  step: Step,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const before = heardBy(await phone.chat());
  await take(phone, step);
  await meanwhile?.();
  await phone.until((state) => heardBy(state) > before, `an answer to ${JSON.stringify(step)}`);
}

/** The news that all is filed was said, and the free times that follow it by themselves. */
export function isFiled({ messages }: PhoneState): boolean {
  const said = messages.filter(({ side }) => side === 'practice');
  const news = said.findIndex(({ text }) => text?.includes('✓') === true);
  return news >= 0 && said.length > news + 1;
}
