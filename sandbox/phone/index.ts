import { EventEmitter } from 'node:events';
import type { Meta } from '../meta/index.ts';
import { serviceWindowMs } from '../meta/messaging.ts';
import { type PhoneContent, PhoneError } from './content.ts';
import { fieldsOf, isMedia, mediaFields, tapFields } from './inbound.ts';
import { patients as examplePatients, type Patient } from './patients.ts';
import { sample } from './samples.ts';
import { type Bubble, bubbles } from './transcript.ts';

export { type PhoneContent, PhoneError, type PhoneFile } from './content.ts';
export { type Patient, patients as examplePatients } from './patients.ts';
export { type Persona, type PersonaResult, playPersona } from './persona.ts';
export { type SampleKind, sampleKinds } from './samples.ts';
export type { Bubble, Section } from './transcript.ts';

export type PhoneState = {
  /** In order. */
  readonly messages: readonly Bubble[];
  /** The practice is writing. */
  readonly typing: boolean;
  /** ISO 8601: until then the practice may write freely. */
  readonly windowEndsAt?: string;
};

export type PhoneChange = { readonly patientId: string; readonly accountId: string };

/** The patients' phones. All they know lies with the provider, so they survive a restart as it does. */
export type Phone = {
  readonly patients: readonly Patient[];
  /** The patient sends. Throws `PhoneError`. The id is the provider's. */
  readonly send: (patientId: string, accountId: string, content: PhoneContent) => { id: string };
  readonly chat: (patientId: string, accountId: string) => PhoneState;
  /** The patient has the chat open: the practice's messages become read. */
  readonly seen: (patientId: string, accountId: string) => void;
  /** `change`: something in a chat has changed. */
  readonly events: EventEmitter<{ change: [PhoneChange] }>;
};

export type PhoneOptions = {
  readonly meta: Meta;
  /** Account id as the practice configures it → phone number id at the provider and the number shown. */
  readonly accounts: Readonly<
    Record<string, { readonly phoneNumberId: string; readonly displayPhone: string }>
  >;
  readonly patients?: readonly Patient[];
};

export function createPhone({ meta, accounts, patients = examplePatients }: PhoneOptions): Phone {
  for (const { user } of patients) meta.directory.put(user);
  const events: Phone['events'] = new EventEmitter();
  events.setMaxListeners(0);
  const accountIds = new Map(Object.entries(accounts).map(([id, { phoneNumberId }]) => [phoneNumberId, id]));
  meta.events.on('chat', ({ phoneNumberId, userId }) => {
    const accountId = accountIds.get(phoneNumberId);
    if (accountId !== undefined) events.emit('change', { patientId: userId, accountId });
  });
  const find = (patientId: string, accountId: string) => {
    const patient = patients.find(({ user }) => user.id === patientId);
    const account = Object.hasOwn(accounts, accountId) ? accounts[accountId] : undefined;
    if (patient === undefined) {
      throw new PhoneError('patientId', 'a patient of the sandbox', patients[0]?.user.id ?? 'maria', true);
    }
    if (account === undefined) {
      throw new PhoneError(
        'accountId',
        'an account of the sandbox',
        Object.keys(accounts)[0] ?? 'aurora-whatsapp',
        true,
      );
    }
    return { ...account, digits: account.displayPhone.replace(/\D/g, '') };
  };
  const chatOf = (patientId: string, phoneNumberId: string): Bubble[] =>
    bubbles(meta.chats.messages({ phoneNumberId, userId: patientId }), meta.clock.now());
  return {
    patients,
    events,
    send: (patientId, accountId, content) => {
      const account = find(patientId, accountId);
      return meta.receive(
        patientId,
        account.phoneNumberId,
        inbound(meta, account, content, () => chatOf(patientId, account.phoneNumberId)),
      );
    },
    chat: (patientId, accountId) => {
      const { phoneNumberId } = find(patientId, accountId);
      const { lastInboundAt, typingUntil } = meta.chats.chat(phoneNumberId, patientId);
      return {
        messages: chatOf(patientId, phoneNumberId),
        typing: typingUntil !== undefined && typingUntil > meta.clock.now(),
        ...(lastInboundAt === undefined
          ? {}
          : { windowEndsAt: new Date(lastInboundAt + serviceWindowMs).toISOString() }),
      };
    },
    seen: (patientId, accountId) => meta.seen(patientId, find(patientId, accountId).phoneNumberId),
  };
}

function inbound(
  meta: Meta,
  account: { phoneNumberId: string; digits: string },
  content: PhoneContent,
  chat: () => readonly Bubble[],
) {
  if (content.kind === 'tap') {
    const message = chat().find(({ id, side }) => id === content.messageId && side === 'practice');
    return tapFields(message, content.choiceId, account.digits);
  }
  if (isMedia(content)) {
    const file = content.file ?? sample(content.kind);
    const stored = meta.media.add({
      phoneNumberId: account.phoneNumberId,
      mimeType: file.mimeType,
      bytes: file.bytes,
      fileName: file.name,
    });
    return mediaFields(content, { ...stored, url: `${meta.url}${meta.media.urlPath(stored.id)}` }, file.name);
  }
  return fieldsOf(content, account.digits);
}
