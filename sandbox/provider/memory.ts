import { filesSchema } from './files.ts';
import { keptSchema } from './kept.ts';
import type { ProviderName } from './provider.ts';
import { queueSchema } from './queue.ts';
import { openStore, type Store } from './store.ts';

/** The store of a simulator that keeps its messages as JSON; in memory without a folder. */
export function openMemory(name: ProviderName, folder: string | undefined): Store {
  return openStore(folder, name, keptSchema + filesSchema + queueSchema);
}
