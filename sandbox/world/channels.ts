import { createHash } from 'node:crypto';
import type { NewTemplate } from '../meta/index.ts';
import type { ProviderName } from '../provider/provider.ts';

/** The `channels.yaml` that a practice would write for another provider, so that its sandbox can be at that one. */

export type ChannelsOptions = {
  readonly provider: ProviderName;
  readonly accounts: readonly { readonly id: string; readonly displayPhone: string }[];
  /** The practice's own, one per language. */
  readonly templates: readonly NewTemplate[];
};

/** The file's contents: JSON, which is YAML. Secrets and addresses are references, which the sandbox resolves. */
export function channelsFile({ provider, accounts, templates }: ChannelsOptions): string {
  const file = {
    accounts: accounts.map(({ id, displayPhone }) => ({
      id,
      provider,
      displayPhone,
      ...referencesOf(provider, id),
      ...more[provider](templates),
    })),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** By provider, the fields that are references: a text, or a list of one. */
const fields: Readonly<Record<ProviderName, readonly string[]>> = {
  meta: ['phoneNumberId', 'wabaId', 'baseUrl', 'appSecrets.0', 'verifyToken', 'accessToken'],
  twilio: ['accountSid', 'apiKey', 'apiSecret', 'authTokens.0', 'sender', 'baseUrl', 'messagingUrl'],
  vonage: ['number', 'apiKey', 'applicationId', 'privateKey', 'signatureSecrets.0', 'baseUrl'],
  messagebird: ['channelId', 'baseUrl', 'accessKey', 'signingKeys.0', 'templateNamespace'],
  bird: ['workspaceId', 'channelId', 'baseUrl', 'accessKey', 'signingKeys.0'],
};

function referencesOf(provider: ProviderName, accountId: string) {
  const entries = fields[provider].map((place) => {
    const [field = '', index] = place.split('.');
    const name = `SANDBOX_${accountId}_${field}`.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase();
    return [field, index === undefined ? `env:${name}` : [`env:${name}`]];
  });
  return Object.fromEntries(entries);
}

const more: Readonly<Record<ProviderName, (templates: readonly NewTemplate[]) => object>> = {
  meta: () => ({}),
  vonage: () => ({}),
  messagebird: () => ({}),
  twilio: (templates) => ({
    typing: true,
    templates: templates.map(({ name, language }) => ({
      name,
      language,
      contentSid: `HX${digest(`${name} ${language}`)}`,
      payloads: 'variables',
    })),
    questions,
  }),
  bird: (templates) => ({
    templates: templates.map(({ name, language, body, buttons }) => ({
      name,
      language,
      projectId: uuidOf(name),
      version: 'latest',
      locale: language.replace('_', '-'),
      variables: placesIn(body).map((place) => `v${place}`),
      payloads: buttons.map((_, index) => `payload${index + 1}`),
    })),
  }),
};

/** As a practice would make them: buttons of every number, lists of some. Any other question comes as numbered text. */
const questions = [
  ...[1, 2, 3].map((choices) => ({
    shape: 'buttons',
    choices,
    contentSid: `HX${digest(`buttons ${choices}`)}`,
  })),
  ...[4, 5].map((choices) => ({ shape: 'list', choices, contentSid: `HX${digest(`list ${choices}`)}` })),
];

function placesIn(body: string): readonly string[] {
  const found = [...body.matchAll(/\{\{(\d+)\}\}/g)].map(([, place = '']) => place);
  return [...new Set(found)].toSorted((a, b) => Number(a) - Number(b));
}

/** 32 hexadecimal digits: the same for the same text, at every start. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function uuidOf(text: string): string {
  return digest(text).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
