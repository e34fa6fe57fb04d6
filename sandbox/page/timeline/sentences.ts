import { sentenceCase, words } from '../format.ts';
import type { IconName } from '../ui/Icon.tsx';
import {
  about,
  asking,
  blocks,
  content,
  type Data,
  field,
  handovers,
  ignored,
  inLanguage,
  isObject,
  language,
  listed,
  look,
  problems,
  progress,
  property,
  purposes,
  question,
  spoken,
  strings,
  text,
  types,
  ways,
} from './names.ts';
import { staffTellers } from './staff-sentences.ts';
import { type Tellers, type Tone, withReason, type Zone } from './teller.ts';
import { visitTellers } from './visit-sentences.ts';

/**
 * What happened, in words: one entry per event type that we know. `data` is read loosely, field by field, since an
 * event may come from a newer release; a type that is not in the table gets a sentence made from its name.
 */

export type Sentence = { readonly icon: IconName; readonly tone: Tone; readonly text: string };

const intakeTellers: Tellers = {
  ConversationStarted: { icon: 'message', tell: 'A new conversation' },
  MessagesRead: {
    icon: 'message',
    tell: (d) => `Read ${listed(strings(d.kinds).map(content))}`,
  },
  Greeted: { icon: 'person', tell: (d) => `Greeted the patient${inLanguage(d)}` },
  LanguageChosen: {
    icon: 'language',
    tell: (d) => `Language: ${language(d)}${d.how === 'guessed' ? ' (guessed)' : ''}`,
  },
  QuestionAsked: {
    icon: 'question',
    tell: (d) => `${look(asking, d.why) ?? 'Asked'}: ${question(d.asked)}`,
  },
  QuestionSettled: { icon: 'answer', tell: (d) => `Has its answer: ${question(d.asked)}` },
  CommandUnderstood: { icon: 'reply', tell: (d) => `Understood the command “${text(d.command)}”${about(d)}` },
  AnswerNotUnderstood: {
    icon: 'warning',
    tone: 'attention',
    tell: (d) =>
      withReason(`Answer not understood${about(d)}`, look(problems, d.problem) ?? spoken(d.problem)),
  },
  ContentNotRead: {
    icon: 'photo',
    tell: (d) => `Thanked for ${content(text(d.kind))}; it is not read as an answer`,
  },
  IntakeOpened: { icon: 'form', tell: 'Opened an intake' },
  IntakeOutcomeTold: { icon: 'message', tell: (d) => `Told the patient: the intake is ${text(d.outcome)}` },
  IntakeOutcomeNotTold: {
    icon: 'stop',
    tell: (d) => withReason('Did not tell the patient about the intake', look(ignored, d.why)),
  },
  Resumed: { icon: 'refresh', tell: (d) => `Took the conversation up again after ${text(d.silentHours)} h` },
  GateClosed: { icon: 'warning', tone: 'plain', tell: 'This visit is not booked by chat for this patient' },
  IdentityChanged: {
    icon: 'warning',
    tone: 'failed',
    tell: 'The number, id or device behind this chat has changed',
  },
  RedFlagSeen: { icon: 'warning', tone: 'failed', tell: 'Possible emergency: gave the emergency number' },
  HandedOver: {
    icon: 'person',
    tone: 'attention',
    tell: (d) => withReason('Handed over to a person', look(handovers, d.reason) ?? spoken(d.reason)),
  },
  HandedBack: {
    icon: 'person',
    tell: (d) => `Handed back to the assistant by ${d.by === 'staff' ? 'staff' : 'the patient'}`,
  },
  MessageIgnored: {
    icon: 'stop',
    tell: (d) => withReason('Left a message unanswered', look(ignored, d.why)),
  },
  StopMeaningAsked: { icon: 'question', tell: 'Asked what “cancel” means: the visit, or the messages' },
  StopReminded: { icon: 'stop', tell: 'Reminded the patient that messages are stopped' },

  OptInAsked: { icon: 'consent', tell: 'Asked: may we write to you?' },
  OptInGiven: {
    icon: 'consent',
    tone: 'good',
    tell: (d) => `Consent given, ${look(ways, d.how) ?? spoken(d.how)}`,
  },
  OptInDeclined: { icon: 'consent', tone: 'attention', tell: 'Consent declined' },
  OptedOut: { icon: 'stop', tone: 'attention', tell: 'STOP: nothing more will be sent' },

  MessageQueued: { icon: 'send', tell: 'A message waits to leave' },
  MessageClaimed: { icon: 'send', tell: 'A message is leaving' },
  MessageAccepted: { icon: 'send', tell: 'The messenger took the message' },
  MessageStatusChanged: {
    icon: 'send',
    tone: (d) => (d.status === 'failed' ? 'failed' : 'plain'),
    tell: (d) =>
      d.status === 'failed' ? `Message not delivered (${text(d.code)})` : `Message ${text(d.status)}`,
  },
  MessageBlocked: {
    icon: 'stop',
    tone: 'attention',
    tell: (d) => withReason('Message not sent', look(blocks, d.reason) ?? spoken(d.reason)),
  },
  MessageRejected: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => `The messenger refused the message (${text(d.code)})`,
  },
  MessageDeferred: {
    icon: 'clock',
    tone: 'attention',
    tell: (d) => `The messenger could not take the message; trying again (${text(d.code)})`,
  },
  MessageOutcomeUnknown: {
    icon: 'question',
    tone: 'attention',
    tell: (d) =>
      `No answer from the messenger: the message may have left, so it waits for a sign (${text(d.code)})`,
  },
  MessageUnresolved: {
    icon: 'warning',
    tone: 'failed',
    tell: 'No sign of the message came; it is not sent again by itself, and staff are told',
  },
  MessageExpired: {
    icon: 'warning',
    tone: 'failed',
    tell: 'No word came that the message arrived, and the messenger has given it up; staff are told',
  },
  MessageSendAgainAsked: {
    icon: 'refresh',
    tone: 'attention',
    tell: 'Staff have the message sent again',
  },
  MessageGivenUpWaiting: {
    icon: 'refresh',
    tone: 'attention',
    tell: 'No sign of the message came; sending it again',
  },

  FileKept: {
    icon: 'filed',
    tone: (d) => (d.agrees === false ? 'attention' : 'plain'),
    tell: (d) =>
      d.agrees === false
        ? 'The file is in quarantine, and is not what it was said to be'
        : 'The file is in quarantine, sealed',
  },
  FileMissed: {
    icon: 'warning',
    tone: 'attention',
    tell: (d) => `The file could not be fetched (${text(d.code)})`,
  },

  IntakeStarted: { icon: 'form', tell: (d) => `Started the form “${spoken(d.formId)}”${inLanguage(d)}` },
  AnswerGiven: {
    icon: 'answer',
    tone: 'good',
    tell: (d) =>
      `Answer accepted: ${field(d.linkId)}${d.way === undefined ? '' : ` (${look(ways, d.way) ?? spoken(d.way)})`}`,
  },
  AnswerReopened: {
    icon: 'reply',
    tell: (d) =>
      `Asks again for ${field(d.linkId)}: ${d.why === 'back' ? 'the patient went back' : 'the patient changes it'}`,
  },
  IntakeConfirmed: { icon: 'answer', tone: 'good', tell: 'The patient confirmed the summary' },
  IntakeDiscarded: { icon: 'close', tell: (d) => `Intake discarded: ${spoken(d.why)}` },
  PatientFound: {
    icon: 'search',
    tone: 'good',
    tell: (d) => `Found the patient in the practice system by ${text(d.how)}`,
  },
  PatientAmbiguous: {
    icon: 'search',
    tone: 'attention',
    tell: (d) => `${text(d.count)} patients match: a person must choose`,
  },
  PatientRegistered: {
    icon: 'patient',
    tone: 'good',
    tell: 'Registered a new patient in the practice system',
  },
  FilingDelayed: {
    icon: 'clock',
    tone: 'attention',
    tell: (d) => `The practice system did not take it yet; trying again (${text(d.code)})`,
  },
  IntakeFiled: {
    icon: 'filed',
    tone: 'good',
    tell: (d) => `Filed in the practice system: ${listed(types(d.resources))}`,
  },
  IntakeRefused: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => `The practice system refused the intake (${text(d.code)})`,
  },
};

