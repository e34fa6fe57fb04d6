import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { inboxPage, routingAnswer, signInOptions, takeAnswer } from '../sandbox/staff/shapes.ts';
import { createStaffClient, type StaffClient, StaffError } from '../sandbox/staff/staff-client.ts';
import type { StaffEntry } from './ledgers.ts';
import { staffSign } from './patients/words.ts';
import type { Random } from './random.ts';
import { practiceId } from './setting.ts';

/**
 * Members of staff who answer whoever waits, side by side, and often reach for the same conversation. What the product did not
 * answer they do again as a browser would: with the same key.
 */
export type Staff = {
  readonly ledger: readonly StaffEntry[];
  readonly stop: () => Promise<void>;
};

export type StaffOptions = {
  readonly url: string;
  readonly random: Random;
  readonly roles: readonly string[];
};

const pauseMs = { from: 300, to: 1_500 } as const;

/** A conversation in somebody's hands, and how far they came with it. */
type Case = {
  readonly conversationId: string;
  readonly token: number;
  readonly key: string;
  replied: boolean;
};

type Person = {
  readonly role: string;
  readonly random: Random;
  client: StaffClient | undefined;
  staffId: string;
  current: Case | undefined;
};

const replyAnswer = z.object({ messageId: z.string() });

export function startStaff({ url, random, roles }: StaffOptions): Staff {
  const ledger: StaffEntry[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = roles.map(async (role) => {
    const person: Person = {
      ...{ role, random: random.fork(role), client: undefined, staffId: '', current: undefined },
    };
    while (!signal.aborted) {
      await pause(person.random.int(pauseMs.from, pauseMs.to), signal);
      if (signal.aborted) return;
      await workOnce(person, url, signal, (entry) => void ledger.push(entry));
    }
  });
  return {
    ledger,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Who may decide that a message in doubt is sent once more. */
const deciderRole = 'admin';

const sendAgainAnswer = z.object({ asked: z.boolean() });

/**
 * A person who looks at what may not have arrived and has it sent again, when no more signs of it can come.
 * @returns how many
 */
export async function sendAgain(url: string, messageIds: readonly string[]): Promise<number> {
  const client = createStaffClient(url);
  const { personas } = await client.get('/api/sign-in', signInOptions);
  const persona = personas.find((one) => one.practiceId === practiceId && one.role === deciderRole);
  if (persona === undefined) throw new StaffError(`a persona as ${deciderRole}`, 404, 'NOT_FOUND');
  await client.act('/api/session/persona', { practiceId, staffId: persona.staffId });
  let count = 0;
  for (const id of messageIds) {
    const { asked } = await client.post(
      `/api/messages/${encodeURIComponent(id)}/send-again`,
      {},
      sendAgainAnswer,
    );
    if (asked) count += 1;
  }
  return count;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Write = (entry: StaffEntry) => void;

/** One step: whatever fails is looked at again in the next one. */
async function workOnce(person: Person, url: string, signal: AbortSignal, write: Write): Promise<void> {
  try {
    person.client ??= await signIn(person, url, signal);
    person.current ??= await takeOne(person, person.client, write);
    if (person.current !== undefined) await answer(person, person.client, person.current, write);
  } catch (error) {
    if (!(error instanceof StaffError)) throw error;
    // Signed out: the session went with a restart of the database.
    if (error.status === 401 || error.status === 403) person.client = undefined;
    // Somebody else has it by now, or it is over.
    if (error.status === 404 || error.status === 409) person.current = undefined;
  }
}

async function signIn(person: Person, url: string, signal: AbortSignal): Promise<StaffClient> {
  const client = createStaffClient(url, signal);
  const { personas } = await client.get('/api/sign-in', signInOptions);
  const persona = personas.find((one) => one.practiceId === practiceId && one.role === person.role);
  if (persona === undefined) throw new StaffError(`a persona as ${person.role}`, 404, 'NOT_FOUND');
  await client.act('/api/session/persona', { practiceId, staffId: persona.staffId });
  person.staffId = persona.staffId;
  return client;
}

const pathOf = (conversationId: string) => `/api/conversations/${encodeURIComponent(conversationId)}`;

/** What one has in hand already comes first: the answer to taking it may have been lost. */
async function takeOne(person: Person, client: StaffClient, write: Write): Promise<Case | undefined> {
  for (const queue of ['mine', 'waiting']) {
    const { rows } = await client.get(`/api/inbox?queue=${queue}&limit=50`, inboxPage);
    const [row] = rows;
    if (row === undefined) continue;
    const { conversationId } = row;
    const { token } = await client.post(`${pathOf(conversationId)}/take`, {}, takeAnswer);
    write({ wall: Date.now(), staffId: person.staffId, conversationId, act: 'take', token });
    return { conversationId, token, key: randomUUID(), replied: false };
  }
  return undefined;
}

async function answer(person: Person, client: StaffClient, current: Case, write: Write): Promise<void> {
  const { conversationId, token, key } = current;
  const path = pathOf(conversationId);
  const entry = { staffId: person.staffId, conversationId, token };
  if (!current.replied) {
    await reply(client, path, { token, key, text: `${staffSign} ${key}` }, (messageId) =>
      write({ ...entry, wall: Date.now(), act: 'reply', messageId }),
    );
    current.replied = true;
  }
  const { resolutionCodes } = await client.get('/api/routing', routingAnswer);
  const code = resolutionCodes[0]?.id ?? 'answered';
  await client.act(`${path}/resolve`, { token, code, resume: true });
  write({ ...entry, wall: Date.now(), act: 'resolve' });
  person.current = undefined;
}

/** Where free text may not be sent any more there is nothing to say: the patient has to write first. */
async function reply(
  client: StaffClient,
  path: string,
  body: { readonly token: number; readonly key: string; readonly text: string },
  written: (messageId: string) => void,
): Promise<void> {
  try {
    const { messageId } = await client.post(`${path}/reply`, body, replyAnswer);
    written(messageId);
  } catch (error) {
    const silent = error instanceof StaffError && ['WINDOW_CLOSED', 'NOT_CONSENTED'].includes(error.code);
    if (!silent) throw error;
  }
}
