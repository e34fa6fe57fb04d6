import { describe, expect, test } from 'vitest';
import { begun, dialogue, minimal, shortForm } from './testdata/dialogue.ts';
import { text } from './texts.ts';

const photo = { kind: 'media', media: 'image', mediaId: 'm1' } as const;
const voice = { kind: 'media', media: 'audio', mediaId: 'm2' } as const;

/** At the name of the aurora form. */
const atName = () => begun().taps('Me').asks('step', 'name');
/** At the date of birth. */
const atBirth = () => atName().writes('Maria da Silva').asks('step', 'birth-date');
/** Everything answered. */
const atSummary = () =>
  atBirth()
    .writes('3 May 1984')
    .writes('female')
    .writes('this number')
    .writes('Rua das Flores 12, São Paulo 01310-000')
    .writes('self-pay')
    .writes('knee pain')
    .asks('summary');
const sent = () => atSummary().taps('Yes, send');

describe('the first message', () => {
  test.each([
    ['oi', '5511987654321', 'pt'],
    ['hola, quiero una cita', '5511987654321', 'es'],
    ['hello', '5511987654321', 'en'],
    ['👋', '5511987654321', 'pt'],
    ['👋', '5491122223333', 'es'],
    ['👋', '12125550100', 'en'],
    ['👋', '49301234567', 'pt'],
  ])('%j from %s is greeted in %s', (hello, phone, language) => {
    dialogue({ phone }).writes(hello).hear(language, 'greeting.hello', 'language.ask');
  });

  test('that names a language saves the question', () => {
    dialogue().writes('español por favor').hear('es', 'greeting.hello', 'opt-in.ask').asks('opt-in');
  });

  test('that asks for a person gets one, with hours and phone', () => {
    const chat = dialogue().writes('person');
    chat.hear('en', 'greeting.hello', 'handover.asked', 'handover.when', 'handover.continue');
    expect(chat.state().handover?.reason).toBe('asked');
    expect(chat.say()?.purpose).toBe('consent');
  });

  test('that is a photo is thanked for', () => {
    dialogue()
      .writes(photo)
      .hear('pt', 'greeting.hello', ['note.media', { kind: 'image' }], 'language.ask');
  });

  test('in a practice of one language, the opt-in comes at once', () => {
    const only = { ...minimal, languages: ['en'] };
    dialogue({ practice: only })
      .writes('hi')
      .hear('en', 'greeting.hello-minimal', 'opt-in.ask')
      .asks('opt-in');
  });

  test('a second hello repeats the question and counts nothing', () => {
    const chat = dialogue().writes('👋').writes('hello?').asks('language').writes('bom dia');
    expect(chat.asks('language').state().misunderstood).toBe(0);
  });

  test('a sentence in answer to the question of language is answer enough', () => {
    dialogue().writes('👋').writes('I would like to book a visit').hear('en', 'opt-in.ask');
  });
});

describe('the opt-in', () => {
  const asked = () => dialogue().writes('hi').taps('English');

  test('declined, nothing more is asked and a person calls', () => {
    const chat = asked().taps('No, call me').hear('en', 'handover.declined', 'handover.when');
    expect(chat.consent().status).toBe('declined');
    expect(chat.state().handover?.reason).toBe('declined');
    chat.writes('hello').isSilent();
    expect(chat.result().conversation).toContainEqual(expect.objectContaining({ type: 'MessageIgnored' }));
  });

  test('declined, "continue" asks again, and a tap on the old Yes is a yes', () => {
    asked().taps('No, call me').writes('continue').hear('en', 'opt-in.ask').asks('opt-in');
    asked().taps('No, call me').tapsId('q:opt-in:yes').asks('step', 'for-whom');
  });

  test('a yes before the question was seen is no yes', () => {
    const chat = dialogue().writes('English', 'yes').asks('opt-in');
    expect(chat.consent().status).toBe('asked');
  });

  test('"yes, but…" is no yes', () => {
    expect(asked().writes('yes but not on weekends').consent().status).toBe('asked');
  });

  test('where health details may only go at the patient’s own risk, says so', () => {
    const practice = { ...minimal, contentMode: 'acknowledged' as const };
    dialogue({ practice }).writes('hi').taps('English').hear('en', 'opt-in.ask-acknowledged');
  });
});

