import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isoNow } from '#platform/clock.ts';
import { type InboxPage, inboxPage, inboxQuery, inboxSearchBody, routingAnswer } from '../contract.ts';
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
      config: { access: 'staff', action: 'ReadInbox', phi: true },
      schema: { querystring: inboxQuery, response: { 200: inboxPage } },
    },
    (request) => answerInbox(deps, request, request.query, undefined),
  );
  typed.post(
    '/api/inbox/search',
    {
      config: { access: 'staff', action: 'ReadInbox', phi: true },
      schema: { body: inboxSearchBody, response: { 200: inboxPage } },
    },
    (request) => answerInbox(deps, request, request.body, request.body.search),
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

/** @param text what was looked for; the list itself where there is none */
function answerInbox(
  deps: HandoffRouteDeps,
  request: FastifyRequest,
  filter: z.infer<typeof inboxQuery>,
  text: string | undefined,
): Promise<InboxPage> {
  const { queue, language, reason, limit, after } = filter;
  const { staffId, practiceId } = request.staff;
  const now = isoNow(deps.clock);
  const asked = {
    queue,
    staffId,
    language,
    reason,
    search: text === undefined ? undefined : searchOf(deps, practiceOf(deps, request.staff), text),
    after: readCursor(cursor, after, 'after'),
    limit,
    now,
  };
  return deps.db.tx(practiceId, async (tx) => {
    // Names stand in the list too; whoever looks for one wants to know something of them.
    await request.audit(tx, `inbox/${asked.search === undefined ? queue : 'search'}`);
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
}

function searchOf(deps: HandoffRouteDeps, { settings }: PracticeForHandoff, text: string): InboxSearch {
  const forms = numberForms(text, settings.jurisdiction);
  return {
    words: wordHashes(deps.sealer, settings.id, text),
    // The blind index of the channels' addresses.
    addresses: forms.map((digits) => deps.sealer.blind(settings.id, 'address', `phone:${digits}`)),
  };
}
