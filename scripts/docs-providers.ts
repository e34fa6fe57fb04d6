import { z } from 'zod';
import { type Capabilities, type HipaaBaa, mediaKinds, type TemplateStyle } from '#channels/capabilities.ts';
import { providerMatrix } from '#channels/matrix.ts';
import type { ChannelName } from '#channels/registry.ts';
import { accountFile, accountReferences } from '#practice/account-file.ts';
import { page, table } from './docs-page.ts';

/** `docs/providers.md`: from the data that the renderers, the check and the conformance test use. */

const templateStyles: Readonly<Record<TemplateStyle, string>> = {
  named: 'by name and language',
  positional: 'by name and language, body only',
  'content-sid': 'by content SID',
  hsm: 'hsm: namespace, name, language',
  project: 'by project and version',
  no: 'no',
};

const agreements: Readonly<Record<HipaaBaa, string>> = {
  none: 'none found',
  'not-eligible': 'WhatsApp not eligible',
  unconfirmed: 'unconfirmed',
};

const yes = (is: boolean) => (is ? 'yes' : 'no');

function size(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes >= 1 ? `${mebibytes} MB` : `${Math.round(bytes / 1024)} kB`;
}

/** One row of the table: what it is called, and what a provider has of it. */
const rows: readonly (readonly [what: string, of: (capabilities: Capabilities) => string])[] = [
  ['text, characters', ({ textChars }) => String(textChars)],
  [
    'buttons',
    ({ buttons }) =>
      buttons === 'numbered' ? 'numbered text' : `${buttons.max} of ${buttons.titleChars} characters`,
  ],
  [
    'list',
    ({ list }) => {
      if (list === 'numbered') return 'numbered text';
      const second = list.descriptionChars === 0 ? 'no second line' : `second line ${list.descriptionChars}`;
      return `${list.rows} rows of ${list.titleChars}, ${second}`;
    },
  ],
  [
    'text above buttons / a list',
    ({ buttons, list }) =>
      [buttons, list].map((each) => (each === 'numbered' ? '–' : each.bodyChars)).join(' / '),
  ],
  [
    'forms in the messenger',
    ({ flows }) => (flows === 'with-content' ? 'from a content made beforehand' : flows),
  ],
  ['templates', ({ templates }) => templateStyles[templates.style]],
  ["a template's buttons", ({ templates }) => String(templates.buttons)],
  ['typing indicator', ({ typing }) => yes(typing)],
  ['marks as read', ({ readReceipts }) => yes(readReceipts)],
  ['user ids in / out (BSUID)', ({ bsuidIn, bsuidOut }) => `${yes(bsuidIn)} / ${yes(bsuidOut)}`],
  [
    "asks for the patient's number",
    ({ contactRequest }) => (contactRequest === 'no' ? 'in words' : "by the messenger's own button"),
  ],
  ['reactions of patients', ({ reactionsIn }) => yes(reactionsIn)],
  ...mediaKinds.map(
    (kind) =>
      [
        `${kind}, at most`,
        ({ media }: Capabilities) => (media.kinds.includes(kind) ? size(media.maxBytes[kind] ?? 0) : 'no'),
      ] as const,
  ),
  [
    'against sending twice',
    ({ idempotency }) =>
      ({ none: 'nothing', reference: 'our reference comes back', key: 'a key that the provider checks' })[
        idempotency
      ],
  ],
  ['HIPAA agreement for WhatsApp', ({ agreement }) => agreements[agreement.hipaaBaa]],
];

const guides: Readonly<Record<ChannelName, string>> = {
  meta: 'integrator/connect-meta.md',
  twilio: 'integrator/connect-twilio.md',
  vonage: 'integrator/connect-vonage.md',
  messagebird: 'integrator/connect-messagebird.md',
  bird: 'integrator/connect-bird.md',
};

// The keys of a registry that names all of them.
const names = Object.keys(providerMatrix) as readonly ChannelName[];

