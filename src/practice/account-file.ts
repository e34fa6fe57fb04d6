import { z } from 'zod';

/** One account in `channels.yaml`: what each provider needs of it. */

export const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'expected lower-case letters, digits and hyphens, such as "aurora"');

/** A value, or a reference to where it is found. */
export const reference = z.string().min(1);

/** The current one, and a second while it is being rotated. */
const rotated = z.array(reference).min(1).max(2);

/** What a provider calls a template or a content: `templates` and `questions` below. */
const contentSid = z.string().regex(/^HX[0-9a-f]{32}$/i, 'expected the SID of a content: "HX…"');

const providerLanguage = z
  .string()
  .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, 'expected a code such as "pt_BR" or "en"');

const duration = z
  .string()
  .refine(
    (text) => /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?$/.test(text) && Temporal.Duration.from(text).sign > 0,
    'expected a duration of days, hours and minutes such as "P1D" or "PT12H"',
  );

const everyAccount = {
  id: identifier,
  /** The number as people write it: shown, never dialled. */
  displayPhone: z.string().min(3),
  /**
   * How long the provider goes on trying to deliver, where it is not as usual; then a message counts as never arrived. A template's
   * own is the time that it has at the provider, by its name there.
   */
  givesUpAfter: z
    .strictObject({
      messages: duration.exactOptional(),
      templates: z.record(z.string().min(1), duration).exactOptional(),
    })
    .exactOptional(),
  /** Hosts, beside those that are known, from which files of this account may be fetched: without credentials, by https. */
  mediaHosts: z
    .array(
      z
        .string()
        .regex(
          /^(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/,
          'expected a host such as "files.example.com"',
        ),
    )
    .max(10)
    .exactOptional(),
  /** What may leave, where it is not as the provider grants it to everybody. */
  limits: z
    .strictObject({
      /** Of the number, in a second. Below one: a message every few seconds. */
      messagesPerSecond: z.number().positive().max(100_000).exactOptional(),
      /** To the same patient: one message in so many seconds, after a burst. */
      samePatientSeconds: z.number().min(0).max(3_600).exactOptional(),
      samePatientBurst: z.number().int().min(1).max(1_000).exactOptional(),
      /** Accounts with the same name here belong to one business at WhatsApp, and share `recipientsPerDay`. */
      portfolio: identifier.exactOptional(),
      /** Patients in 24 hours to whom the business writes first, until the provider tells of another number. */
      recipientsPerDay: z
        .union([z.number().int().min(1).max(100_000_000), z.literal('unlimited')])
        .exactOptional(),
    })
    .exactOptional(),
};

const meta = z.strictObject({
  ...everyAccount,
  provider: z.literal('meta'),
  phoneNumberId: reference,
  wabaId: reference,
  baseUrl: reference.default('https://graph.facebook.com'),
  apiVersion: z
    .string()
    .regex(/^v\d+\.\d+$/, 'expected a Graph API version such as "v26.0"')
    .default('v26.0'),
  appSecrets: rotated,
  verifyToken: reference,
  accessToken: reference,
});

const twilio = z.strictObject({
  ...everyAccount,
  provider: z.literal('twilio'),
  accountSid: reference,
  /** An API key (`SK…`) with its secret, or the account's SID with its auth token. */
  apiKey: reference,
  apiSecret: reference,
  /** Of the account that the number belongs to: they sign its webhooks. */
  authTokens: rotated,
  /** Digits with country code. */
  sender: reference,
  messagingServiceSid: reference.exactOptional(),
  baseUrl: reference.default('https://api.twilio.com'),
  messagingUrl: reference.default('https://messaging.twilio.com'),
  /** Where statuses come; our own webhook's address where it is left out. */
  statusCallbackUrl: reference.exactOptional(),
  /** What the practice's templates are called at Twilio. */
  templates: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        language: providerLanguage,
        contentSid,
        payloads: z.enum(['variables', 'fixed']).default('variables'),
      }),
    )
    .default([]),
  /** Contents for questions with buttons or a list; without one that fits, a question is asked as numbered text. */
  questions: z
    .array(
      z.strictObject({
        shape: z.enum(['buttons', 'list']),
        choices: z.number().int().min(1).max(10),
        descriptions: z.boolean().exactOptional(),
        contentSid,
      }),
    )
    .default([]),
  /** Minutes between two looks at Twilio's list of what came in: it gives a webhook up within seconds. */
  reconcileMinutes: z.number().int().min(1).max(60).default(5),
  /** A public beta, and not eligible under HIPAA by Twilio's own list. */
  typing: z.boolean().default(false),
});

