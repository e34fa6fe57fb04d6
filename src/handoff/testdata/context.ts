import type { HandoffContext } from '../context.ts';

export const opened = '2026-11-22T10:00:00.000Z';

/** The instant so many minutes after the handoff was opened. */
export const minute = (minutes: number) => new Date(Date.parse(opened) + minutes * 60_000).toISOString();

export function contextOf(changes: Partial<HandoffContext> = {}): HandoffContext {
  return {
    schema: 'handoff-context/1',
    handoffId: 'h1',
    conversationId: 'c1',
    at: opened,
    reason: 'asked',
    priority: 'normal',
    language: 'pt',
    doing: { what: 'step', question: 'Qual é o seu convênio?', misunderstood: 0 },
    patient: { name: 'Maria da Silva', phone: '+5511987654321' },
    intake: {
      intakeId: 'i1',
      status: 'asking',
      lines: [{ label: 'nome', value: 'Maria da Silva' }],
      missing: ['convênio'],
    },
    lastMessage: 'quero falar com uma pessoa',
    ...changes,
  };
}
