import type { AskReason, ConsentWay } from '#consent/consent.ts';
import type { PracticeSettings } from '#practice/practice.ts';
import type { TextKey } from './texts.ts';
import { consentDecides, languageOf, type PatientMessage, type Turn } from './turn-in-progress.ts';

/**
 * The opt-in texts by version. A patient agrees to a wording, so a change of the text is a new version here; a test
 * holds the texts to their versions.
 */
const wordings = { open: 'care-1', acknowledged: 'care-acknowledged-1', minimal: 'care-1' } as const;

export function optInWording({ contentMode }: Pick<PracticeSettings, 'contentMode'>): string {
  return wordings[contentMode];
}

export function optInText({ contentMode }: Pick<PracticeSettings, 'contentMode'>): TextKey {
  return contentMode === 'acknowledged' ? 'opt-in.ask-acknowledged' : 'opt-in.ask';
}

const matter = { purpose: 'care', channel: 'whatsapp' } as const;

/** Undefined where the patient stopped all messages, which only START undoes. */
export function askOptIn(turn: Turn, because: AskReason): Turn | undefined {
  const wording = optInWording(turn.input.practice);
  const { at } = turn.input;
  return consentDecides(turn, {
    type: 'AskOptIn',
    ...matter,
    wording,
    language: languageOf(turn),
    because,
    at,
  });
}

/** Records the patient's word, with the message that holds it as evidence. Undefined where a stop stands against it. */
export function answerOptIn(
  turn: Turn,
  message: PatientMessage,
  said: 'GiveOptIn' | 'DeclineOptIn',
  how: ConsentWay,
): Turn | undefined {
  const { externalId, at } = message;
  const wording = optInWording(turn.input.practice);
  return consentDecides(turn, {
    type: said,
    ...matter,
    wording,
    language: languageOf(turn),
    how,
    externalId,
    at,
  });
}