const vonage = z.strictObject({
  ...everyAccount,
  provider: z.literal('vonage'),
  /** Digits with country code. */
  number: reference,
  apiKey: reference,
  applicationId: reference,
  /** PEM: most easily `file:/run/secrets/vonage.pem`. */
  privateKey: reference,
  signatureSecrets: rotated,
  baseUrl: reference.default('https://api.nexmo.com'),
  /** The host of the region that takes the number's messages, for marking them as read. */
  updateBaseUrl: reference.exactOptional(),
  templateNamespace: reference.exactOptional(),
  tokenMaxAgeSeconds: z.number().int().min(60).max(604_800).exactOptional(),
  acceptsUnnamedApplication: z.boolean().exactOptional(),
});

const messagebird = z.strictObject({
  ...everyAccount,
  provider: z.literal('messagebird'),
  channelId: reference,
  baseUrl: reference.default('https://conversations.messagebird.com'),
  accessKey: reference,
  signingKeys: rotated,
  /** Of the account's WhatsApp templates; empty where the practice sends none. */
  templateNamespace: z.string().default(''),
  /** Where statuses come; our own webhook's address where it is left out. */
  reportUrl: reference.exactOptional(),
  clockToleranceSeconds: z.number().int().min(0).max(3599).exactOptional(),
});

const uuid = z.guid('expected a UUID');

const bird = z.strictObject({
  ...everyAccount,
  provider: z.literal('bird'),
  workspaceId: reference,
  channelId: reference,
  baseUrl: reference.default('https://api.bird.com'),
  accessKey: reference,
  signingKeys: rotated,
  maxSignatureAgeMs: z.number().int().min(86_400_000).max(604_800_000).exactOptional(),
  /** What the practice's templates are called at Bird. */
  templates: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        language: providerLanguage,
        projectId: uuid,
        version: z.union([z.literal('latest'), uuid]),
        locale: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'expected a code such as "pt-BR"'),
        variables: z.array(z.string().min(1)).default([]),
        payloads: z.array(z.string().min(1)).default([]),
      }),
    )
    .default([]),
  templateValues: z.enum(['parameters', 'variables']).exactOptional(),
  choices: z.enum(['interactive', 'numbered']).exactOptional(),
});

export const accountFile = z.discriminatedUnion('provider', [meta, twilio, vonage, messagebird, bird]);

export type AccountFile = z.infer<typeof accountFile>;

export type Provider = AccountFile['provider'];

type Fields<P extends Provider> = keyof Extract<AccountFile, { provider: P }> & string;

/**
 * By provider, the fields that may name a place where their value is found: `secrets` must, `settings` may hold the value itself. A
 * field's value is a text, or a list of texts.
 */
export const accountReferences: {
  readonly [P in Provider]: {
    readonly secrets: readonly Fields<P>[];
    readonly settings: readonly Fields<P>[];
  };
} = {
  meta: {
    secrets: ['appSecrets', 'verifyToken', 'accessToken'],
    settings: ['phoneNumberId', 'wabaId', 'baseUrl'],
  },
  twilio: {
    secrets: ['apiSecret', 'authTokens'],
    settings: [
      'accountSid',
      'apiKey',
      'sender',
      'messagingServiceSid',
      'baseUrl',
      'messagingUrl',
      'statusCallbackUrl',
    ],
  },
  vonage: {
    secrets: ['privateKey', 'signatureSecrets'],
    settings: ['number', 'apiKey', 'applicationId', 'baseUrl', 'updateBaseUrl', 'templateNamespace'],
  },
  messagebird: {
    secrets: ['accessKey', 'signingKeys'],
    settings: ['channelId', 'baseUrl', 'templateNamespace', 'reportUrl'],
  },
  bird: { secrets: ['accessKey', 'signingKeys'], settings: ['workspaceId', 'channelId', 'baseUrl'] },
};

/** The texts of fields of an account, each with its place in it (`appSecrets.0`); those that are not set are left out. */
export function textsOf(
  account: AccountFile,
  fields: readonly string[],
): readonly { readonly place: string; readonly text: string }[] {
  const values = new Map<string, unknown>(Object.entries(account));
  return fields.flatMap((field) => {
    const value = values.get(field);
    if (typeof value === 'string') return [{ place: field, text: value }];
    // A list of texts by its schema.
    return Array.isArray(value)
      ? value.map((text, i) => ({ place: `${field}.${i}`, text: String(text) }))
      : [];
  });
}

/** The account with the texts of its references replaced. */
export function withReferences<A extends AccountFile>(
  account: A,
  resolve: (text: string, place: string) => string,
): A {
  const { secrets, settings } = accountReferences[account.provider];
  const fields: readonly string[] = [...secrets, ...settings];
  const resolved = Object.entries(account).map(([field, value]: [string, unknown]) => {
    if (!fields.includes(field)) return [field, value];
    if (Array.isArray(value)) return [field, value.map((text, i) => resolve(String(text), `${field}.${i}`))];
    return [field, typeof value === 'string' ? resolve(value, field) : value];
  });
  // Field by field a text where there was a text.
  return Object.fromEntries(resolved) as A;
}
