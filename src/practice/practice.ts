import { z } from 'zod';
import { contentModes } from '#kernel/phi.ts';

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

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'expected lower-case letters, digits and hyphens, such as "aurora"');

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
  emergency: z.strictObject({ number: z.string().min(2).max(20) }),
  /** When a person answers, in words, per language. */
  openingHours: localized,
  phases: z.strictObject({ intake: z.boolean() }),
  /** Name of the form in `forms/`. */
  intakeForm: identifier.optional(),
});

/** A value, or a reference to where it is found. */
const reference = z.string().min(1);

/** One account in `channels.yaml`. */
export const accountFile = z.strictObject({
  id: identifier,
  provider: z.literal('meta'),
  phoneNumberId: reference,
  wabaId: reference,
  displayPhone: z.string().min(3),
  baseUrl: reference.default('https://graph.facebook.com'),
  apiVersion: z
    .string()
    .regex(/^v\d+\.\d+$/, 'expected a Graph API version such as "v26.0"')
    .default('v26.0'),
  /** Two while a secret is being rotated. */
  appSecrets: z.array(reference).min(1).max(2),
  verifyToken: reference,
  accessToken: reference,
});

/** `channels.yaml` */
export const channelsFile = z.strictObject({ accounts: z.array(accountFile).min(1) });

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
  /** Milliseconds until a call is given up as `unknown`. */
  timeoutMs: z.number().int().min(500).max(60_000).default(10_000),
});

export type PracticeSettings = z.infer<typeof practiceFile>;
export type AccountFile = z.infer<typeof accountFile>;
export type PmsFile = z.infer<typeof pmsFile>;
