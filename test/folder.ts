import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own under the system's temporary one. Removed when the test that made it ends; one made in a hook stays. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-'));
  try {
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
  } catch {
    // Outside a test there is nothing to hook into.
  }
  return folder;
}
