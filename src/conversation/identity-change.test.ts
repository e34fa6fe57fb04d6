import { describe, expect, test } from 'vitest';
import { begun, dialogue } from './testdata/dialogue.ts';

const changed = {
  kind: 'identity-change',
  userId: 'BR.2',
  previousUserId: 'BR.1',
  phone: '5511900000002',
} as const;

describe('the number, id or device behind a conversation changes', () => {
  const moved = () => begun().taps('Me').writes('Ana Souza').writes(changed);

  test('a person verifies who it is, and nothing of the patient is said', () => {
    const chat = moved().hear('en', 'handover.identity-changed', 'handover.when');
    expect(chat.say()).toMatchObject({ dataClass: 'none' });
    expect(JSON.stringify(chat.result().say)).not.toContain('Ana');
    expect(chat.state()).toMatchObject({
      owner: 'staff',
      unverified: true,
      handover: { reason: 'identity-changed', priority: 'normal' },
    });
  });

  test('no word of theirs gives it back to the assistant', () => {
    const chat = moved();
    for (const word of ['continue', 'hello', 'back', 'change', 'help', 'start over'])
      chat.writes(word).isSilent();
    expect(chat.state().owner).toBe('staff');
  });

  test('what was written with it is not answered either', () => {
    const chat = begun().taps('Me').writes('Ana Souza', changed, '3 May 1984', 'help');
    chat.hear('en', 'handover.identity-changed', 'handover.when');
    expect(chat.intake()).not.toMatchObject({ answers: { 'birth-date': expect.anything() } });
  });

  test('where a person had it already, the patient can no longer take it back', () => {
    const chat = begun().writes('person').writes(changed).isSilent().writes('continue').isSilent();
    expect(chat.state().handover?.reason).toBe('identity-changed');
  });

  test('after a stop nothing is said, and a person is told all the same', () => {
    const chat = begun().taps('Me').writes('stop').writes(changed).isSilent();
    expect(chat.state()).toMatchObject({ owner: 'staff', unverified: true });
  });

  test('an emergency stays one, and is answered on the new number', () => {
    const chat = begun().writes('I have chest pain').writes(changed).isSilent();
    expect(chat.state().handover?.reason).toBe('red-flag');
    moved().writes('I cannot breathe').hear('en', 'emergency');
  });

  test('before anything was said there is nothing to protect', () => {
    const chat = dialogue().writes(changed).isSilent();
    expect(chat.state()).toMatchObject({ owner: 'bot' });
    expect(chat.state().unverified).toBeUndefined();
  });

  test('staff have looked at it when they hand it back', () => {
    const chat = moved().staffDone(true);
    expect(chat.state()).toMatchObject({ owner: 'bot' });
    expect(chat.state().unverified).toBeUndefined();
  });
});
