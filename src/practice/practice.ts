import { z } from 'zod';
import { contentModes, type DataClass } from '#kernel/phi.ts';
import { accountFile, identifier, reference } from './account-file.ts';

/**
 * Glossary of the practice words.
 *
 * - **practice**: one clinic (a tenant). Its configuration is a folder, its data carries its id.
 * - **reference**: `env:NAME` or `file:/path`: where a secret, or a URL that differs per installation, is found.
 */

const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language tag such as "pt" or "en"');

const localized = z.record(language, z.string().min(1));

const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'expected an IANA time zone such as "America/Sao_Paulo"');

/** `practice.yaml` */
export const practiceFile = z.strictObject({
  id: identifier,
  name: z.string().min(1).max(60),
  /** ISO 3166-1 alpha-2: decides local date order, phone country and, later, the channel policy. */
  jurisdiction: z.string().regex(/^[A-Z]{2}$/, 'expected a country code such as "BR"'),
  timeZone,
  /** The first is the default. */
  languages: z.array(language).min(1),
  contentMode: z.enum(contentModes),
  /** Where a person can be reached outside the chat: providers require a way to a human. */
  phone: z.string().min(3).max(30),
  address: z.string().min(1).max(200),
  /** Explains how personal data is handled; linked from the opt-in. */
  privacyUrl: z.url(),
  emergency: z.strictObject({
    number: z.string().min(2).max(20),
    /**
     * What is said at a sign of danger, in place of our own words. A language that is missing has ours.
     * `{number}` and `{practice}` are filled in; the number must be in it.
     */
    text: z
      .record(
        language,
        z
          .string()
          .max(1000)
          .refine((text) => text.includes('{number}'), 'expected a text that names {number}'),
      )
      .optional(),
  }),
  /** When a person answers, in words, per language. */
  openingHours: localized,
  phases: z.strictObject({
    intake: z.boolean(),
    /** Booking by chat; needs the intake and `scheduling.yaml`. */
    scheduling: z.boolean().default(false),
    /** Reminders of booked visits; needs `reminders.yaml`. */
    reminders: z.boolean().default(false),
  }),
  /** Name of the form in `forms/`. */
  intakeForm: identifier.optional(),
});

/** `channels.yaml` */
export const channelsFile = z.strictObject({
  accounts: z.array(accountFile).min(1),
  /** What templates may cost in any 24 hours, in the practice's own currency, and what one of each category costs. */
  spend: z
    .strictObject({
      perDay: z.number().min(0).max(1_000_000_000),
      costs: z.strictObject({
        utility: z.number().min(0).default(0),
        marketing: z.number().min(0).default(0),
        authentication: z.number().min(0).default(0),
      }),
    })
    .exactOptional(),
});

export type SpendSettings = NonNullable<z.infer<typeof channelsFile>['spend']>;

/** `pms.yaml` */
export const pmsFile = z.strictObject({
  adapter: z.literal('fhir'),
  baseUrl: reference,
  authentication: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('bearer'), token: reference }),
  ]),
  /** The system of the identifier that we give a patient, so that our own patients are found again. */
  identifierSystem: z.string().min(1),
  /** `post` keeps names and birth dates out of URLs, and so out of other people's access logs; some systems only know `get`. */
  search: z.enum(['post', 'get']).default('post'),
  /**
   * What the system lets us do to a Slot: `hold` it (`busy-tentative`) and take it (`busy`), only `take` it, or only `read` it,
   * for systems that keep their slots themselves.
   */
  slots: z.enum(['hold', 'take', 'read']).default('hold'),
  /** Milliseconds until a call is given up as `unknown`. Not longer: a patient who waits is told within a minute. */
  timeoutMs: z.number().int().min(500).max(35_000).default(10_000),
});

/** Who does not pass a gate is booked by a person, with all that is known. */
const gate = z.discriminatedUnion('kind', [
  /** Years on the day of booking, both included. */
  z
    .strictObject({
      kind: z.literal('age'),
      min: z.number().int().min(0).max(130).optional(),
      max: z.number().int().min(0).max(130).optional(),
    })
    .refine(({ min, max }) => (min !== undefined || max !== undefined) && (min ?? 0) <= (max ?? 130), {
      message: 'expected "min", "max" or both, with min not above max',
    }),
  /** The form's question must have been answered with one of these codes: the payers that are taken, a referral that is there. */
  z.strictObject({
    kind: z.literal('answer'),
    linkId: z.string().min(1),
    in: z.array(z.string().min(1)).min(1),
  }),
  /** Always booked by a person. */
  z.strictObject({ kind: z.literal('person') }),
]);

/** One thing that a patient can book. */
const visitType = z.strictObject({
  id: identifier,
  name: localized,
  minutes: z.number().int().min(5).max(480),
  /** Narrows the practice system's search to slots of this service. */
  serviceType: z.strictObject({ system: z.string().min(1).optional(), code: z.string().min(1) }).optional(),
  /** Words in the patient's reason that ask for this type, per language, in lower case: "knee", "joelho". */
  words: z.record(language, z.array(z.string().min(2)).min(1)).default({}),
  /** All of them must be passed. */
  gates: z.array(gate).default([]),
});

