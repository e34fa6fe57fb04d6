import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  cannedReplies,
  conversationDetail,
  type InboxRow,
  inboxPage,
  routingAnswer,
  signInOptions,
  takeAnswer,
} from './shapes.ts';
import { createStaffClient, type StaffClient, StaffError } from './staff-client.ts';

export type StaffOptions = {
  /** Where the product's web role listens. */
  readonly productUrl: string;
  readonly practiceId: string;
  /** Default `front-desk`. */
  readonly role?: string;
  /** Ids of `routing.yaml`; the first of each where they are not given, or not there. */
  readonly reply?: string;
  readonly resolution?: string;
  /** Milliseconds of real time that somebody may take to appear in the inbox; default 0: whoever waits now. */
  readonly patienceMs?: number;
  /** Milliseconds between two acts, for those who watch; default 0. */
  readonly paceMs?: number;
  /** Told of each act, in words, when it is done. */
  readonly onAct?: (act: string) => void;
  /** Ends the wait and the play: it then rejects. */
  readonly signal?: AbortSignal;
};

export type StaffResult =
  | { readonly did: 'nobody-waits'; readonly staff: string }
  | {
      readonly did: 'answered';
      readonly staff: string;
      readonly conversationId: string;
      /** As the inbox shows it: a first name and an initial, or a masked number. */
      readonly patient: string;
      readonly said: string;
      readonly resolution: string;
    };

/** Milliseconds between two looks into the inbox. */
const lookEveryMs = 200;

/**
 * A member of staff who plays by themselves, through the product's own HTTP interface: takes the conversation that waits longest,
 * sends a ready-made answer, resolves it and hands it back to the assistant.
 * @throws StaffError when the product refuses, or does not answer
 */
export async function playStaff(options: StaffOptions): Promise<StaffResult> {
  const { productUrl, practiceId, role = 'front-desk', patienceMs = 0, signal, onAct } = options;
  const client = createStaffClient(productUrl, signal);
  const staff = await signIn(client, practiceId, role);
  try {
    const taken = await takeOldest(client, patienceMs, signal);
    if (taken === undefined) return { did: 'nobody-waits', staff };
    const { row, token } = taken;
    const path = pathOf(row);
    const pause = () => wait(options.paceMs ?? 0, undefined, signal === undefined ? {} : { signal });
    onAct?.(`${staff} takes ${row.name}`);
    await client.act(`${path}/seen`, {});
    await pause();
    const said = await reply(client, path, token, options.reply);
    onAct?.(`${staff} replies`);
    await pause();
    const resolution = await resolve(client, path, token, options.resolution);
    onAct?.(`${staff} resolves it as “${resolution}” and hands back`);
    return {
      did: 'answered',
      staff,
      conversationId: row.conversationId,
      patient: row.name,
      said,
      resolution,
    };
  } finally {
    // Whoever was not let in, or was interrupted, has no session to end.
    await client.act('/api/session/sign-out', {}).catch(() => undefined);
  }
}

const pathOf = ({ conversationId }: InboxRow): string =>
  `/api/conversations/${encodeURIComponent(conversationId)}`;

async function signIn(client: StaffClient, practiceId: string, role: string): Promise<string> {
  const { personas } = await client.get('/api/sign-in', signInOptions);
  const persona = personas.find((one) => one.practiceId === practiceId && one.role === role);
  if (persona === undefined) throw new StaffError(`a persona of ${practiceId} as ${role}`, 404, 'NOT_FOUND');
  await client.act('/api/session/persona', { practiceId, staffId: persona.staffId });
  return persona.name;
}

async function takeOldest(
  client: StaffClient,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly row: InboxRow; readonly token: number } | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await client.get('/api/inbox?queue=waiting&limit=100', inboxPage);
    const waiting = rows.toSorted((a, b) => (a.waitingSince ?? '').localeCompare(b.waitingSince ?? ''));
    for (const row of waiting) {
      const token = await take(client, row);
      if (token !== undefined) return { row, token };
    }
    if (performance.now() >= deadline) return undefined;
    await wait(lookEveryMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Undefined where somebody else was faster. */
async function take(client: StaffClient, row: InboxRow): Promise<number | undefined> {
  try {
    return (await client.post(`${pathOf(row)}/take`, {}, takeAnswer)).token;
  } catch (error) {
    if (error instanceof StaffError && error.status === 409) return undefined;
    throw error;
  }
}

/** What was said: a ready-made answer, or, where free text may not be sent any more, the approved message that asks to write. */
async function reply(
  client: StaffClient,
  path: string,
  token: number,
  wanted: string | undefined,
): Promise<string> {
  const key = randomUUID();
  const { window, templates } = await client.get(path, conversationDetail);
  const [template] = templates;
  if (window.closesAt === null && template !== undefined) {
    await client.act(`${path}/reply-template`, { token, key, templateId: template.id });
    return template.text;
  }
  const { replies } = await client.get(`${path}/canned`, cannedReplies);
  const canned = replies.find(({ id }) => id === wanted) ?? replies[0];
  if (canned === undefined) throw new StaffError('a ready-made answer', 404, 'NOT_FOUND');
  await client.act(`${path}/reply`, { token, key, text: canned.text });
  return canned.text;
}

async function resolve(
  client: StaffClient,
  path: string,
  token: number,
  wanted: string | undefined,
): Promise<string> {
  const { resolutionCodes } = await client.get('/api/routing', routingAnswer);
  const code = (resolutionCodes.find(({ id }) => id === wanted) ?? resolutionCodes[0])?.id;
  if (code === undefined) throw new StaffError('a resolution code', 404, 'NOT_FOUND');
  await client.act(`${path}/resolve`, { token, code, resume: true });
  return code;
}
