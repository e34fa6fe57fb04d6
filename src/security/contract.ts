import { z } from 'zod';

/** Staff sign-in, sessions, people and the audit trail, as the browser sees them. */

export const staffRoles = ['front-desk', 'clinician', 'manager', 'auditor', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];

/**
 * What staff may be allowed to do. Every staff route names one; `policies/staff.cedar` says which role may. Deny by default.
 */
export const staffActions = [
  'UseOwnSession',
  'ReadInbox',
  'ReadConversation',
  'AnswerConversation',
  'AssignConversation',
  'TakeOverConversation',
  'ReadAppointments',
  'ReadFailures',
  'RedriveDeadLetters',
  'ReadFigures',
  'ReadChannels',
  'ReadAudit',
  'ManageStaff',
] as const;
export type StaffAction = (typeof staffActions)[number];

export const sessionAnswer = z.object({
  staff: z.object({ staffId: z.string(), name: z.string(), role: z.enum(staffRoles) }),
  practice: z.object({
    id: z.string(),
    name: z.string(),
    timeZone: z.string(),
    languages: z.array(z.string()),
  }),
  /** What the role may do: the app shows no more. The server decides again each time. */
  allowed: z.array(z.enum(staffActions)),
  /** Instants. */
  idleEndsAt: z.string(),
  endsAt: z.string(),
  sandbox: z.boolean(),
});

export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** What the sign-in page can offer. */
export const signInOptions = z.object({
  practices: z.array(z.object({ id: z.string(), name: z.string(), oidc: z.boolean() })),
  /** Only in the sandbox world: one click signs in. */
  personas: z.array(
    z.object({ practiceId: z.string(), staffId: z.string(), name: z.string(), role: z.enum(staffRoles) }),
  ),
});

export type SignInOptions = z.infer<typeof signInOptions>;

export const personaBody = z.object({ practiceId: z.string().max(40), staffId: z.string().max(64) });

export const passkeyStartBody = z.object({ practiceId: z.string().max(40) });
/** `options` and `response` are WebAuthn's own JSON, which @simplewebauthn/browser makes and reads. */
export const passkeyChallenge = z.object({ challengeId: z.string(), options: z.unknown() });
export const passkeyFinishBody = z.object({ challengeId: z.string().max(64), response: z.unknown() });

/** The token of a one-time link stands in the URL's fragment, so it is in no log. */
export const enrolStartBody = z.object({ token: z.string().max(200) });
export const enrolStartAnswer = passkeyChallenge.extend({
  practice: z.string(),
  name: z.string(),
  role: z.enum(staffRoles),
});

export const staffMember = z.object({
  staffId: z.string(),
  name: z.string(),
  role: z.enum(staffRoles),
  active: z.boolean(),
  /** How they sign in. */
  ways: z.array(z.enum(['passkey', 'oidc', 'persona'])),
  sessions: z.number().int(),
  lastSeenAt: z.string().nullable(),
});
export const staffList = z.object({ staff: z.array(staffMember) });
export const inviteBody = z.object({ name: z.string().trim().min(1).max(80), role: z.enum(staffRoles) });
/** The link is shown once. */
export const inviteAnswer = z.object({ staffId: z.string(), link: z.string(), expiresAt: z.string() });
export const changeStaffBody = z.object({
  role: z.enum(staffRoles).optional(),
  active: z.boolean().optional(),
});

export const auditRow = z.object({
  seq: z.number().int(),
  at: z.string(),
  /** The name of a member of staff; else `nobody`, `operator` or `system`. */
  who: z.string(),
  /** Absent for who is none of the staff. */
  staffId: z.string().nullable().optional(),
  role: z.string().nullable(),
  action: z.string(),
  /** An id of ours: `conversation/…`. Never what was read. */
  target: z.string().nullable(),
  outcome: z.enum(['allowed', 'denied', 'done']),
});
export type AuditRow = z.infer<typeof auditRow>;
export const auditQuery = z.object({
  /** A staff id, or a name. */
  who: z.string().max(80).optional(),
  target: z.string().max(120).optional(),
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const auditPage = z.object({ rows: z.array(auditRow), next: z.number().int().nullable() });