const known: Tellers = { ...intakeTellers, ...visitTellers, ...staffTellers };

type Happened = { readonly type: string; readonly data: unknown };

/** One line for the events of one row: the first says what it is about, the rest how far it got. */
export function rowSentence(events: readonly [Happened, ...Happened[]], zone?: Zone): Sentence {
  const [first] = events;
  if (first.type !== 'MessageQueued') return sentence(first.type, first.data, zone);
  const what = look(purposes, property(first.data, 'purpose')) ?? 'Message';
  const reached = new Set(events.flatMap(({ type, data }) => [type, property(data, 'status')]));
  const furthest = Object.keys(progress).findLast((stage) => reached.has(stage));
  return { icon: 'send', tone: 'plain', text: `${what} ${look(progress, furthest) ?? ''}` };
}

/** One line for an event of any type, with times in the practice's zone. Never throws, whatever `data` is. */
export function sentence(type: string, data: unknown, zone?: Zone): Sentence {
  const fields: Data = isObject(data) ? data : {};
  const teller = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!teller) return { icon: 'dot', tone: toneOf(type), text: guessed(type, fields) };
  const { icon, tone = 'plain', tell } = teller;
  return {
    icon,
    tone: typeof tone === 'string' ? tone : tone(fields),
    text: typeof tell === 'string' ? tell : tell(fields, zone),
  };
}

/** "SlotPainted" with `why: 'patient-asked'` → "Slot painted: patient asked". */
function guessed(type: string, data: Data): string {
  const why = ['why', 'reason', 'outcome', 'code', 'linkId']
    .map((name) => data[name])
    .find((value) => typeof value === 'string');
  return withReason(sentenceCase(words(type)), why === undefined ? undefined : spoken(why));
}

function toneOf(type: string): Tone {
  if (/Failed|Refused|Rejected|Dead/.test(type)) return 'failed';
  return /Delayed|Unknown|Blocked|Held|Expired/.test(type) ? 'attention' : 'plain';
}
