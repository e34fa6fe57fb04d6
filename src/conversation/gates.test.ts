import { describe, expect, test } from 'vitest';
import type { Gate } from '#practice/practice.ts';
import { bookingRules, filed } from './testdata/dialogue.ts';

const withGates = (...gates: readonly Gate[]) => ({
  scheduling: {
    ...bookingRules,
    visitTypes: bookingRules.visitTypes.map((type) => ({ ...type, gates: [...gates] })),
  },
});

describe.each(['en', 'pt', 'es'] as const)('in %s', (language) => {
  test('who does not pass a gate is handed to a person, and told so without a reason', () => {
    const chat = filed(language, withGates({ kind: 'person' }));
    chat.hear(language, 'handover.gate-failed', 'handover.when');
    expect(chat.state()).toMatchObject({ owner: 'staff', handover: { reason: 'gate-failed' } });
    const { appointment, conversation } = chat.result();
    expect(appointment).toBeUndefined();
    expect(conversation).toContainEqual(
      expect.objectContaining({
        type: 'GateClosed',
        data: expect.objectContaining({ visitType: 'orthopaedics', gate: 'person' }),
      }),
    );
  });
});

test('what nobody asked for does not pass', () => {
  const chat = filed('en', withGates({ kind: 'age', min: 16 }));
  expect(chat.state().handover?.reason).toBe('gate-failed');
});

test('who passes is offered times, and is not stopped again when they look further', () => {
  const chat = filed('en', withGates()).finds();
  chat.asks('slots');
  expect(chat.state().owner).toBe('bot');
});

test('a coded answer opens its gate', () => {
  const rules = withGates({ kind: 'answer', linkId: 'colour', in: ['r'] });
  const other = withGates({ kind: 'answer', linkId: 'colour', in: ['b'] });
  expect(filed('en', rules).result().appointment?.events).toMatchObject([{ type: 'SlotsRequested' }]);
  expect(filed('en', other).state().handover?.reason).toBe('gate-failed');
});
