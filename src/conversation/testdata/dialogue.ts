import { expect } from 'vitest';
import type { Choice, ChannelUser, InboundContent } from '#channels/channel.ts';
import { type ConsentState, consent } from '#consent/consent.ts';
import { compileForm } from '#intake/compile-form.ts';
import type { Form, FormStep } from '#intake/form.ts';
import { type IntakeState, intake } from '#intake/intake.ts';
import type { PracticeSettings } from '#practice/practice.ts';
import auroraForm from '../../../practices/aurora/forms/intake.json' with { type: 'json' };
import { type ConversationEvent, type ConversationState, conversation } from '../conversation.ts';
import { takeTurn } from '../take-turn.ts';
import { type TextKey, type TextParams, text } from '../texts.ts';
import type { Mail, Say, TurnResult } from '../turn.ts';

/** A fictitious practice that takes the whole intake in the chat. */
export const aurora: PracticeSettings = {
  id: 'aurora',
  name: 'Clínica Aurora',
  jurisdiction: 'BR',
  timeZone: 'America/Sao_Paulo',
  languages: ['pt', 'es', 'en'],
  contentMode: 'open',
  phone: '+55 11 5550-1200',
  address: 'Rua das Flores 12',
  privacyUrl: 'https://aurora.example/privacidade',
  emergency: { number: '192' },
  openingHours: { pt: 'das 8h às 18h', es: 'de 8 a 18 h', en: '8 am to 6 pm' },
  phases: { intake: true },
  intakeForm: 'intake',
};

export const minimal: PracticeSettings = {
  ...aurora,
  id: 'riverside',
  name: 'Riverside Family Clinic',
  jurisdiction: 'US',
  languages: ['en', 'es'],
  contentMode: 'minimal',
  emergency: { number: '911' },
};

/** Aurora's own form. */
export const auroraIntake: Form = (() => {
  const compiled = compileForm(auroraForm, aurora.languages);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.form;
})();

const localized = (en: string, pt = en, es = en) => ({ en, pt, es });

const step = (linkId: string, rest: Partial<FormStep>): FormStep => ({
  linkId,
  kind: 'text',
  text: localized(`What is the ${linkId}?`),
  label: localized(linkId),
  labelSynonyms: {},
  example: localized(`an example of ${linkId}`),
  options: [],
  required: true,
  maxLength: 500,
  dataClass: 'reason',
  rules: [],
  lands: undefined,
  open: false,
  itemType: 'text',
  notes: [],
  variants: [],
  ...rest,
});

/** A short form with an optional text and an optional choice. */
export const shortForm: Form = {
  id: 'short',
  version: '1',
  url: 'https://aurora.example/Questionnaire/short',
  title: localized('Short'),
  languages: ['pt', 'es', 'en'],
  steps: [
    step('name', { kind: 'person-name', dataClass: 'identity', lands: 'Patient.name' }),
    step('colour', {
      kind: 'choice',
      required: false,
      dataClass: 'demographics',
      options: [
        { code: 'r', display: localized('Red', 'Vermelho', 'Rojo'), synonyms: {} },
        { code: 'b', display: localized('Blue', 'Azul', 'Azul'), synonyms: {} },
      ],
    }),
    step('reason', {}),
    step('remarks', { required: false }),
  ],
};

type Content = string | InboundContent;

/** A conversation that is folded turn by turn, and remembers what was said last. */
export type Dialogue = ReturnType<typeof dialogue>;

