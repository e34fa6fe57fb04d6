import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type StaffAction, type StaffRole, staffActions, staffRoles } from './contract.ts';

/** May this member of staff do this? Decided by `policies/staff.cedar`; what it does not permit is denied. */

/** The engine: megabytes of WebAssembly, which a process that asks nothing does not compile. */
type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

const load = createRequire(import.meta.url);
// `require` keeps no types; this is the package of the type above, and it is loaded once.
const cedar = () => load('@cedar-policy/cedar-wasm/nodejs') as Cedar;

const policySet = 'staff';

const policyText = readFileSync(new URL('./policies/staff.cedar', import.meta.url), 'utf8');
const schemaText = readFileSync(new URL('./policies/staff.cedarschema', import.meta.url), 'utf8');

/**
 * What is wrong with a policy text, as sentences; none where it is sound. A misspelt role or action is a finding: at run time
 * it would only ever deny.
 */
export function policyProblems(policies: string, schema: string): readonly string[] {
  const answer = cedar().validate({ policies: { staticPolicies: policies }, schema });
  if (answer.type === 'failure') return answer.errors.map((error) => error.message);
  return [...answer.validationErrors, ...answer.validationWarnings].map(
    ({ policyId, error }) => `${policyId}: ${error.message}`,
  );
}

let isPrepared = false;

/** Parses the policies once; nobody is let in by policies that are not sound. */
function prepare(): void {
  const parsed = cedar().preparsePolicySet(policySet, { staticPolicies: policyText });
  const problems =
    parsed.type === 'failure'
      ? parsed.errors.map((error) => error.message)
      : policyProblems(policyText, schemaText);
  if (problems.length > 0) throw new Error(`policies/staff.cedar: ${problems.join('; ')}`);
  isPrepared = true;
}

/** The words of the closed lists, from text that comes out of a row or a route's declaration. */
export const isStaffRole = (text: string): text is StaffRole => staffRoles.some((role) => role === text);
export const isStaffAction = (text: string): text is StaffAction =>
  staffActions.some((action) => action === text);

export type Actor = {
  readonly practiceId: string;
  readonly staffId: string;
  readonly role: StaffRole;
};

/**
 * Whether the policies let `actor` do `action` in the practice `practiceId`.
 * @throws where the policies themselves are not sound: a bug, which lets nobody in
 */
export function permits(actor: Actor, action: StaffAction, practiceId: string = actor.practiceId): boolean {
  if (!isPrepared) prepare();
  // What reaches us past the types, out of a row of a newer release, is nobody the policies speak of.
  if (!isStaffRole(actor.role) || !isStaffAction(action)) return false;
  const practice = (id: string) => ({ type: 'Practice', id });
  const principal = { type: 'Staff', id: actor.staffId };
  const answer = cedar().statefulIsAuthorized({
    principal,
    action: { type: 'Action', id: action },
    resource: practice(practiceId),
    context: {},
    preparsedPolicySetId: policySet,
    entities: [
      {
        uid: principal,
        attrs: { practice: { __entity: practice(actor.practiceId) } },
        parents: [{ type: 'Role', id: actor.role }],
      },
    ],
  });
  if (answer.type === 'failure') throw new Error('the policies could not be asked');
  return answer.response.decision === 'allow' && answer.response.diagnostics.errors.length === 0;
}

const allowed = new Map<StaffRole, readonly StaffAction[]>();

/** What a role may do within its own practice: what the staff app offers. Asked of the policies once, which do not change while we run. */
export function allowedActions(role: StaffRole): readonly StaffAction[] {
  const known = allowed.get(role);
  if (known !== undefined) return known;
  const actor = { practiceId: 'own', staffId: 'anyone', role };
  const actions = staffActions.filter((action) => permits(actor, action));
  allowed.set(role, actions);
  return actions;
}
