import { appendFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Credentials, loadCredentials } from '../sandbox/world/index.ts';
import { loadPractices, referencesFrom } from '../src/cli/load-practices.ts';
import { examplePractices } from '../src/cli/paths.ts';

/** The practice that is under fire: the example "aurora", whose whole way runs in the chat. */
export const practiceId = 'aurora';
export const accountId = 'aurora-wa';

export type Setting = {
  readonly folder: string;
  readonly practicesDir: string;
  readonly credentials: Credentials;
};

/** Milliseconds that the practice system gets to answer. Shorter than in the example, so that a run sees many time-outs. */
const pmsTimeoutMs = 3_000;

export async function makeSetting(folder: string): Promise<Setting> {
  const practicesDir = join(folder, 'practices');
  const practice = join(practicesDir, practiceId);
  await mkdir(practicesDir);
  await cp(join(examplePractices, practiceId), practice, { recursive: true });
  await appendFile(join(practice, 'pms.yaml'), `timeoutMs: ${pmsTimeoutMs}\n`);
  const credentials = loadCredentials([accountId])[accountId];
  if (credentials === undefined) throw new Error('no credentials were made');
  return { folder, practicesDir, credentials };
}

/** What the practice's files refer to (`env:…`). */
export function references(
  { credentials }: Pick<Setting, 'credentials'>,
  urls: { readonly provider: string; readonly practiceSystem: string },
): Record<string, string> {
  return {
    AURORA_META_PHONE_NUMBER_ID: credentials.phoneNumberId,
    AURORA_META_WABA_ID: credentials.wabaId,
    AURORA_META_URL: urls.provider,
    AURORA_META_APP_SECRET: credentials.appSecret,
    AURORA_META_VERIFY_TOKEN: credentials.verifyToken,
    AURORA_META_ACCESS_TOKEN: credentials.accessToken,
    AURORA_FHIR_URL: urls.practiceSystem,
  };
}

/** What the simulators must know of the practice, read by the product's own loader. */
export async function readPractice(setting: Setting) {
  const nowhere = 'http://127.0.0.1:9';
  const env = references(setting, { provider: nowhere, practiceSystem: nowhere });
  const loaded = await loadPractices(setting.practicesDir, referencesFrom(env));
  if ('findings' in loaded) throw new Error('the practice does not pass its own check');
  const [practice] = loaded.practices;
  if (practice === undefined) throw new Error('there is no practice');
  return practice;
}