/** `scheduling.yaml` */
export const schedulingFile = z.strictObject({
  /** The last one takes every reason that names none of the others. */
  visitTypes: z.array(visitType).min(1),
  /** The form's question whose answer is the reason for the visit. */
  reasonLinkId: z.string().min(1).default('reason'),
  /** Minutes that a slot is kept until the patient confirms. */
  holdMinutes: z.number().int().min(2).max(120).default(15),
  /** Minutes from now within which nothing is offered: a patient must get there. */
  minNoticeMinutes: z.number().int().min(0).max(10_080).default(120),
  /** Days ahead that are offered. */
  horizonDays: z.number().int().min(1).max(180).default(28),
});

const isoDuration = z.string().refine((text) => {
  try {
    return Temporal.Duration.from(text).sign > 0;
  } catch {
    return false;
  }
}, 'expected an ISO 8601 duration such as "P2D" or "PT3H"');

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "21:00"');

/** `reminders.yaml` */
export const remindersFile = z.strictObject({
  reminders: z
    .array(
      z.strictObject({
        id: identifier,
        /** How long before the visit: days by the calendar of the practice's zone, hours by the clock. */
        before: isoDuration,
        /** Name of the file in `templates/`. */
        template: identifier,
      }),
    )
    .min(1),
  /** Nothing is sent in these hours of the practice's zone; what falls due in them leaves before they begin, if it can. */
  quietHours: z.strictObject({ from: clockTime, to: clockTime }).default({ from: '21:00', to: '08:00' }),
});

/** What a template's variable stands for; each has a data class of its own. */
export const templateVariables = [
  'first-name',
  'practice',
  'practice-phone',
  'address',
  'visit-date',
  'visit-time',
  'clinician',
] as const;

/** What each variable tells. A clinician beside a patient's visit says what the visit is about. */
export const variableClasses: Readonly<Record<(typeof templateVariables)[number], DataClass>> = {
  'first-name': 'identity',
  practice: 'none',
  'practice-phone': 'none',
  address: 'logistics',
  'visit-date': 'logistics',
  'visit-time': 'logistics',
  clinician: 'clinical',
};

/** `templates/<name>.yaml`: a message whose text the provider approves beforehand. */
export const templateFile = z.strictObject({
  /** The name at the provider: lower-case letters, digits and underscores. */
  name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'expected a name such as "visit_reminder"'),
  category: z.enum(['utility', 'marketing', 'authentication']),
  /** What `{{1}}`, `{{2}}` … of the body stand for, in order. */
  variables: z.array(z.enum(templateVariables)),
  /** Quick-reply buttons, in order; what a tap on them means. */
  buttons: z
    .array(z.enum(['confirm', 'move', 'cancel']))
    .max(3)
    .default([]),
  /** Per language of the practice. */
  texts: z.record(
    language,
    z.strictObject({
      /** The provider's code of the language: `pt_BR`. */
      providerLanguage: z
        .string()
        .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, 'expected a code such as "pt_BR" or "en"'),
      body: z.string().min(1).max(1024),
      /** Labels of the buttons, in their order. */
      buttons: z.array(z.string().min(1).max(25)).default([]),
      /** One example per variable, which the provider asks for. */
      samples: z.array(z.string().min(1)).default([]),
    }),
  ),
});

/** What a ready-made answer may leave open, `{first-name}`, and what each of it tells. */
export const cannedVariables = {
  'first-name': 'identity',
  practice: 'none',
  phone: 'none',
  address: 'logistics',
  staff: 'none',
  visit: 'logistics',
} as const satisfies Readonly<Record<string, DataClass>>;

/** `routing.yaml` */
export const routingFile = z.strictObject({
  /** How a conversation with staff can end. */
  resolutionCodes: z.array(z.strictObject({ id: identifier, name: localized })).min(1),
  /** Ready-made answers, with `cannedVariables` filled in. */
  cannedReplies: z
    .array(z.strictObject({ id: identifier, title: z.string().min(1).max(60), text: localized }))
    .default([]),
  /** Minutes without a sign of life after which another person may take a conversation over. */
  leaseMinutes: z.number().int().min(1).max(240).default(15),
  /** Minutes that a patient should wait at most, per priority: shown as "soon" and "too long". */
  waitMinutes: z
    .strictObject({ top: z.number().int().min(1), normal: z.number().int().min(1) })
    .default({ top: 5, normal: 30 }),
});

/** `staff.yaml`: sign-in by the practice's own identity provider. Passkeys need no file. */
export const staffFile = z.strictObject({
  oidc: z.strictObject({
    issuer: reference,
    clientId: reference,
    clientSecret: reference,
    /** The claim whose values `roles` maps, such as "groups". */
    roleClaim: z.string().min(1).default('groups'),
    /** Value of the claim → role here. Who has none of these is not let in. */
    roles: z.record(z.string(), z.enum(['front-desk', 'clinician', 'manager', 'auditor', 'admin'])),
    /** Values of `acr` or `amr` that prove a second factor; any where the list is empty. */
    acr: z.array(z.string()).default([]),
    /** Asked for besides `openid`; some providers put groups into the token only for a scope of their own. */
    scopes: z.array(z.string().min(1)).default(['profile']),
  }),
});

export type SchedulingSettings = z.infer<typeof schedulingFile>;
export type Gate = z.infer<typeof gate>;
export type VisitType = z.infer<typeof visitType>;
export type ReminderSettings = z.infer<typeof remindersFile>;
export type TemplateFile = z.infer<typeof templateFile>;
export type TemplateVariable = (typeof templateVariables)[number];
export type RoutingSettings = z.infer<typeof routingFile>;
export type StaffSettings = z.infer<typeof staffFile>;
export type PracticeSettings = z.infer<typeof practiceFile>;
export type PmsFile = z.infer<typeof pmsFile>;