describe('an answer that is none', () => {
  test('is asked for again with a reason and an example, then otherwise, then by a person', () => {
    const chat = atBirth().writes('31/02/84');
    chat.hear('en', 'problem.NOT_IN_CALENDAR', [
      'ask.rephrase',
      { label: 'date of birth', example: '3 May 1984' },
    ]);
    expect(chat.result().conversation).toContainEqual({
      type: 'AnswerNotUnderstood',
      data: expect.objectContaining({ problem: 'NOT_IN_CALENDAR', times: 1 }),
    });
    chat
      .writes('asdf')
      .hear('en', 'problem.NOT_A_DATE', ['ask.only', { label: 'date of birth', example: '3 May 1984' }]);
    expect(chat.choices().map(({ title }) => title)).toEqual(['Back', 'A person']);
    chat.writes('qwer').hear('en', 'handover.three-misunderstandings', 'handover.when');
    expect(chat.state().owner).toBe('staff');
    chat.writes('continue').asks('step', 'birth-date').writes('3 May 1984').asks('step', 'sex');
  });

  test('of a choice gets its choices, then numbers, then a person', () => {
    const chat = begun().writes('asdf').hear('en', 'ask.choose');
    chat.writes('asdf').hear('en', 'ask.number');
    expect(chat.said()).toContain('1. Me\n2. ');
    chat.writes('asdf').hear('en', 'handover.three-misunderstandings');
  });

  test('a date of birth in the future is told so', () => {
    atBirth().writes('3 May 2084').hear('en', 'problem.IN_FUTURE').asks('step', 'birth-date');
  });

  test('understood in between, the count starts anew', () => {
    const chat = begun().writes('asdf').writes('asdf').writes('me').asks('step', 'name');
    chat.writes('back').writes('asdf').hear('en', 'ask.choose');
  });

  test('a burst of nonsense counts once', () => {
    const chat = begun().writes('asdf', 'qwer', 'zxcv');
    expect(chat.state()).toMatchObject({ owner: 'bot', misunderstood: 1 });
  });

  test('is not counted for one photo, but for the next', () => {
    const chat = atName()
      .writes(photo)
      .hear('en', ['note.media', { kind: 'image' }])
      .asks('step', 'name');
    expect(chat.state().misunderstood).toBe(0);
    expect(
      chat
        .writes(voice)
        .hear('en', ['note.media', { kind: 'audio' }])
        .state().misunderstood,
    ).toBe(1);
  });

  test.each([
    [{ kind: 'unsupported', what: 'poll' } as const],
    [{ kind: 'unknown', what: 'hologram' } as const],
  ])('%j is told to be unreadable here', (content) => {
    atName().writes(content).hear('en', 'note.unreadable').asks('step', 'name');
  });

  test.each([
    [{ kind: 'reaction', targetId: 'w', emoji: '👍' } as const],
    [{ kind: 'edit', targetId: 'w' } as const],
    [{ kind: 'revoke', targetId: 'w' } as const],
    [{ kind: 'edit', targetId: 'w', text: 'Maria Exemplo' } as const],
  ])('%j needs no answer', (content) => {
    atName().writes(content).isSilent().asks('step', 'name');
  });
});

