import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ProviderName } from '../provider/provider.ts';

/** What the product and the simulated Meta have to agree on for one account. */
const meta = {
  appId: z.string(),
  appSecret: z.string(),
  wabaId: z.string(),
  phoneNumberId: z.string(),
  accessToken: z.string(),
  verifyToken: z.string(),
};

const twilio = z.object({
  accountSid: z.string(),
  authToken: z.string(),
  apiKey: z.string(),
  apiSecret: z.string(),
});

const vonage = z.object({
  apiKey: z.string(),
  applicationId: z.string(),
  privateKey: z.string(),
  publicKey: z.string(),
  signatureSecret: z.string(),
});

const messagebird = z.object({
  channelId: z.string(),
  accessKey: z.string(),
  signingKey: z.string(),
  templateNamespace: z.string(),
});

const bird = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  accessKey: z.string(),
  signingKey: z.string(),
});

/** Of Meta always; of the others where the account has been at them. */
const credentials = z.object({
  ...meta,
  twilio: twilio.exactOptional(),
  vonage: vonage.exactOptional(),
  messagebird: messagebird.exactOptional(),
  bird: bird.exactOptional(),
});

export type Credentials = z.infer<typeof credentials>;

const file = z.record(z.string(), credentials);

/**
 * The sandbox's credentials per account id: made up at the first start and kept in `dataDir`, so that no secret is in the
 * repository and a restart finds its own again. Without a folder they last as long as the process.
 * @param providers where the accounts are; Meta where it is not said
 */
export function loadCredentials(
  accountIds: readonly string[],
  dataDir?: string,
  providers: Readonly<Record<string, ProviderName>> = {},
): Readonly<Record<string, Credentials>> {
  const path = dataDir === undefined ? undefined : join(dataDir, 'credentials.json');
  const known =
    path !== undefined && existsSync(path) ? file.parse(JSON.parse(readFileSync(path, 'utf8'))) : {};
  const all = { ...known };
  for (const id of accountIds) {
    const own = all[id] ?? makeMeta();
    const provider = providers[id] ?? 'meta';
    all[id] = provider === 'meta' || own[provider] !== undefined ? own : { ...own, ...make[provider]() };
  }
  if (path !== undefined && dataDir !== undefined) {
    mkdirSync(dataDir, { recursive: true });
    // Written aside and renamed: a process that is killed here leaves the old file or the new one.
    writeFileSync(`${path}.new`, JSON.stringify(all, undefined, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return all;
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const secret = () => randomBytes(24).toString('base64url');

function makeMeta(): Credentials {
  const digits = () => `${randomInt(1, 10)}${Array.from({ length: 14 }, () => randomInt(10)).join('')}`;
  return {
    appId: digits(),
    appSecret: hex(16),
    wabaId: digits(),
    phoneNumberId: digits(),
    accessToken: `EAA${randomBytes(48).toString('base64url')}`,
    verifyToken: randomBytes(16).toString('base64url'),
  };
}

const make = {
  twilio: () => ({
    twilio: {
      accountSid: `AC${hex(16)}`,
      authToken: hex(16),
      apiKey: `SK${hex(16)}`,
      apiSecret: secret(),
    },
  }),
  vonage: () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const [apiKey, applicationId, signatureSecret] = [hex(4), randomUUID(), secret() + secret()];
    return { vonage: { apiKey, applicationId, privateKey, publicKey, signatureSecret } };
  },
  messagebird: () => ({
    messagebird: {
      channelId: hex(16),
      accessKey: secret(),
      signingKey: secret(),
      templateNamespace: randomUUID().replaceAll('-', '_'),
    },
  }),
  bird: () => ({
    bird: {
      workspaceId: randomUUID(),
      channelId: randomUUID(),
      accessKey: secret(),
      signingKey: secret(),
    },
  }),
} as const satisfies Record<Exclude<ProviderName, 'meta'>, () => Partial<Credentials>>;
