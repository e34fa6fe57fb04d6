import { describe, expect, test } from 'vitest';
import { begun, type Dialogue, dialogue, minimal } from './testdata/dialogue.ts';

const places: readonly (readonly [string, () => Dialogue])[] = [
  ['nothing', () => dialogue()],
  ['the language', () => dialogue().writes('hi')],
  ['the opt-in', () => dialogue().writes('hi').taps('English')],
  ['a choice', () => begun()],
  ['a name', () => begun().taps('Me')],
  ['a date', () => begun().taps('Me').writes('Ana Souza')],
  ['what to change', () => begun().taps('Me').writes('change')],
  ['starting over', () => begun().taps('Me').writes('start over')],
  ['a person', () => begun().taps('Me').writes('person')],
  ['minimal mode', () => dialogue({ practice: minimal }).writes('hi').taps('English').taps('Yes')],
];

describe.each(places)('at %s', (_place, at) => {
  test.each(['stop', 'STOP!', 'parar', 'não quero mais mensagens', 'alto', 'no más mensajes', 'unsubscribe'])(
    '%j ends everything, with one confirmation',
    (word) => {
      const chat = at().writes(word);
      expect(chat.result().say).toMatchObject([{ purpose: 'stop-confirmation' }]);
      expect(chat.result().consent).toMatchObject([{ type: 'OptedOut', data: { scope: 'all' } }]);
      expect(['none', 'discarded']).toContain(chat.intake().status);
    },
  );

  test('a stop among other messages wins at once', () => {
    const chat = at().writes('Maria', 'stop', 'wait, no', '3 May 1984');
    expect(chat.result().say).toMatchObject([{ purpose: 'stop-confirmation' }]);
    expect(chat.result().intake?.events.some(({ type }) => type === 'AnswerGiven')).not.toBe(true);
    expect(chat.result().conversation.filter(({ type }) => type === 'MessageIgnored')).toHaveLength(3);
  });

  test('a red flag stops everything and says only where to call', () => {
    const chat = at().writes('I have chest pain');
    expect(chat.result().say).toMatchObject([{ purpose: 'emergency', dataClass: 'none' }]);
    expect(chat.state()).toMatchObject({ owner: 'staff', handover: { reason: 'red-flag', priority: 'top' } });
    chat.writes('hello?').isSilent().writes('continue').isSilent().writes('I have chest pain').isSilent();
  });
});

describe('after a stop', () => {
  const stopped = () => begun().taps('Me').writes('stop');

  test('the patient is told once a day how to start again', () => {
    const chat = stopped().writes('hi').hear('en', 'stop.reminder');
    expect(chat.say()?.purpose).toBe('consent');
    chat.writes('hi').isSilent().waits(25).writes('hi').hear('en', 'stop.reminder');
  });

  test('an old button is not a new consent', () => {
    expect(stopped().tapsId('q:opt-in:yes').consent().status).toBe('withdrawn');
  });

  test.each(['START', 'começar', 'Empezar'])('%j opts in anew and begins the form', (word) => {
    const chat = stopped().waits(1).writes(word).asks('step', 'for-whom');
    expect(chat.consent().status).toBe('given');
    expect(chat.intake()).toMatchObject({ status: 'asking', answers: {} });
  });

  test('of one who was never asked, START asks for the opt-in', () => {
    dialogue()
      .writes('stop')
      .waits(1)
      .writes('start')
      .hear('pt', 'greeting.hello', 'language.ask')
      .taps('English')
      .asks('opt-in');
  });

  test('news are not told, but a refusal is handed to a person', () => {
    const chat = stopped().hears('intake-refused', 'x').isSilent();
    expect(chat.state().handover?.reason).toBe('intake-refused');
  });

  test('an emergency is answered all the same', () => {
    expect(stopped().writes('não consigo respirar').result().say).toMatchObject([{ purpose: 'emergency' }]);
  });
});

describe('cancel', () => {
  const inForm = () => begun().taps('Me');

  test('in a form asks what is meant', () => {
    const chat = inForm().writes('cancelar').hear('en', 'stop.which').asks('stop-or-form?');
    expect(chat.consent().status).toBe('given');
  });

  test('said twice means everything', () => {
    expect(inForm().writes('cancel').writes('cancel').consent().status).toBe('withdrawn');
  });

  test('may mean the form only', () => {
    const chat = inForm().writes('cancel').taps('Only this form').hear('en', 'form.stopped').asks('offer');
    expect(chat.consent().status).toBe('given');
    expect(chat.intake().status).toBe('discarded');
    chat.taps('New form').asks('step', 'for-whom');
  });

  test('may mean all messages', () => {
    const chat = inForm().writes('cancel').taps('All messages');
    expect(chat.result().say).toMatchObject([{ purpose: 'stop-confirmation' }]);
    expect(inForm().writes('cancel').writes('2').consent().status).toBe('withdrawn');
  });

  test('may be a slip', () => {
    inForm().writes('cancel').taps('Go on').asks('step', 'name');
  });

  test('outside a form is a stop', () => {
    expect(dialogue().writes('hi').writes('cancel').consent().status).toBe('withdrawn');
  });
});

describe('an emergency', () => {
  test('is answered in the chosen language, else in that of the call', () => {
    dialogue().writes('no puedo respirar').hear('es', 'emergency');
    begun().writes('no puedo respirar').hear('en', 'emergency');
  });

  test('is seen in a burst that is one sentence', () => {
    begun().writes('I have a bad pain', 'in my chest').hear('en', 'emergency');
  });

  test('is seen in a caption', () => {
    begun()
      .writes({ kind: 'media', media: 'image', mediaId: 'm', caption: 'he is not breathing' })
      .hear('en', 'emergency');
  });

  test('is seen in the answers of a form, and in what a message was changed to', () => {
    begun()
      .writes({
        kind: 'form',
        name: 'flow',
        response: { reason: ['other', { more: 'he is not breathing' }] },
      })
      .hear('en', 'emergency');
    begun().writes({ kind: 'edit', targetId: 'm', text: 'I want to die' }).hear('en', 'emergency');
  });

  test('is answered in the practice’s own words where it has some', () => {
    const { practice } = begun().input();
    const own = { ...practice, emergency: { number: '911', text: { es: '{practice}: llame al {number}' } } };
    const said = dialogue({ practice: own }).writes('no puedo respirar').say()?.content;
    expect(said).toEqual({ kind: 'text', text: `${practice.name}: llame al 911` });
    dialogue({ practice: own }).writes('I have chest pain').hear('en', 'emergency');
  });

  test('is seen while a person has the conversation', () => {
    begun().writes('person').writes('I want to die').hear('en', 'emergency');
  });

  test('together with a stop gets one message that serves both', () => {
    const chat = begun().writes('chest pain', 'stop').hear('en', 'stop.confirmed', 'stop.emergency');
    expect(chat.result().say).toHaveLength(1);
    expect(chat.state().handover?.reason).toBe('red-flag');
  });

  test('says what it may be only in what is sealed', () => {
    const facts = begun().writes('I want to die').result().conversation;
    expect(facts).toContainEqual(expect.objectContaining({ type: 'RedFlagSeen', phi: { flag: 'suicide' } }));
    expect(JSON.stringify(facts.map(({ data }) => data))).not.toContain('suicide');
  });
});