describe('what people call themselves', () => {
  test('emoji are no name', () => {
    atName().writes('😀😀').hear('en', 'problem.NOT_A_NAME').asks('step', 'name');
  });

  test('a name from right to left is kept and isolated', () => {
    const chat = atName().writes('محمد علي').writes('3 May 1984').writes('male').writes('this number');
    chat.writes('Rua das Flores 12, São Paulo 01310-000').writes('self-pay').writes('knee');
    expect(chat.asks('summary').said()).toContain('\u2068محمد علي\u2069');
  });

  test('hostile text is not repeated outside the summary', () => {
    const hostile = "'; drop table patients; --";
    const chat = atName().writes(hostile).hear('en', 'problem.NOT_A_NAME');
    expect(chat.said()).not.toContain('drop');
  });

  test('"Maria Stop" is a name, "Stop" a stop', () => {
    expect(atName().writes('Maria Stop').asks('step', 'birth-date').consent().status).toBe('given');
    expect(atName().writes('Stop').consent().status).toBe('withdrawn');
  });

  test('a surname one letter from a command is a name', () => {
    atName().writes('Parson').asks('step', 'birth-date');
  });

  test('a command one letter off is a command where no free words are asked for', () => {
    atBirth().writes('pesron').hear('en', 'handover.asked');
  });
});

describe('back and change', () => {
  test('back asks the question before, and its answer is replaced', () => {
    const chat = atBirth().writes('back').asks('step', 'name').writes('Ana Souza').asks('step', 'birth-date');
    expect(chat.intake()).toMatchObject({ answers: { name: { text: 'Ana Souza' } } });
  });

  test('back at the first question says so', () => {
    begun().writes('voltar').hear('en', 'note.first-question').asks('step', 'for-whom');
  });

  test('back before the form goes to the language', () => {
    dialogue().writes('hi').taps('English').writes('back').asks('language');
  });

  test.each([
    ['change date of birth', 'birth-date'],
    ['change my name', 'name'],
    ['correct the name', 'name'],
    ['change date of brith', 'birth-date'],
    ['mudar o nome', 'name'],
    ['cambiar mi nombre', 'name'],
  ])('%j reopens %s and returns to the summary', (words, linkId) => {
    const chat = atSummary().writes(words).asks('step', linkId);
    chat.writes(linkId === 'name' ? 'Ana Souza' : '4 May 1984').asks('summary');
  });

  test('change alone lists the fields', () => {
    const chat = atSummary().taps('Change something').hear('en', 'change.which').asks('change-which');
    chat.taps('full name').asks('step', 'name').writes('Ana Souza').asks('summary');
    expect(chat.said()).toContain('Ana Souza');
  });

  test('change with something else lists the fields too', () => {
    atSummary().writes('change the weather').hear('en', 'note.no-such-field', 'change.which');
  });

  test('"no" to the summary is a wish to change it', () => {
    atSummary().writes('no').asks('change-which');
  });

  test('"change of medication" is a reason for a visit', () => {
    const chat = atSummary().writes('change reason').writes('change of medication').asks('summary');
    expect(chat.said()).toContain('change of medication');
  });

  test('a tap on an older question changes that answer', () => {
    const chat = atName().tapsId('a:for-whom:child').asks('step', 'name');
    expect(chat.intake()).toMatchObject({ answers: { 'for-whom': { code: 'child' } } });
  });

  test('a tap on an older question of the bot changes nothing', () => {
    const chat = atName().tapsId('q:opt-in:no').hear('en', 'note.older-question').asks('step', 'name');
    expect(chat.consent().status).toBe('given');
  });

  test('a tap on the summary’s Send while an answer is open sends nothing', () => {
    const chat = atSummary().writes('change name').tapsId('q:summary:send').asks('step', 'name');
    expect(chat.intake().status).toBe('asking');
  });
});

describe('skipping', () => {
  const atColour = () => begun({ form: shortForm }).writes('Ana Souza').asks('step', 'colour');

  test('an optional question by its button, by word, and by number', () => {
    atColour().taps('Skip').asks('step', 'reason');
    atColour().writes('pular').asks('step', 'reason');
    atColour().writes('3').asks('step', 'reason');
  });

  test('a question that is needed says so', () => {
    atBirth().writes('skip').hear('en', 'note.required').asks('step', 'birth-date');
  });

  test('a skipped answer is not in the summary', () => {
    const chat = atColour().taps('Skip').writes('knee').taps('Skip').asks('summary');
    expect(chat.said()).toContain('\u2068Ana Souza\u2069 · \u2068knee\u2069');
  });
});

