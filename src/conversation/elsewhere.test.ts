import { describe, expect, test } from 'vitest';
import { begun, dialogue } from './testdata/dialogue.ts';
import type { Mail } from './turn.ts';

const echo = (by: 'staff' | 'another-app'): Mail => ({
  kind: 'echo',
  externalId: 'wamid.echo',
  at: '2026-11-23T12:00:00Z',
  by,
  content: { kind: 'text', text: 'We will call you' },
});

describe.each([
  ['staff', 'answered-elsewhere'],
  ['another-app', 'another-app'],
] as const)('%s writes to the patient from the same number', (by, reason) => {
  test('the assistant falls silent, and stays so until staff hand back', () => {
    const chat = begun().taps('Me').gets(echo(by)).isSilent();
    expect(chat.state()).toMatchObject({ owner: 'staff', handover: { reason, priority: 'normal' } });
    for (const word of ['Ana Souza', 'continue', 'help']) chat.writes(word).isSilent();
    chat.staffDone(true).hear('en', ['note.handed-back', { where: 'form' }]);
    expect(chat.state().owner).toBe('bot');
  });

  test('what it was about to say in the same turn is not said', () => {
    const chat = begun().taps('Me');
    chat.gets(chat.letter('Ana Souza'), echo(by), chat.letter('3 May 1984')).isSilent();
    expect(chat.state().owner).toBe('staff');
  });

  test('before anything was said as well', () => {
    const chat = dialogue().gets(echo(by)).isSilent().writes('hi').isSilent();
    expect(chat.state()).toMatchObject({ owner: 'staff', handover: { reason } });
  });

  test('a person who has the conversation keeps it for the reason they have it', () => {
    const chat = begun().writes('person').gets(echo(by)).isSilent();
    expect(chat.state().handover?.reason).toBe('asked');
    begun().writes('I have chest pain').gets(echo(by)).isSilent();
  });
});

describe('another app has the chat', () => {
  const standby = (letter: Mail): Mail => (letter.kind === 'message' ? { ...letter, standby: true } : letter);

  test('what the patient writes is not answered, and the conversation waits for staff', () => {
    const chat = begun().taps('Me');
    chat.gets(standby(chat.letter('Ana Souza'))).isSilent();
    expect(chat.state()).toMatchObject({ owner: 'staff', handover: { reason: 'another-app' } });
    expect(chat.intake()).not.toMatchObject({ answers: { name: expect.anything() } });
  });

  test('handed back while it still has it, the assistant falls silent again at the next word', () => {
    const chat = begun().taps('Me');
    chat.gets(standby(chat.letter('hi'))).staffDone(false);
    chat.gets(standby(chat.letter('hello?'))).isSilent();
    expect(chat.state().owner).toBe('staff');
  });

  test('a stop is obeyed, and not confirmed in a chat that is not ours', () => {
    const chat = begun().taps('Me');
    chat.gets(standby(chat.letter('stop'))).isSilent();
    expect(chat.consent().status).toBe('withdrawn');
    expect(chat.state().owner).toBe('staff');
  });

  test('a call for help is answered, whoever has the chat', () => {
    const chat = begun().taps('Me');
    chat.gets(standby(chat.letter('I have chest pain'))).hear('en', 'emergency');
    expect(chat.state().handover).toMatchObject({ reason: 'red-flag', priority: 'top' });
  });
});
