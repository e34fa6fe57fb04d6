import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import { readTemplate, type TemplateStatus, type Templates, templateNode } from './templates.ts';

type Params = { version: string; id: string };

/** What Graph gives per page when no limit is asked for. */
const defaultLimit = 25;
const maxLimit = 1000;

/**
 * `/{waba}/message_templates`: list, create, delete.
 * @param wabaOf checks the token, and that it opens the WABA of the path
 */
export function templateRoutes(
  app: FastifyInstance,
  prefix: string,
  { templates, faults }: { readonly templates: Templates; readonly faults: Faults },
  wabaOf: (request: FastifyRequest<{ Params: Params }>, method: 'get' | 'post' | 'delete') => string,
): void {
  const path = `${prefix}/:id/message_templates`;
  app.get<{ Params: Params; Querystring: Record<string, string> }>(path, (request) =>
    page(templates.list(wabaOf(request, 'get')).map(templateNode), request.query),
  );
  app.post<{ Params: Params }>(path, (request) => {
    const wabaId = wabaOf(request, 'post');
    const template = readTemplate(request.body);
    if (templates.find(wabaId, template.name, template.language) !== undefined) {
      throw new GraphError(100, 'There is already content in this language for this template.', {
        subcode: 2388024,
      });
    }
    const saved = templates.put(wabaId, template, reviewed(faults));
    // The review follows the answer, however quick it is.
    return { id: saved.id, status: 'PENDING', category: saved.category };
  });
  app.delete<{ Params: Params; Querystring: Record<string, string> }>(path, (request) => {
    const wabaId = wabaOf(request, 'delete');
    const { name = '' } = request.query;
    if (templates.remove(wabaId, name) === 0) throw new GraphError(100, 'There is no template of this name.');
    return { success: true };
  });
}

/** Approved at once, unless a fault says otherwise. */
function reviewed(faults: Faults): TemplateStatus {
  if (faults.take('template-rejected') !== undefined) return 'REJECTED';
  return faults.take('template-pending') === undefined ? 'APPROVED' : 'PENDING';
}

/** `name`, `status`, `limit` and `after`, as Graph pages. */
function page(nodes: readonly Json[], query: Readonly<Record<string, string>>): Json {
  const wanted = nodes.filter(
    (node) =>
      (query.name === undefined || node.name === query.name) &&
      (query.status === undefined || node.status === query.status),
  );
  const limit = Math.min(maxLimit, Math.max(1, Number(query.limit ?? defaultLimit) || defaultLimit));
  const from = query.after === undefined ? 0 : readCursor(query.after);
  const shown = wanted.slice(from, from + limit);
  const cursors = { before: cursor(from), after: cursor(from + shown.length) };
  return { data: shown, ...(shown.length === 0 ? {} : { paging: { cursors } }) };
}

const cursor = (place: number) => Buffer.from(`templates:${place}`).toString('base64url');

function readCursor(given: string): number {
  const place = /^templates:(\d{1,9})$/.exec(Buffer.from(given, 'base64url').toString())?.[1];
  if (place === undefined) throw new GraphError(131059, 'The paging cursor is not valid.');
  return Number(place);
}
