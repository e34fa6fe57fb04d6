import { expect } from 'vitest';
import type { Choice, ChannelUser, InboundContent } from '#channels/channel.ts';
import { type ConsentState, consent } from '#consent/consent.ts';
import { compileForm } from '#intake/compile-form.ts';
import type { Form, FormStep } from '#intake/form.ts';
import { type IntakeState, intake } from '#intake/intake.ts';
import { isRefusal } from '#kernel/decider.ts';
import { type PracticeSettings, type SchedulingSettings, schedulingFile } from '#practice/practice.ts';
import {
  type AppointmentCommand,
  type AppointmentState,
  appointment,
  type OpenAppointment,
} from '#scheduling/appointment.ts';
import type { AppointmentEvent, LossReason, SlotOffer } from '#scheduling/events.ts';
import { type ReminderAction, reminderTap } from '#scheduling/reminder-tap.ts';
import auroraForm from '../../../practices/aurora/forms/intake.json' with { type: 'json' };
import { type ConversationEvent, type ConversationState, conversation } from '../conversation.ts';
import { takeTurn } from '../take-turn.ts';
import { type TextKey, type TextParams, text } from '../texts.ts';
import {
  type AppointmentNews,
  appointmentsNamed,
  type Mail,
  type Say,
  type TurnInput,
  type TurnResult,
} from '../turn.ts';

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
  phases: { intake: true, scheduling: false, reminders: false },
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

/** Aurora, booking by chat. */
export const booking: PracticeSettings = {
  ...aurora,
  phases: { intake: true, scheduling: true, reminders: true },
};

export const bookingRules: SchedulingSettings = schedulingFile.parse({
  visitTypes: [
    {
      id: 'orthopaedics',
      name: { en: 'Orthopaedics', pt: 'Ortopedia', es: 'Traumatología' },
      minutes: 20,
      words: { en: ['knee'], pt: ['joelho'], es: ['rodilla'] },
    },
    { id: 'consultation', name: { en: 'Consultation', pt: 'Consulta', es: 'Consulta' }, minutes: 20 },
  ],
});

export const clinicians = { prado: 'Dr Helena Prado', serra: 'Dr Ivo Serra' } as const;

/** A slot of twenty minutes. `start` is ISO 8601, UTC. */
export function slot(start: string, scheduleId: keyof typeof clinicians = 'prado'): SlotOffer {
  const begins = Temporal.Instant.from(start);
  return {
    slotId: `${scheduleId}-${begins.epochMilliseconds / 60_000}`,
    scheduleId,
    start: begins.toString({ fractionalSecondDigits: 3 }),
    end: begins.add({ minutes: 20 }).toString({ fractionalSecondDigits: 3 }),
  };
}

/** Free on a Tuesday and a Wednesday, 09:20, 14:00 and 08:40 in São Paulo. */
export const freeSlots: readonly SlotOffer[] = [
  slot('2026-11-24T12:20:00Z'),
  slot('2026-11-24T17:00:00Z', 'serra'),
  slot('2026-11-25T11:40:00Z'),
];

export const calendarUrl = (appointmentId: string) => `https://aurora.example/c/${appointmentId}`;

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

type Options = {
  readonly practice?: PracticeSettings;
  readonly form?: Form | undefined;
  readonly phone?: string;
  /** Who writes; by default somebody with that number. */
  readonly from?: ChannelUser;
  readonly scheduling?: SchedulingSettings;
  /** When the first turn is taken: ISO 8601. */
  readonly at?: string;
};

