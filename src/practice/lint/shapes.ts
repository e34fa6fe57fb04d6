import { createPrivateKey } from 'node:crypto';
import type { AccountFile } from '../account-file.ts';
import { type Advice, advise, type Placed, told } from './advice.ts';

/** Whether values look like what they should be: an id in another's place is only found out by the provider's refusal. */

type Shape = {
  readonly is: (value: string) => boolean;
  readonly what: string;
  readonly example: string;
};

const matches = (pattern: RegExp) => (value: string) => pattern.test(value);

const metaId: Shape = {
  is: matches(/^\d{5,20}$/),
  what: "Meta's id, all digits",
  example: '700100200300401',
};
const digits: Shape = {
  is: matches(/^\d{5,15}$/),
  what: 'a number of digits with country code, without plus, spaces or prefix',
  example: '12025550100',
};
const uuid: Shape = {
  is: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  what: 'a UUID',
  example: '11111111-2222-4333-8444-555555555555',
};
const address: Shape = {
  is: (value) => ['https:', 'http:'].includes(URL.parse(value)?.protocol ?? ''),
  what: 'a URL',
  example: 'https://api.example',
};
const sid = (prefix: string): Shape => ({
  is: matches(new RegExp(`^${prefix}[0-9a-f]{32}$`, 'i')),
  what: `a SID: ${prefix} and 32 hexadecimal digits`,
  example: `${prefix}0123456789abcdef0123456789abcdef`,
});
const privateKey: Shape = {
  is: isRsaKey,
  what: 'an RSA private key in PEM',
  example: 'file:/run/secrets/vonage.pem',
};

type Shapes = { readonly [P in AccountFile['provider']]: Readonly<Record<string, Shape>> };

const shapes: Shapes = {
  meta: { phoneNumberId: metaId, wabaId: metaId, baseUrl: address },
  twilio: {
    accountSid: sid('AC'),
    apiKey: {
      is: matches(/^(SK|AC)[0-9a-f]{32}$/i),
      what: 'the SID of an API key, SK and 32 hexadecimal digits, or the account SID itself',
      example: 'SK0123456789abcdef0123456789abcdef',
    },
    sender: digits,
    messagingServiceSid: sid('MG'),
    baseUrl: address,
    messagingUrl: address,
    statusCallbackUrl: address,
  },
  vonage: {
    number: digits,
    apiKey: { is: matches(/^[0-9a-z]{4,32}$/i), what: 'an API key', example: 'a1b2c3d4' },
    applicationId: uuid,
    privateKey,
    baseUrl: address,
    updateBaseUrl: address,
  },
  messagebird: {
    channelId: {
      is: matches(/^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i),
      what: "a channel's id, 32 hexadecimal digits",
      example: '5a0cbe1f3d2e4f7a9b8c7d6e5f403122',
    },
    baseUrl: address,
    reportUrl: address,
  },
  bird: { workspaceId: uuid, channelId: uuid, baseUrl: address },
};

export function lintShapes({ account, place }: Placed): readonly Advice[] {
  const values = new Map<string, unknown>(Object.entries(account));
  const odd = Object.entries(shapes[account.provider]).flatMap(([field, shape]) => {
    const value = values.get(field);
    const text = typeof value === 'string' ? told(value) : undefined;
    if (text === undefined || shape.is(text)) return [];
    return [advise('wrong', `${place}.${field}`, `expected ${shape.what}`, `${field}: ${shape.example}`)];
  });
  return [...odd, ...lintTwilioKey({ account, place }), ...lintTestKey({ account, place })];
}

/** An account SID in place of an API key goes with its own auth token, and so it must be the same account. */
function lintTwilioKey({ account, place }: Placed): readonly Advice[] {
  if (account.provider !== 'twilio') return [];
  const [accountSid, apiKey] = [told(account.accountSid), told(account.apiKey)];
  if (accountSid === undefined || !apiKey?.startsWith('AC') || apiKey === accountSid) return [];
  const problem = "this is another account's SID: messages would be refused (20003)";
  return [advise('wrong', `${place}.apiKey`, problem, `apiKey: ${accountSid}, or SK… of an API key`)];
}

/** Looked at where the references were looked up; a key is never repeated. */
function lintTestKey({ account, place }: Placed): readonly Advice[] {
  if (account.provider !== 'messagebird' || !told(account.accessKey)?.startsWith('test_')) return [];
  const problem = 'this is a test key: MessageBird takes messages with it and sends none';
  return [advise('wrong', `${place}.accessKey`, problem, 'a live key')];
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false; // the error may quote the key
  }
}
