import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Db, Tx } from '#platform/db/db.ts';
import { type ErrorCode, HttpError } from '#platform/http/errors.ts';
import type { StaffPrincipal } from '#platform/http/server.ts';
import type { StaffAction } from '#security/contract.ts';
import type { ActRefusal } from '../commands.ts';
import type { DetailDeps, PracticeForHandoff } from '../detail/views.ts';
import type { StaffNames } from '../thread/lines.ts';

/** What the routes of this module share: who is asked, what is refused, what is written down. */

export type Colleague = {
  readonly staffId: string;
  readonly name: string;
  readonly role: string;
  readonly active: boolean;
};

export type HandoffRouteDeps = DetailDeps & {
  readonly db: Db;
  readonly practice: (practiceId: string) => PracticeForHandoff | undefined;
  /** Everybody, those who have left too. */
  readonly staff: (tx: Tx) => Promise<readonly Colleague[]>;
  /** What the policies let a member of staff of the practice do. */
  readonly permits: (
    who: { readonly practiceId: string; readonly staffId: string; readonly role: string },
    action: StaffAction,
  ) => boolean;
  /** Why an assistant can stop: codes, for the filter. */
  readonly reasons: readonly string[];
};

export const params = z.object({ id: z.string().min(1).max(64) });
export const noContent = { 204: z.void() };

const refusalCodes: Readonly<Record<ActRefusal, ErrorCode>> = {
  UNKNOWN_CONVERSATION: 'NOT_FOUND',
  NOT_OPEN: 'CONFLICT',
  LEASE_HELD: 'LEASE_HELD',
  STALE_TOKEN: 'STALE_TOKEN',
  WINDOW_CLOSED: 'WINDOW_CLOSED',
  NOT_CONSENTED: 'NOT_CONSENTED',
};

export const unknownConversation = () =>
  new HttpError('NOT_FOUND', { field: 'id', expected: 'the id of a conversation of this practice' });

export function done<T extends object>(result: T | { readonly refused: ActRefusal }): T {
  if (!('refused' in result)) return result;
  // The type guard above leaves the refusal.
  const { refused } = result as { readonly refused: ActRefusal };
  if (refused === 'UNKNOWN_CONVERSATION') throw unknownConversation();
  throw new HttpError(
    refusalCodes[refused],
    refused === 'NOT_OPEN' ? { field: 'id', expected: 'a conversation that was handed over' } : {},
  );
}

export function practiceOf(deps: HandoffRouteDeps, staff: StaffPrincipal): PracticeForHandoff {
  const practice = deps.practice(staff.practiceId);
  if (practice === undefined) throw new HttpError('NOT_FOUND', { field: 'practice' });
  return practice;
}

export async function namesOf(tx: Tx, deps: HandoffRouteDeps): Promise<StaffNames> {
  return new Map((await deps.staff(tx)).map(({ staffId, name }) => [staffId, name]));
}

const target = (conversationId: string) => `conversation/${conversationId}`;

/** What is done to a conversation, or was refused, is written down: both commit together. */
export function inConversation<T>(
  deps: HandoffRouteDeps,
  request: FastifyRequest,
  conversationId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return deps.db.tx(request.staff.practiceId, async (tx) => {
    await request.audit(tx, target(conversationId));
    return await work(tx);
  });
}

export function mayAnswer(deps: HandoffRouteDeps, practiceId: string, person: Colleague): boolean {
  const { staffId, role, active } = person;
  return active && deps.permits({ practiceId, staffId, role }, 'AnswerConversation');
}

export const writeCursor = (value: object | undefined): string | null =>
  value === undefined ? null : Buffer.from(JSON.stringify(value)).toString('base64url');

export function readCursor<T>(schema: z.ZodType<T>, text: string | undefined, field: string): T | undefined {
  if (text === undefined) return undefined;
  const read = schema.safeParse(jsonIn(Buffer.from(text, 'base64url').toString('utf8')));
  if (read.success) return read.data;
  throw new HttpError('VALIDATION', { field, expected: 'what the page before gave' });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
