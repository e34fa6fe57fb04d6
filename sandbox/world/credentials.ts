import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What the product and the simulated provider have to agree on for one account. */
const credentials = z.object({
  appId: z.string(),
  appSecret: z.string(),
  wabaId: z.string(),
  phoneNumberId: z.string(),
  accessToken: z.string(),
  verifyToken: z.string(),
});

export type Credentials = z.infer<typeof credentials>;

const file = z.record(z.string(), credentials);

/**
 * The sandbox's credentials per account id: made up at the first start and kept in `dataDir`, so that no secret is in the
 * repository and a restart finds its own again. Without a folder they last as long as the process.
 */
export function loadCredentials(
  accountIds: readonly string[],
  dataDir?: string,
): Readonly<Record<string, Credentials>> {
  const path = dataDir === undefined ? undefined : join(dataDir, 'credentials.json');
  const known =
    path !== undefined && existsSync(path) ? file.parse(JSON.parse(readFileSync(path, 'utf8'))) : {};
  const all = { ...known };
  for (const id of accountIds) all[id] ??= make();
  if (path !== undefined && dataDir !== undefined) {
    mkdirSync(dataDir, { recursive: true });
    // Written aside and renamed: a process that is killed here leaves the old file or the new one.
    writeFileSync(`${path}.new`, JSON.stringify(all, undefined, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return all;
}

function make(): Credentials {
  const digits = () => `${randomInt(1, 10)}${Array.from({ length: 14 }, () => randomInt(10)).join('')}`;
  return {
    appId: digits(),
    appSecret: randomBytes(16).toString('hex'),
    wabaId: digits(),
    phoneNumberId: digits(),
    accessToken: `EAA${randomBytes(48).toString('base64url')}`,
    verifyToken: randomBytes(16).toString('base64url'),
  };
}