export function providersPage(): string {
  const titles = names.map((name) => providerMatrix[name].connect.title);
  const cells = rows.map(([what, of]) => [
    what,
    ...names.map((name) => of(providerMatrix[name].capabilities)),
  ]);
  return page('Providers', [
    'A practice picks its provider by price and support; the patient sees the same. `provider:` in',
    '[`channels.yaml`](integrator/practice-folder.md#channelsyaml) names it: `meta`, `twilio`, `vonage`, `messagebird` or `bird`. Everything below is made',
    'from the data that the program itself takes its limits from, and each provider’s code is tested against it. Where a question does not fit a',
    'provider’s buttons or list, it is asked as numbered text, and answered with the number or the words; nothing is ever cut off.',
    '',
    ...table(['', ...titles], cells),
    '',
    'Lengths are UTF-16 code units, never fewer than what a provider counts. Types that WhatsApp lists:',
    ...mediaKinds.map((kind) => `- ${kind}: ${listed(kind)}`),
    '',
    "No provider's signature makes WhatsApp a channel for a US clinic's health data: Meta stands behind all of them. `contentMode: minimal` keeps it off",
    'the channel; [security](operator/security.md#who-can-read-what).',
    '',
    'Settings that every account has, whoever the provider is, are in',
    '[A practice is a folder](integrator/practice-folder.md#channelsyaml). `npx vestibule check` says what is missing, and prints for each',
    'account the address to enter and what to switch on.',
    ...names.flatMap(section),
  ]);
}

function listed(kind: (typeof mediaKinds)[number]): string {
  const types = new Set(names.flatMap((name) => providerMatrix[name].capabilities.media.types[kind] ?? []));
  return [...types].map((type) => `\`${type}\``).join(', ');
}

function section(name: ChannelName): readonly string[] {
  const { capabilities, connect } = providerMatrix[name];
  const steps = connect.steps.map((step) => step.replaceAll('{url}', `https://<host>/webhooks/${name}/<id>`));
  return [
    '',
    `## ${connect.title}`,
    '',
    `\`provider: ${name}\`, ${connect.product}. Step by step: [${guides[name]}](${guides[name]}).`,
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    '',
    ...table(['setting', 'form', 'what it is, and where it is found'], settingsOf(name)),
    '',
    `- **If we do not take a delivery**: ${capabilities.inboundRetries}`,
    `- **Fees**: ${capabilities.feePerMessage}`,
    `- **Agreement for health data**: ${capabilities.agreement.note}`,
    '',
    'Not confirmed by a page or a live account, and how the program copes:',
    '',
    ...capabilities.unconfirmed.map((gap) => `- ${gap}`),
    '',
    `Sources: ${capabilities.sources.map((source, index) => `[${index + 1}](${source})`).join(' ')}`,
  ];
}

const property = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
});

const forms: Readonly<Record<string, string>> = {
  array: 'list',
  boolean: '`true`, `false`',
  integer: 'number',
  string: 'text',
};

const schema = z.object({
  oneOf: z.array(
    z.object({
      required: z.array(z.string()),
      properties: z.looseObject({ provider: z.object({ const: z.string() }) }),
    }),
  ),
});

/** Rows for a provider's own settings. Throws where one has no explanation, or one is explained that does not exist. */
function settingsOf(name: ChannelName): readonly (readonly string[])[] {
  const { oneOf } = schema.parse(z.toJSONSchema(accountFile, { io: 'input' }));
  const common = oneOf
    .map(({ properties }) => new Set(Object.keys(properties)))
    .reduce((all, each) => all.intersection(each));
  // Each has a host of its own.
  common.delete('baseUrl');
  const own = oneOf.find(({ properties }) => properties.provider.const === name);
  const fields = Object.entries(own?.properties ?? {}).filter(([field]) => !common.has(field));
  const { settings } = providerMatrix[name].connect;
  const unknown = Object.keys(settings).filter((setting) => !fields.some(([field]) => field === setting));
  if (unknown.length > 0) throw new Error(`${name} has no setting ${unknown.join(', ')}`);
  return fields.map(([field, value]) => {
    const meaning = settings[field];
    if (meaning === undefined) throw new Error(`${name}: what is ${field}?`);
    return [`\`${field}\``, formOf(name, field, property.parse(value), own?.required ?? []), meaning];
  });
}

function formOf(
  name: ChannelName,
  field: string,
  { type, enum: values, default: fallback }: z.infer<typeof property>,
  required: readonly string[],
): string {
  const references = accountReferences[name];
  const isSecret = references.secrets.some((secret) => secret === field);
  const isReference = isSecret || references.settings.some((setting) => setting === field);
  const kind =
    values?.map((value) => `\`${value}\``).join(', ') ??
    (isReference && type !== 'array' ? 'reference' : undefined);
  const form = kind ?? (isReference ? 'one or two references' : (forms[type ?? 'string'] ?? type ?? 'text'));
  const isEmpty = fallback === '' || (Array.isArray(fallback) && fallback.length === 0);
  const more =
    fallback === undefined || isEmpty
      ? required.includes(field)
        ? ''
        : '; optional'
      : `; default \`${String(fallback)}\``;
  return `${form}${isSecret ? ', **secret**' : ''}${more}`;
}
