import { EventEmitter } from 'node:events';
import { type Provider, serviceWindowMs } from '../provider/provider.ts';
import { type PhoneContent, PhoneError } from './content.ts';
import { saidOf } from './inbound.ts';
import { patients as examplePatients, type Patient } from './patients.ts';
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

/** A business number: where it is, and by which id. */
export type PhoneLine = { readonly provider: Provider; readonly line: string };

export type PhoneOptions = {
  /** Account id as the practice configures it → its number at a provider. */
  readonly accounts: Readonly<Record<string, PhoneLine>>;
  readonly patients?: readonly Patient[];
};

export function createPhone({ accounts, patients = examplePatients }: PhoneOptions): Phone {
  const events: Phone['events'] = new EventEmitter();
  events.setMaxListeners(0);
  for (const provider of new Set(Object.values(accounts).map((account) => account.provider))) {
    for (const { user } of patients) provider.put(user);
    const own = Object.entries(accounts).filter(([, account]) => account.provider === provider);
    const accountIds = new Map(own.map(([id, { line }]) => [line, id]));
    provider.events.on('chat', ({ line, userId }) => {
      const accountId = accountIds.get(line);
      if (accountId !== undefined) events.emit('change', { patientId: userId, accountId });
    });
  }
  const find = (patientId: string, accountId: string): PhoneLine & Pick<Patient, 'user'> => {
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
    return { ...account, user: patient.user };
  };
  return {
    patients,
    events,
    send: (patientId, accountId, content) => {
      const { provider, line, user } = find(patientId, accountId);
      const said = saidOf(content, user, () => bubbles(provider.chat(patientId, line).entries));
      return provider.say(patientId, line, said);
    },
    chat: (patientId, accountId) => {
      const { provider, line } = find(patientId, accountId);
      const { entries, lastInboundAt, typingUntil } = provider.chat(patientId, line);
      return {
        messages: bubbles(entries),
        typing: typingUntil !== undefined && typingUntil > provider.clock.now(),
        ...(lastInboundAt === undefined
          ? {}
          : { windowEndsAt: new Date(lastInboundAt + serviceWindowMs).toISOString() }),
      };
    },
    seen: (patientId, accountId) => {
      const { provider, line } = find(patientId, accountId);
      provider.seen(patientId, line);
    },
  };
}
