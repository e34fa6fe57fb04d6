import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isoNow } from '#platform/clock.ts';
import { inboxPage, inboxQuery, routingAnswer } from '../contract.ts';
import { inboxRowOf, type PracticeForHandoff } from '../detail/views.ts';
import { numberForms } from '../label.ts';
import {
  type HandoffRouteDeps,
  mayAnswer,
  namesOf,
  practiceOf,
  readCursor,
  writeCursor,
} from '../request/routes.ts';
import { labelsOf, wordHashes } from '../views.ts';
import { inLanguage } from '../wording.ts';
import { countInbox, type InboxSearch, readInbox } from './views.ts';

/** Of the page before: opaque to the browser. */
const cursor = z.tuple([z.number(), z.iso.datetime(), z.string()]);

/** The language that the staff app speaks. */
const staffLanguage = 'en';

/** The list, and what its filters and menus offer. */
export function listRoutes(app: FastifyInstance, deps: HandoffRouteDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/inbox',
    {
      config: { access: 'staff', action: 'ReadInbox' },
      schema: { querystring: inboxQuery, response: { 200: inboxPage } },
    },
    async (request) => {
      const { queue, language, reason, limit, after, search } = request.query;
      const { staffId, practiceId } = request.staff;
      const practice = practiceOf(deps, request.staff);
      const now = isoNow(deps.clock);
      const asked = {
        queue,
        staffId,
        language,
        reason,
        search: searchOf(deps, practice, search),
        after: readCursor(cursor, after, 'querystring.after'),
        limit,
        now,
      };
      return await deps.db.tx(practiceId, async (tx) => {
        // Whoever looks for somebody by name wants to know something of them.
        if (asked.search !== undefined) await request.audit(tx, 'inbox/search');
        const { rows, next } = await readInbox(tx, asked);
        const names = await namesOf(tx, deps);
        const labels = await labelsOf(tx, deps, rows);
        return {
          rows: rows.map((row) =>
            inboxRowOf(row, { label: labels.get(row.conversationId) ?? '', staffId, names, now }),
          ),
          next: writeCursor(next),
          counts: await countInbox(tx, staffId, now),
        };
      });
    },
  );
  typed.get(
    '/api/routing',
    { config: { access: 'staff', action: 'ReadInbox' }, schema: { response: { 200: routingAnswer } } },
    async (request) => {
      const { settings, routing } = practiceOf(deps, request.staff);
      const people = await deps.db.tx(request.staff.practiceId, deps.staff);
      return {
        resolutionCodes: routing.resolutionCodes.map(({ id, name }) => ({
          id,
          name: inLanguage(name, staffLanguage, settings) ?? id,
        })),
        colleagues: people
          .filter((person) => mayAnswer(deps, request.staff.practiceId, person))
          .map(({ staffId, name, role }) => ({ staffId, name, role })),
        reasons: [...deps.reasons],
        languages: [...settings.languages],
        waitMinutes: routing.waitMinutes,
        contentMode: settings.contentMode,
      };
    },
  );
}

function searchOf(
  deps: HandoffRouteDeps,
  { settings }: PracticeForHandoff,
  text: string | undefined,
): InboxSearch | undefined {
  if (text === undefined || text === '') return undefined;
  const forms = numberForms(text, settings.jurisdiction);
  return {
    words: wordHashes(deps.sealer, settings.id, text),
    // The blind index of the channels' addresses.
    addresses: forms.map((digits) => deps.sealer.blind(settings.id, 'address', `phone:${digits}`)),
  };
}