describe('several messages at once', () => {
  test('are read in order and answered once', () => {
    const chat = atName().writes('Maria da Silva', '3 May 1984', 'female').asks('step', 'phone');
    expect(chat.result().say).toHaveLength(1);
  });

  test('of which the last cannot be read, say so of the question that is then open', () => {
    atName().writes('Maria da Silva', 'asdf').hear('en', 'problem.NOT_A_DATE').asks('step', 'birth-date');
  });

  test('more of a text belongs to it, and does not confirm an unseen summary', () => {
    const chat = atSummary()
      .writes('change reason')
      .writes('knee pain', 'since Monday', 'yes')
      .asks('summary');
    expect(chat.said()).toContain('knee pain since Monday yes');
    expect(chat.intake().status).toBe('reviewing');
  });

  test('a command among them is obeyed', () => {
    atName().writes('Maria da Silva', 'help').hear('en', 'note.help').asks('step', 'birth-date');
  });
});

describe('the language', () => {
  test('changes at any step, and the question is put again in it', () => {
    const chat = atBirth().writes('em português').asks('step', 'birth-date');
    expect(chat.said()).toContain('data de nascimento');
    expect(chat.state().language).toBe('pt');
    atSummary()
      .writes('español')
      .hear('es', ['review.ask', { lines: '' }]);
  });

  test('that is not offered here is told', () => {
    dialogue({ practice: minimal })
      .writes('hi')
      .writes('português')
      .hear('en', ['language.not-offered', { languages: 'English, Español' }]);
  });
});

describe('starting over', () => {
  test('is confirmed once, and then begins a new form', () => {
    const chat = atBirth().writes('start over').hear('en', 'start-over.ask').asks('start-over?');
    chat.taps('Yes, begin again').asks('step', 'for-whom');
    expect(chat.intake().status).toBe('discarded');
    chat.taps('Me').asks('step', 'name');
    expect(chat.intake()).toMatchObject({ status: 'asking', answers: { 'for-whom': { code: 'self' } } });
  });

  test('said no to, goes on', () => {
    atBirth().writes('recomeçar').writes('no').asks('step', 'birth-date');
  });
});

describe('sending', () => {
  test('thanks by the name of a patient who writes themselves', () => {
    const chat = sent().hear('en', ['sent', { name: '\u2068Maria\u2069' }]);
    expect(chat.say()?.dataClass).toBe('identity');
  });

  test('does not thank a child', () => {
    const chat = atSummary().tapsId('a:for-whom:child').asks('summary').taps('Yes, send');
    expect(chat.hear('en', ['sent', { name: 'none' }]).say()?.dataClass).toBe('none');
  });

  test('a delay is told once, then the arrival once', () => {
    const chat = sent().hears('intake-delayed').hear('en', 'delayed');
    chat.hears('intake-delayed').isSilent();
    chat.hears('intake-filed').hear('en', 'filed');
    chat.hears('intake-filed').isSilent().hears('intake-delayed').isSilent();
  });

  test('a refusal brings a person', () => {
    const chat = sent().hears('intake-refused').hear('en', 'handover.intake-refused', 'handover.when');
    expect(chat.state().handover?.reason).toBe('intake-refused');
    chat.writes('continue').isSilent();
  });

  test('news are not told over a person’s head', () => {
    sent().writes('person').hears('intake-filed').isSilent();
  });

  test('"thanks" needs no answer', () => {
    sent().hears('intake-filed').writes('thanks').isSilent().writes('👍').isSilent();
  });

  test('"hi" again is welcomed back, with what can be done', () => {
    const chat = sent().hears('intake-filed').waits(48).writes('hi');
    chat.hear('en', 'offer.welcome-back', ['offer.ask', { status: 'filed' }]).asks('offer');
    const first = chat.intake();
    chat.taps('New form').asks('step', 'for-whom');
    expect(chat.intake()).not.toEqual(first);
    expect(chat.intake()).toMatchObject({ status: 'asking', answers: {} });
  });

  test('a wish to change brings a person', () => {
    sent().writes('change name').hear('en', 'handover.change-after-sending');
  });

  test('a tap on a question of what was sent is kindly refused', () => {
    sent().hears('intake-filed').tapsId('a:sex:female').hear('en', 'note.with-clinic').asks('offer');
  });

  test('Send tapped twice sends once', () => {
    const chat = sent().tapsId('q:summary:send');
    expect(chat.result().intake).toBeUndefined();
    expect(chat.intake().status).toBe('confirmed');
  });
});

