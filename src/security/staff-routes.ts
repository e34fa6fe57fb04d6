import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import { readAudit } from './audit.ts';
import {
  auditPage,
  auditQuery,
  changeStaffBody,
  inviteAnswer,
  inviteBody,
  type StaffRole,
  staffList,
  staffMember,
} from './contract.ts';
import type { StaffDeps } from './deps.ts';
import { endEnrolments, makeEnrolmentLink } from './enrolments.ts';
import {
  addPerson,
  changePerson,
  findPerson,
  hasOtherAdmin,
  type ListedPerson,
  listPeople,
  type Person,
} from './people.ts';
import { endSessionsOf } from './sessions.ts';

const staffParams = z.object({ id: z.string().min(1).max(64) });

type Ways = z.infer<typeof staffMember>['ways'];

function shown({ isOidc, isPersona, hasPasskey, ...person }: ListedPerson): z.infer<typeof staffMember> {
  const ways: Ways = [];
  if (hasPasskey) ways.push('passkey');
  if (isOidc) ways.push('oidc');
  if (isPersona) ways.push('persona');
  return { ...person, ways };
}

/** Outside of the sandbox its people are nobody. */
async function personOf(tx: Tx, deps: StaffDeps, staffId: string): Promise<Person> {
  const person = await findPerson(tx, staffId);
  if (person === undefined || (person.isPersona && !deps.sandbox)) {
    throw new HttpError('NOT_FOUND', { field: 'params.id', expected: 'the id of a member of staff' });
  }
  return person;
}

async function change(
  tx: Tx,
  deps: StaffDeps,
  request: FastifyRequest,
  staffId: string,
  wanted: { readonly role?: StaffRole | undefined; readonly active?: boolean | undefined },
): Promise<void> {
  // Locks the administrators first, then the person: always in this order.
  const isReplaceable = await hasOtherAdmin(tx, staffId, deps.sandbox);
  const person = await personOf(tx, deps, staffId);
  const next = { role: wanted.role ?? person.role, active: wanted.active ?? person.active };
  if (next.role !== person.role && person.isOidc) {
    throw new HttpError('CONFLICT', {
      field: 'body.role',
      expected: 'no change: the identity provider says the role of this person',
    });
  }
  const losesAdmin = person.role === 'admin' && person.active && !(next.role === 'admin' && next.active);
  if (losesAdmin && !isReplaceable) {
    throw new HttpError('CONFLICT', { field: 'body', expected: 'one active administrator to remain' });
  }
  await changePerson(tx, staffId, next);
  if (next.role !== person.role) {
    await endSessionsOf(tx, staffId, 'role-changed');
    await request.audit(tx, `staff/${staffId}/${next.role}`, 'ChangeRole');
  }
  if (next.active !== person.active) {
    await endSessionsOf(tx, staffId, 'deactivated');
    if (!next.active) await endEnrolments(tx, staffId);
    await request.audit(tx, `staff/${staffId}`, next.active ? 'Activate' : 'Deactivate');
  }
}

/** Who works here and how they get in: for administrators. */
export function staffAdminRoutes(app: FastifyInstance, deps: StaffDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const config = { access: 'staff', action: 'ManageStaff' } as const;
  const inPractice = <T>(request: FastifyRequest, work: (tx: Tx) => Promise<T>) =>
    deps.db.tx(request.staff.practiceId, work);

  typed.get('/api/staff', { config, schema: { response: { 200: staffList } } }, async (request) => {
    const people = await inPractice(request, listPeople);
    return { staff: people.filter((person) => deps.sandbox || !person.isPersona).map(shown) };
  });
  typed.post(
    '/api/staff',
    { config, schema: { body: inviteBody, response: { 200: inviteAnswer } } },
    (request) =>
      inPractice(request, async (tx) => {
        const staffId = await addPerson(tx, request.body);
        await request.audit(tx, `staff/${staffId}/${request.body.role}`, 'InviteStaff');
        return { staffId, ...(await makeEnrolmentLink(tx, deps.publicUrl, staffId)) };
      }),
  );
  typed.patch(
    '/api/staff/:id',
    { config, schema: { params: staffParams, body: changeStaffBody, response: { 200: staffMember } } },
    (request) =>
      inPractice(request, async (tx) => {
        const { id } = request.params;
        await change(tx, deps, request, id, request.body);
        const listed = (await listPeople(tx)).find((person) => person.staffId === id);
        if (listed === undefined) throw new HttpError('NOT_FOUND');
        return shown(listed);
      }),
  );
  typed.post(
    '/api/staff/:id/link',
    { config, schema: { params: staffParams, response: { 200: inviteAnswer } } },
    (request) =>
      inPractice(request, async (tx) => {
        const person = await personOf(tx, deps, request.params.id);
        if (person.isOidc || !person.active) {
          const expected = 'an active person who does not sign in by the identity provider';
          throw new HttpError('CONFLICT', { field: 'params.id', expected });
        }
        await request.audit(tx, `staff/${person.staffId}`, 'InviteStaff');
        const link = await makeEnrolmentLink(tx, deps.publicUrl, person.staffId);
        return { staffId: person.staffId, ...link };
      }),
  );
  typed.delete(
    '/api/staff/:id/sessions',
    { config, schema: { params: staffParams, response: { 204: z.null() } } },
    async (request, reply) => {
      await inPractice(request, async (tx) => {
        const { staffId } = await personOf(tx, deps, request.params.id);
        await endSessionsOf(tx, staffId, 'by-admin');
        await request.audit(tx, `staff/${staffId}`, 'EndSessions');
      });
      return await reply.code(204).send(null);
    },
  );
}

/** The audit trail, for auditors. Looking at it is itself written down, once per look and not per page. */
export function auditRoutes(app: FastifyInstance, deps: StaffDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/audit',
    {
      config: { access: 'staff', action: 'ReadAudit' },
      schema: { querystring: auditQuery, response: { 200: auditPage } },
    },
    (request) =>
      deps.db.tx(request.staff.practiceId, async (tx) => {
        const { limit, before } = request.query;
        if (before === undefined) await request.audit(tx, null);
        const rows = await readAudit(tx, request.query);
        return { rows, next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
      }),
  );
}