export function dialogue(options: Options = {}) {
  const practice = options.practice ?? aurora;
  let form = 'form' in options ? options.form : auroraIntake;
  const from: ChannelUser = options.from ?? {
    phone: options.phone ?? '5511987654321',
    profileName: 'someone',
  };
  let now = Temporal.Instant.from(options.at ?? '2026-11-23T12:00:00Z');
  let turns = 0;
  let messages = 0;
  let state: ConversationState = conversation.initial;
  let consentState: ConsentState = consent.initial;
  const intakes = new Map<string, IntakeState>();
  const visits = new Map<string, AppointmentState>();
  const versions = new Map<string, number>();
  let input: TurnInput | undefined;
  let result: TurnResult = { conversation: [], consent: [], intake: undefined, appointment: undefined, say: [] };
  const facts: ConversationEvent[] = [];

  const currentVisit = (): AppointmentState => visits.get(state.appointmentId ?? '') ?? appointment.initial;
  const currentIntake = (): IntakeState => intakes.get(state.intakeId ?? '') ?? intake.initial;

  const take = (mail: readonly Mail[]): void => {
    turns += 1;
    now = now.add({ seconds: 20 });
    const named = appointmentsNamed(state, mail).flatMap((id) => {
      const visit = visits.get(id);
      return visit === undefined ? [] : [[id, visit] as const];
    });
    input = {
      conversationId: 'c1',
      turnId: `t${turns}`,
      at: now.toString(),
      mail,
      practice,
      form,
      conversation: state,
      intake: currentIntake(),
      consent: consentState,
      scheduling: options.scheduling,
      appointment: currentVisit(),
      otherAppointments: Object.fromEntries(named),
      calendarUrl,
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
    if (result.appointment) happens(result.appointment.appointmentId, result.appointment.events);
  };

  const happens = (id: string, events: readonly AppointmentEvent[]): void => {
    visits.set(id, events.reduce(appointment.evolve, visits.get(id) ?? appointment.initial));
    versions.set(id, (versions.get(id) ?? 0) + events.length);
  };

  /** What the practice system answered, decided as the jobs do it. Nothing where it is no news any more. */
  const record = (id: string, command: AppointmentCommand): void => {
    const decision = appointment.decide(command, visits.get(id) ?? appointment.initial);
    if (!isRefusal(decision)) happens(id, decision);
  };

  const openVisit = (id = state.appointmentId ?? ''): OpenAppointment | undefined => {
    const visit = visits.get(id);
    return visit?.status === 'open' ? visit : undefined;
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
    /** The news as mail, at the appointment's present version. */
    hearsOf: (news: AppointmentNews, id = state.appointmentId ?? '', version = versions.get(id) ?? 0) => {
      take([{ kind: 'appointment-news', appointmentId: id, news, version }]);
      return chat;
    },
    /** The practice system answers the search. */
    finds: (slots: readonly SlotOffer[] = freeSlots, names: Readonly<Record<string, string>> = clinicians) => {
      const id = state.appointmentId ?? '';
      record(id, { type: 'RecordSlots', round: openVisit()?.round ?? 0, slots, clinicians: names, at: now.toString() });
      return chat.hearsOf('slots');
    },
    holds: (minutes = 15) => {
      const id = state.appointmentId ?? '';
      const expiresAt = now.add({ minutes }).toString();
      record(id, { type: 'RecordHeld', holdId: openVisit()?.choice?.holdId ?? '', expiresAt, at: now.toString() });
      return chat.hearsOf('held');
    },
    loses: (why: LossReason = 'taken') => {
      const id = state.appointmentId ?? '';
      record(id, { type: 'RecordLost', holdId: openVisit()?.choice?.holdId ?? '', why, at: now.toString() });
      return chat.hearsOf('lost');
    },
    /** The practice system has taken the booking, or the move. */
    books: () => {
      const id = state.appointmentId ?? '';
      const visit = openVisit();
      const holdId = visit?.choice?.holdId ?? '';
      const at = now.toString();
      if (visit?.booked) record(id, { type: 'RecordMoved', holdId, at });
      else
        record(id, { type: 'RecordBooked', holdId, pmsAppointmentId: 'A1', pmsPatientId: 'P1', at });
      return chat.hearsOf(visit?.booked ? 'moved' : 'booked');
    },
    /** Anything else that happened to the appointment. */
    learns: (command: AppointmentCommand, news: AppointmentNews, id = state.appointmentId ?? '') => {
      record(id, command);
      return chat.hearsOf(news, id);
    },
    isReminded: (id = state.appointmentId ?? '') => {
      take([{ kind: 'reminded', appointmentId: id }]);
      return chat;
    },
    /** Taps a button of the reminder of the visit as it stands, or stood. */
    tapsReminder: (action: ReminderAction, start?: string, id = state.appointmentId ?? '') => {
      const begins = start ?? openVisit(id)?.booked?.offer.start ?? now.toString();
      return chat.writes({ kind: 'choice', via: 'template', id: reminderTap(action, id, begins), title: action });
    },
    staffDone: (resume: boolean) => {
      take([{ kind: 'staff-done', resume }]);
      return chat;
    },
    /** Several letters in one turn. */
    gets: (...mail: readonly Mail[]) => {
      take(mail);
      return chat;
    },
    letter: (content: Content) => message(content),
    now: () => now.toString(),
    visit: () => openVisit(),
    input: (): TurnInput => {
      if (input === undefined) throw new Error('no turn was taken');
      return input;
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
export function begun(options: Options = {}, language = 'English', yes = 'Yes') {
  return dialogue(options).writes('hi').taps(language).taps(yes);
}

const spoken = {
  en: ['English', 'Yes'],
  pt: ['Português', 'Sim'],
  es: ['Español', 'Sí'],
} as const;

/** In a practice that books by chat, up to the arrival of the details: free times are being looked for. */
export function filed(language: keyof typeof spoken = 'en', options: Options = {}) {
  const chat = begun(
    { practice: booking, scheduling: bookingRules, form: shortForm, ...options },
    ...spoken[language],
  );
  chat.writes('Maria da Silva').writes('1').writes('knee pain').tapsId('c:skip:remarks');
  return chat.tapsId('q:summary:send').hears('intake-filed');
}

/** Up to the visit that is booked: Tuesday 24 November, 09:20, with the first clinician. */
export function booked(language: keyof typeof spoken = 'en', options: Options = {}) {
  const chat = filed(language, options).finds().writes('1').holds();
  return chat.writes('1').books();
}
