import type { InboxPage, RoutingAnswer } from '#handoff/contract.ts';
import type { PhoneContent } from '../../sandbox/phone/index.ts';
import type { Random } from '../simulation/random.ts';
import { choicesOf, type TestPatient } from './test-patient.ts';
import type { TestStaff } from './test-staff.ts';

/** What patients and staff do at random, through their phones and their screens. */

const words = [
  ...[
    'oi',
    'Português',
    'Sim',
    'eu',
    '1',
    '2',
    'Ana Exemplo',
    '3 de maio de 1984',
    'voltar',
    'ajuda',
    'mudar',
  ],
  ...['pessoa', 'pessoa', 'STOP', 'START', 'English', 'recomeçar', 'sim', 'não', 'outra coisa', '😀'],
  ...[
    '(11) 95550-0101',
    'Rua das Flores 12, São Paulo, 01310-100',
    'dor no joelho',
    'dor no peito e falta de ar',
  ],
  ...['remarcar', 'desmarcar', 'amanhã', 'consulta'],
];

/** What the patient may tap in the newest message that offers something. */
function tapOf(patient: TestPatient, random: Random): PhoneContent | undefined {
  const titles = patient
    .heard()
    .toReversed()
    .map(choicesOf)
    .find((choices) => choices.length > 0);
  const title = titles?.[random.below(titles.length)];
  return title === undefined ? undefined : patient.tap(title);
}

/** Sends one thing, or two at once. */
export function actAsPatient(patient: TestPatient, random: Random): void {
  const tap = random.chance(0.5) ? tapOf(patient, random) : undefined;
  if (tap !== undefined) patient.mutters(tap);
  if (tap === undefined || random.chance(0.2))
    patient.mutters({ kind: 'text', text: words[random.below(words.length)] ?? 'oi' });
}

const queues = ['waiting', 'mine', 'all'] as const;

/** One action of staff on one conversation; being refused is an answer too. */
export async function actAsStaff(
  staff: TestStaff,
  random: Random,
  colleagues: readonly string[],
): Promise<void> {
  const queue = queues[random.below(queues.length)];
  const { rows } = await staff.sees<InboxPage>(`/api/inbox?queue=${queue}`);
  const row = rows[random.below(rows.length)];
  if (row === undefined) return;
  const path = `/api/conversations/${row.conversationId}`;
  await staff.asks('POST', `${path}/take`, random.chance(0.2) ? { over: true } : {});
  const { body } = await staff.asks('GET', path);
  const token = body?.lease?.token ?? 1;
  const key = `random-key-${random.below(1e9)}`;
  const { resolutionCodes } = await staff.sees<RoutingAnswer>('/api/routing');
  const code = resolutionCodes[random.below(resolutionCodes.length)]?.id ?? 'answered';
  const actions: readonly (readonly [string, object])[] = [
    ['reply', { token, key, text: 'Bom dia! Já vejo isso.' }],
    ['notes', { key, text: 'Ligou ontem.' }],
    ['release', { token }],
    ['renew', { token }],
    ['seen', {}],
    ['assign', { token, staffId: colleagues[random.below(colleagues.length)] ?? staff.staffId }],
    ['resolve', { token, code, resume: random.chance(0.5) }],
    ['resolve', { token, code, resume: random.chance(0.5) }],
  ];
  const [what, given] = actions[random.below(actions.length)] ?? ['seen', {}];
  await staff.asks('POST', `${path}/${what}`, given);
}
