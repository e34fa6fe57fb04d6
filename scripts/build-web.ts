import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip as gzipCompress } from 'node:zlib';
import type { Face } from '../vite.config.ts';

/**
 * `fresh`: the built files match the sources. `built`: they did not and do now. `as-is` and `missing`: Vite is not
 * installed (a production install), so older built files stay in use, or there are none.
 */
export type WebBuild = 'fresh' | 'built' | 'as-is' | 'missing';

const brotli = promisify(brotliCompress);
const gzip = promisify(gzipCompress);

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What changes any face's output, besides its own folder. */
const sharedSources = ['scripts/build-web.ts', 'web/ui', 'src/kernel', 'vite.config.ts', 'package-lock.json'];

/** What the web apps share with the server: what the HTTP API asks and answers, and the words in it. */
const isShared = (file: string): boolean => /[\\/](contract|context)\.ts$/.test(file);

const explanation: Record<WebBuild, string> = {
  fresh: 'web: built files are up to date',
  built: 'web: built',
  'as-is': 'web: Vite is not installed; the built files in dist/ are used as they are',
  missing:
    'web: Vite is not installed and dist/ is missing; the pages will not be served (run a full "npm ci" to build them)',
};

/**
 * Builds the web apps into `dist/<face>/` unless they already match their sources (by content, not by time stamp: a
 * checkout changes times). A build is made aside and moved into place, so a server keeps serving whole files.
 * Throws when a build fails.
 */
export async function ensureWebBuilt(options: { readonly force?: boolean } = {}): Promise<WebBuild> {
  if (!isInstalled('vite')) return existsSync(dist) ? 'as-is' : 'missing';
  const [vite, { faces, faceConfig }] = await Promise.all([import('vite'), import('../vite.config.ts')]);
  let result: WebBuild = 'fresh';
  for (const face of faces) {
    const hash = await sourceHash(face);
    if (!options.force && hash === (await builtHash(face))) continue;
    const aside = join(dist, `.${face.name}-${process.pid}`);
    const config = faceConfig(face);
    try {
      await inProduction(() =>
        vite.build({
          ...config,
          configFile: false,
          logLevel: 'error',
          build: { ...config.build, outDir: aside },
        }),
      );
      await compressFiles(join(aside, 'assets'));
      await replaceFolder(aside, join(dist, face.name));
      await writeFile(hashFile(face), hash);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
    result = 'built';
  }
  return result;
}

/** Built from within a test, the pages would otherwise be made of the libraries' slow development parts. */
async function inProduction<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** Smaller files are not worth a second one beside them. */
const minCompressedBytes = 1024;

/** Puts a compressed file beside each that gains by it: the server sends the one that the browser can read. */
async function compressFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const content = await readFile(join(folder, name));
    if (content.length < minCompressedBytes) continue;
    await writeFile(join(folder, `${name}.br`), await brotli(content));
    await writeFile(join(folder, `${name}.gz`), await gzip(content, { level: 9 }));
  }
}

/** Resolving is enough: a package that is there but broken must fail loudly when it is imported. */
function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

const hashFile = (face: Face): string => join(dist, `${face.name}.sources`);

/** Undefined when the face was never built, or only its hash was left behind. */
async function builtHash(face: Face): Promise<string | undefined> {
  if (!existsSync(join(dist, face.name, 'index.html')) || !existsSync(hashFile(face))) return undefined;
  return readFile(hashFile(face), 'utf8');
}

async function sourceHash(face: Face): Promise<string> {
  const hash = createHash('sha256');
  const files = [face.root, ...sharedSources].map((source) => filesUnder(join(root, source)));
  const shared = (await filesUnder(join(root, 'src'))).filter(isShared);
  for (const file of [...(await Promise.all(files)).flat(), ...shared]) {
    const content = await readFile(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The path itself when it is a file; every source below it, sorted, when it is a folder. Tests do not ship. */
async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Attempts to take the place; only another build at the same moment can be in the way. */
const maxMoves = 5;

async function replaceFolder(from: string, to: string): Promise<void> {
  const old = `${from}-old`;
  for (let move = 1; ; move += 1) {
    await rename(to, old).catch(unless('ENOENT'));
    await rm(old, { recursive: true, force: true });
    try {
      return await rename(from, to);
    } catch (error) {
      if (move === maxMoves) throw error;
      unless('ENOTEMPTY', 'EEXIST')(error);
    }
  }
}

/** Swallows the errors with these codes, and throws any other. */
function unless(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (error instanceof Error && 'code' in error && codes.some((code) => code === error.code)) return;
    throw error;
  };
}

if (import.meta.main) {
  const result = await ensureWebBuilt({ force: process.argv.includes('--force') });
  console.log(explanation[result]);
}
