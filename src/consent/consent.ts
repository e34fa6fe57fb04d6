import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { Fact } from '#kernel/event.ts';

/**
 * Glossary of the consent words.
 *
 * - **purpose** × **channel**: what the patient agrees to, and where it may reach them.
 * - **wording**: the version of the text that was agreed to. A changed text is a new version.
 * - **evidence**: the provider's id of the message in which the patient said so. It may contain a phone number,
 *   so it is kept in `phi`.
 */

export type ConsentPurpose = 'care';
export type ConsentChannel = 'whatsapp';

/** How the patient said it: a tap, in words, or with START after a stop. */
export type ConsentWay = 'tapped' | 'typed' | 'start-word';

/** Why the question was put: for the first time, after START, or because a patient who had declined came back. */
export type AskReason = 'first' | 'start-word' | 'changed-mind';

type Matter = { readonly purpose: ConsentPurpose; readonly channel: ConsentChannel };
type Wording = { readonly wording: string; readonly language: string };
type Evidence = { readonly externalId: string };

/** Stream `consent/<conversationId>`. Every `at` of an answer is the provider's timestamp of the message. */
export type ConsentEvent =
  | Fact<'OptInAsked', Matter & Wording & { readonly because: AskReason; readonly at: string }>
  | Fact<'OptInGiven', Matter & Wording & { readonly how: ConsentWay; readonly at: string }, Evidence>
  | Fact<'OptInDeclined', Matter & Wording & { readonly how: ConsentWay; readonly at: string }, Evidence>
  /** Everything stops, whatever the purpose. */
  | Fact<
      'OptedOut',
      { readonly scope: 'all'; readonly channel: ConsentChannel; readonly at: string },
      Evidence
    >;

/** `wording` and `language` are those last asked or agreed to; they outlive a stop. */
export type ConsentState =
  | { readonly status: 'none' }
  | {
      readonly status: 'asked' | 'given' | 'declined';
      readonly since: string;
      readonly wording: string;
      readonly language: string;
    }
  | {
      readonly status: 'withdrawn';
      readonly since: string;
      readonly wording?: string;
      readonly language?: string;
    };

type Asking = Matter & Wording & { readonly at: string };

export type ConsentCommand =
  | ({ readonly type: 'AskOptIn'; readonly because: AskReason } & Asking)
  | ({ readonly type: 'GiveOptIn'; readonly how: ConsentWay; readonly externalId: string } & Asking)
  | ({ readonly type: 'DeclineOptIn'; readonly how: ConsentWay; readonly externalId: string } & Asking)
  | {
      readonly type: 'OptOut';
      readonly channel: ConsentChannel;
      readonly externalId: string;
      readonly at: string;
    };

export const consentRefusals = {
  STOPPED: 'the patient stopped all messages; only START opens the question again',
  STOPPED_LATER: 'a stop of the same moment or later stands: in doubt, the stop wins',
} as const;

export type ConsentRefusal = keyof typeof consentRefusals;

export const consent: Aggregate<ConsentState, ConsentCommand, ConsentEvent, ConsentRefusal> = {
  initial: { status: 'none' },
  decide,
  evolve,
};

function decide(command: ConsentCommand, state: ConsentState): Decision<ConsentEvent, ConsentRefusal> {
  switch (command.type) {
    case 'AskOptIn': {
      const { type: _, ...data } = command;
      if (state.status === 'given' || state.status === 'asked') return [];
      if (state.status === 'withdrawn' && command.because !== 'start-word') return { refused: 'STOPPED' };
      return [{ type: 'OptInAsked', data }];
    }
    case 'GiveOptIn': {
      const { type: _, externalId, ...data } = command;
      if (state.status === 'given') return [];
      if (state.status === 'withdrawn') {
        if (command.how !== 'start-word') return { refused: 'STOPPED' };
        if (command.at <= state.since) return { refused: 'STOPPED_LATER' };
      }
      return [{ type: 'OptInGiven', data, phi: { externalId } }];
    }
    case 'DeclineOptIn': {
      const { type: _, externalId, ...data } = command;
      if (state.status === 'declined') return [];
      // Who stopped everything has said more than "no".
      if (state.status === 'withdrawn') return { refused: 'STOPPED' };
      return [{ type: 'OptInDeclined', data, phi: { externalId } }];
    }
    case 'OptOut': {
      const { channel, externalId, at } = command;
      if (state.status === 'withdrawn') return [];
      return [{ type: 'OptedOut', data: { scope: 'all', channel, at }, phi: { externalId } }];
    }
    default:
      return unreachable(command);
  }
}

function evolve(state: ConsentState, event: ConsentEvent): ConsentState {
  switch (event.type) {
    case 'OptInAsked':
      return { status: 'asked', ...agreed(event.data) };
    case 'OptInGiven':
      return { status: 'given', ...agreed(event.data) };
    case 'OptInDeclined':
      return { status: 'declined', ...agreed(event.data) };
    case 'OptedOut':
      if (state.status === 'none') return { status: 'withdrawn', since: event.data.at };
      return { ...state, status: 'withdrawn', since: event.data.at };
    default:
      return state;
  }
}

function agreed({ at, wording, language }: Wording & { readonly at: string }) {
  return { since: at, wording, language };
}