export function dialogue(options: { practice?: PracticeSettings; form?: Form | undefined; phone?: string } = {}) {
  const practice = options.practice ?? aurora;
  let form = 'form' in options ? options.form : auroraIntake;
  const from: ChannelUser = { phone: options.phone ?? '5511987654321', profileName: 'someone' };
  let now = Temporal.Instant.from('2026-11-23T12:00:00Z');
  let turns = 0;
  let messages = 0;
  let state: ConversationState = conversation.initial;
  let consentState: ConsentState = consent.initial;
  const intakes = new Map<string, IntakeState>();
  let result: TurnResult = { conversation: [], consent: [], intake: undefined, say: [] };
  const facts: ConversationEvent[] = [];

  const currentIntake = (): IntakeState => intakes.get(state.intakeId ?? '') ?? intake.initial;

  const take = (mail: readonly Mail[]): void => {
    turns += 1;
    now = now.add({ seconds: 20 });
    const input = {
      turnId: `t${turns}`,
      at: now.toString(),
      mail,
      practice,
      form,
      conversation: state,
      intake: currentIntake(),
      consent: consentState,
    };
    result = takeTurn(input);
    expect(takeTurn(input)).toEqual(result);
    facts.push(...result.conversation);
    state = result.conversation.reduce(conversation.evolve, state);
    consentState = result.consent.reduce(consent.evolve, consentState);
    if (result.intake) {
      const { intakeId, events } = result.intake;
      intakes.set(intakeId, events.reduce(intake.evolve, intakes.get(intakeId) ?? intake.initial));
    }
  };

  const message = (content: Content): Mail => {
    messages += 1;
    return {
      kind: 'message',
      externalId: `wamid.${messages}`,
      at: now.add({ seconds: 10 }).toString(),
      from,
      content: typeof content === 'string' ? { kind: 'text', text: content } : content,
    };
  };

  const chat = {
    /** The patient writes; several at once are one turn. */
    writes: (...contents: readonly Content[]) => {
      take(contents.map(message));
      return chat;
    },
    /** Taps the choice with that title among those last offered. */
    taps: (title: string) => {
      const choice = chat.choices().find((each) => each.title === title);
      expect(choice, `a choice "${title}" among ${chat.choices().map((each) => each.title)}`).toBeDefined();
      return chat.tapsId(choice?.id ?? '', title);
    },
    tapsId: (id: string, title = 'x') => chat.writes({ kind: 'choice', via: 'button', id, title }),
    /** News from inside about the intake that is current. */
    hears: (kind: 'intake-filed' | 'intake-delayed' | 'intake-refused', intakeId = state.intakeId ?? '') => {
      const past = intakes.get(intakeId);
      const filed = { type: 'IntakeFiled', data: { resources: [], at: now.toString() } } as const;
      if (past && kind === 'intake-filed') intakes.set(intakeId, intake.evolve(past, filed));
      take([{ kind, intakeId }]);
      return chat;
    },
    waits: (hours: number) => {
      now = now.add({ hours });
      return chat;
    },
    /** The practice puts another form in force. */
    formBecomes: (other: Form | undefined) => {
      form = other;
      return chat;
    },
    staffHandBack: () => {
      state = conversation.evolve(state, { type: 'HandedBack', data: { by: 'staff', at: now.toString() } });
      return chat;
    },
    /** What the last turn said has these texts, in this order. */
    hear: (language: string, ...keys: readonly (TextKey | readonly [TextKey, TextParams])[]) => {
      let from = 0;
      for (const each of keys) {
        const [key, params] = typeof each === 'string' ? [each, {}] : each;
        const wanted = text(key, language, { ...params_(practice, language), ...params });
        const found = chat.said().indexOf(wanted, from);
        expect(found, `${key} in: ${chat.said()}`).toBeGreaterThanOrEqual(0);
        from = found + wanted.length;
      }
      return chat;
    },
    /** What the last turn asked. */
    asks: (what: string, linkId?: string) => {
      expect(state.asked).toEqual(linkId === undefined ? { what } : { what, linkId });
      return chat;
    },
    isSilent: () => {
      expect(result.say).toEqual([]);
      return chat;
    },
    say: (): Say | undefined => result.say.at(-1),
    said: (): string => result.say.map(({ content }) => content.text).join('\n---\n'),
    choices: (): readonly Choice[] =>
      result.say.flatMap(({ content }) => (content.kind === 'choices' ? content.choices : [])),
    result: () => result,
    state: () => state,
    consent: () => consentState,
    intake: currentIntake,
    facts: () => facts,
    types: () => result.conversation.map(({ type }) => type),
  };
  return chat;
}

function params_(practice: PracticeSettings, language: string): TextParams {
  return {
    practice: practice.name,
    phone: practice.phone,
    privacyUrl: practice.privacyUrl,
    number: practice.emergency.number,
    hours: practice.openingHours[language] ?? '',
  };
}

/** Up to the first question of the form. */
export function begun(options: Parameters<typeof dialogue>[0] = {}, language = 'English', yes = 'Yes') {
  return dialogue(options).writes('hi').taps(language).taps(yes);
}
