import { openDb } from '#platform/db/db.ts';
import {
  addDataKey,
  type KeyProvider,
  keyVersions,
  openKeyProvider,
  rewrapPractice,
  rewrapSubjects,
  subjectKeys,
} from '#security/index.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openPrepared } from './database.ts';

/** `vestibule keys …`: which keys are in use, and making new ones while the product runs. */

type Opened = {
  readonly provider: KeyProvider;
  /** Acts as the program does: one practice per transaction. */
  readonly db: ReturnType<typeof openDb>;
  /** May read which practices have keys. */
  readonly all: ReturnType<typeof openDb>;
};

async function withKeys<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const database = await openPrepared(config);
  try {
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 1 });
    const all = openDb({ url: database.url, role: 'vestibule_ingest', maxConnections: 1 });
    try {
      const provider = openKeyProvider(config.keys);
      await provider.prepare();
      return await work({ provider, db, all });
    } finally {
      await db.close();
      await all.close();
    }
  } finally {
    await database.stop();
  }
}

const print = (json: boolean, value: object, lines: readonly string[]) =>
  void process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));

async function practicesOf({ all }: Opened): Promise<readonly string[]> {
  return [...new Set((await keyVersions(all)).map(({ practiceId }) => practiceId))];
}

/** Prints the provider's keys, the versions of the practices' keys, and how many patients' keys each wraps. Never a key. */
export async function keysStatus(json: boolean): Promise<number> {
  const status = await withKeys(async (opened) => {
    const versions = await keyVersions(opened.all);
    const subjects = [];
    for (const practiceId of await practicesOf(opened)) {
      for (const each of await subjectKeys(opened.db, practiceId)) subjects.push({ practiceId, ...each });
    }
    const { currentKey, keyIds, shareTree } = opened.provider;
    const keys = keyIds.map((id) => ({
      id,
      wraps: id === currentKey,
      inUse: versions.filter(({ providerKey }) => providerKey === id).length,
    }));
    return { keys, shares: shareTree ?? null, versions, subjects };
  });
  print(json, { ok: true, ...status }, [
    ...status.keys.map(({ id, wraps, inUse }) => `${id}\t${wraps ? 'wraps now' : 'kept'}\t${inUse} in use`),
    `shares\t${status.shares ?? 'none: the key file cannot be written'}`,
    ...status.versions.map(
      ({ practiceId, version, providerKey }) =>
        `${practiceId}\tversion ${version}\twrapped by ${providerKey}`,
    ),
    ...status.subjects.map(
      ({ practiceId, version, keys, shared }) =>
        `${practiceId}\tversion ${version}\t${keys} patients and conversations, ${shared} with a share`,
    ),
  ]);
  return 0;
}

/**
 * Makes a new wrapping key and wraps every practice's keys with it; a rotation that was broken off is finished instead. With
 * `data`, every practice gets a new data key besides, and its patients' keys are wrapped with that.
 */
export async function rotateKeys(options: {
  readonly data: boolean;
  readonly json: boolean;
}): Promise<number> {
  const done = await withKeys(async (opened) => {
    const { provider, db, all } = opened;
    const isBrokenOff = (await keyVersions(all)).some(
      ({ providerKey }) => providerKey !== provider.currentKey,
    );
    const key = isBrokenOff ? provider.currentKey : await provider.addKey();
    let [practiceKeys, patientKeys] = [0, 0];
    for (const practiceId of await practicesOf(opened)) {
      if (options.data) await addDataKey(db, provider, practiceId);
      practiceKeys += await rewrapPractice(db, provider, practiceId);
      patientKeys += await rewrapSubjects(db, provider, practiceId);
    }
    return { key, finished: isBrokenOff, practiceKeys, patientKeys };
  });
  print(options.json, { ok: true, ...done }, [
    done.finished
      ? `the rotation to ${done.key} that was broken off is finished`
      : `${done.key} wraps from now on`,
    `${done.practiceKeys} practice keys and ${done.patientKeys} patient keys were wrapped anew`,
    'the earlier keys are kept: give every machine this key file and make a fresh backup before you remove one',
  ]);
  return 0;
}

/**
 * Removes a key from the provider for good.
 * @returns 1 where a practice's key is still wrapped by it
 */
export async function removeKey(options: { readonly key: string; readonly json: boolean }): Promise<number> {
  return await withKeys(async ({ provider, all }) => {
    const others = provider.keyIds.filter((id) => id !== provider.currentKey);
    if (!others.includes(options.key))
      throw new ConfigError([`--key: expected a key that does not wrap now: ${others.join(', ') || 'none'}`]);
    const users = (await keyVersions(all)).filter(({ providerKey }) => providerKey === options.key);
    if (users.length > 0) {
      const names = users.map(({ practiceId }) => practiceId);
      print(options.json, { ok: false, inUse: names }, [
        `${options.key} still wraps keys of ${names.join(', ')}: run \`vestibule keys rotate\``,
      ]);
      return 1;
    }
    await provider.removeKey(options.key);
    print(options.json, { ok: true, removed: options.key }, [
      `${options.key} is gone: backups from before the rotation cannot be opened any more`,
    ]);
    return 0;
  });
}