describe('silence', () => {
  test('coming back after hours gives one line of context and the question', () => {
    atBirth()
      .waits(7)
      .writes('hi')
      .hear('en', ['note.resumed', { where: 'form' }])
      .asks('step', 'birth-date');
  });

  test('an answer after hours is taken, with the line before the next question', () => {
    atBirth()
      .waits(30)
      .writes('3 May 1984')
      .hear('en', ['note.resumed', { where: 'form' }])
      .asks('step', 'sex');
  });

  test('before that, nothing is said of it', () => {
    const chat = atBirth().waits(5).writes('hi').asks('step', 'birth-date');
    expect(chat.said()).not.toContain(text('note.resumed', 'en', { where: 'form' }));
  });
});

describe('a person', () => {
  test('has the conversation to themselves', () => {
    const chat = atBirth().writes('I would like to talk to a person, please').hear('en', 'handover.asked');
    chat.writes('3 May 1984').isSilent().writes('help').isSilent();
    expect(chat.types()).toEqual(['MessagesRead', 'MessageIgnored']);
  });

  test('is left again with one word, at the right question', () => {
    atBirth().writes('person').writes('continuar').asks('step', 'birth-date');
  });

  test('hands back, and the next message finds the right question', () => {
    atBirth().writes('person').staffHandBack().writes('ok?').asks('step', 'birth-date');
  });
});

describe('where the chat takes no details', () => {
  const agreed = () =>
    dialogue({ practice: minimal, form: undefined, phone: '12125550100' })
      .writes('hi')
      .taps('English')
      .taps('Yes');

  test('a person replies after the opt-in, and no form is asked', () => {
    const chat = agreed().hear('en', 'handover.minimal-mode', 'handover.when');
    expect(chat.state().handover?.reason).toBe('minimal-mode');
    expect(chat.result().intake).toBeUndefined();
    expect(chat.say()?.dataClass).toBe('none');
  });

  test('what the patient writes is left to the person and never repeated', () => {
    agreed().writes('knee pain').isSilent().writes('continue').isSilent();
  });

  test('a form that is there all the same is not asked', () => {
    dialogue({ practice: minimal })
      .writes('hi')
      .taps('English')
      .taps('Yes')
      .hear('en', 'handover.minimal-mode');
  });
});

test('a practice without a form hands over', () => {
  dialogue({ form: undefined }).writes('hi').taps('English').taps('Yes').hear('en', 'handover.no-form');
});

describe('a form that changes meanwhile', () => {
  test('goes on with what it now asks', () => {
    atBirth().formBecomes(shortForm).writes('3 May 1984').asks('step', 'colour');
  });

  test('and is gone leaves the conversation to a person', () => {
    atBirth().formBecomes(undefined).writes('3 May 1984').hear('en', 'handover.no-form');
  });
});

test('what comes along with "begin again" was written before the first question was seen', () => {
  const chat = atBirth()
    .writes('start over')
    .writes('yes', 'Maria da Silva', '3 May 1984')
    .asks('step', 'for-whom');
  expect(chat.result().conversation.filter(({ type }) => type === 'MessageIgnored')).toHaveLength(2);
});
