import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';

/** The server of a test run. `url` is the superuser's; the database in it is not used by tests. */
export type TestServer = { readonly url: string; readonly stop: () => Promise<void> };

const prefix = 'vestibule-test-';

/**
 * A server in a temporary folder, or the one that `TEST_DATABASE_URL` names (its user must be allowed to create
 * databases and roles). Servers of earlier runs that were killed are stopped and removed first.
 */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => undefined };
  await removeAbandoned();
  const dataDir = await mkdtemp(join(tmpdir(), prefix));
  // As root, the server's user must be able to pass through.
  await chmod(dataDir, 0o711);
  const { url, stop } = await startEmbedded({ dataDir, fsync: false, log: () => undefined });
  return {
    url,
    stop: async () => {
      await stop();
      await removeEmbedded(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * `removeEmbedded` refuses the folders of runs that are still going on; a folder younger than a minute may be one whose
 * server is about to start. Another user's folder is left alone: whoever made it decides what it points to.
 */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const dataDir = join(tmpdir(), name);
    const found = await lstat(dataDir).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    if (Date.now() - found.birthtimeMs < 60_000) continue;
    await removeEmbedded(dataDir)
      .then(() => rm(dataDir, { recursive: true, force: true }))
      .catch(() => undefined);
  }
}
