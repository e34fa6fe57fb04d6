import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { compileForm, type Form } from '#intake/index.ts';
import { contentFindings } from '#policy/index.ts';
import {
  type AccountFile,
  checkPractice,
  type PmsFile,
  type PracticeFinding,
  type PracticeSettings,
  type ReferenceSource,
  type ReminderSettings,
  type RoutingSettings,
  resolveReference,
  type SchedulingSettings,
  type SpendSettings,
  type StaffSettings,
  type TemplateFile,
  withReferences,
} from '#practice/index.ts';
import { ConfigError } from '../config.ts';
import { type FolderFinding, PracticesError } from './findings.ts';

/** A practice as the program runs it: checked, every reference resolved. Holds secrets: never log it. */
export type LoadedPractice = {
  readonly settings: PracticeSettings;
  readonly accounts: readonly AccountFile[];
  /** What templates may cost; undefined where nothing is said of it. */
  readonly spend?: SpendSettings | undefined;
  readonly pms: PmsFile;
  readonly intake: { readonly form: Form; readonly questionnaire: unknown } | undefined;
  /** Undefined where the phase is off. */
  readonly scheduling: SchedulingSettings | undefined;
  /** Undefined where the phase is off. */
  readonly reminders: ReminderSettings | undefined;
  /** By the name of the file, without `.yaml`. */
  readonly templates: Readonly<Record<string, TemplateFile>>;
  readonly routing: RoutingSettings;
  readonly staff: StaffSettings | undefined;
};

export type Loaded =
  | { readonly practices: readonly LoadedPractice[] }
  | { readonly findings: readonly FolderFinding[] };

/** Bytes of one file; configuration is written by hand. */
const maxFileBytes = 2 * 1024 * 1024;

/** Every file below a practice's folder, by its name relative to it. */
export async function readPracticeFolder(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (bytes.length > maxFileBytes) throw new Error(`${path} is larger than ${maxFileBytes} bytes`);
    files[relative(folder, path).replaceAll('\\', '/')] = bytes.toString('utf8');
  }
  return files;
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is a file',
  EACCES: 'may not be read by this user',
};

/**
 * The folders below `dir` that hold a practice; `dir` itself, when it is one.
 * @throws ConfigError when `dir` is no folder
 */
export async function practiceFolders(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const problem = unreadable[error.code ?? ''];
    if (problem === undefined) throw error;
    throw new ConfigError([
      `practices: expected a folder with one folder per practice, and ${dir} ${problem}`,
    ]);
  });
  if (entries.some((entry) => entry.name === 'practice.yaml')) return [dir];
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const paths = folders.map((entry) => join(dir, entry.name)).sort();
  // Beside a practice, a folder without its file is a mistake; where there is none at all, it is no business of ours.
  return paths.some((path) => existsSync(join(path, 'practice.yaml'))) ? paths : [];
}

/** What the practices' folders say of themselves. @throws ConfigError, PracticesError */
export async function settingsIn(dir: string): Promise<readonly PracticeSettings[]> {
  const practices: PracticeSettings[] = [];
  for (const folder of await practiceFolders(dir)) {
    const checked = checkPractice(await readPracticeFolder(folder), compileForm);
    if ('findings' in checked)
      throw new PracticesError(checked.findings.map((finding) => ({ folder, ...finding })));
    practices.push(checked.configuration.practice);
  }
  return practices;
}

/** Secrets are read when the program starts; a file that is not there is a finding, not a crash. */
export function referencesFrom(env: ReferenceSource['env']): ReferenceSource {
  return {
    env,
    readFile: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Loads every practice of a folder, or tells all that is wrong with any of them. */
export async function loadPractices(dir: string, source: ReferenceSource): Promise<Loaded> {
  const folders = await practiceFolders(dir);
  const findings: FolderFinding[] = [];
  const practices: LoadedPractice[] = [];
  for (const folder of folders) {
    const checked = checkPractice(await readPracticeFolder(folder), compileForm);
    if ('findings' in checked) {
      findings.push(...checked.findings.map((finding) => ({ folder, ...finding })));
      continue;
    }
    const { practice, accounts, spend, pms, forms, scheduling, reminders, templates, routing, staff } =
      checked.configuration;
    const missing: PracticeFinding[] = [...contentFindings(checked.configuration)];
    const loaded: LoadedPractice = {
      settings: practice,
      accounts: accounts.map((account) => resolveAccount(account, source, missing)),
      spend,
      pms: resolvePms(pms, source, missing),
      intake: practice.intakeForm === undefined ? undefined : forms[practice.intakeForm],
      scheduling: practice.phases.scheduling ? scheduling : undefined,
      reminders: practice.phases.reminders ? reminders : undefined,
      templates,
      routing,
      staff: staff && resolveStaff(staff, source, missing),
    };
    findings.push(...missing.map((finding) => ({ folder, ...finding })));
    practices.push(loaded);
  }
  if (folders.length === 0) findings.push(noPractice(dir));
  findings.push(...sameIds(practices, dir));
  return findings.length > 0 ? { findings } : { practices };
}

function noPractice(dir: string): FolderFinding {
  return {
    folder: dir,
    file: '.',
    path: '',
    problem: 'holds no folder with a practice.yaml',
    example: 'aurora/practice.yaml',
  };
}

function sameIds(practices: readonly LoadedPractice[], dir: string): readonly FolderFinding[] {
  const ids = practices.map((practice) => practice.settings.id);
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].map((id) => ({
    folder: dir,
    file: 'practice.yaml',
    path: 'id',
    problem: `two practices have the id "${id}"`,
    example: `${id}-north`,
  }));
}

type Resolve = (text: string, path: string) => string;

function resolver(file: string, source: ReferenceSource, missing: PracticeFinding[]): Resolve {
  return (text, path) => {
    const resolved = resolveReference(text, source);
    if ('value' in resolved) return resolved.value;
    const problem = `refers to ${resolved.missing}, which is not there`;
    missing.push({ file, path, problem, example: 'env:AURORA_META_ACCESS_TOKEN' });
    return '';
  };
}

function resolveAccount(
  account: AccountFile,
  source: ReferenceSource,
  missing: PracticeFinding[],
): AccountFile {
  const resolve = resolver('channels.yaml', source, missing);
  return withReferences(account, (text, place) => resolve(text, `accounts.${account.id}.${place}`));
}

function resolvePms(pms: PmsFile, source: ReferenceSource, missing: PracticeFinding[]): PmsFile {
  const resolve = resolver('pms.yaml', source, missing);
  const { authentication } = pms;
  return {
    ...pms,
    baseUrl: resolve(pms.baseUrl, 'baseUrl'),
    authentication:
      authentication.kind === 'bearer'
        ? { kind: 'bearer', token: resolve(authentication.token, 'authentication.token') }
        : authentication,
  };
}

function resolveStaff(
  { oidc }: StaffSettings,
  source: ReferenceSource,
  missing: PracticeFinding[],
): StaffSettings {
  const resolve = resolver('staff.yaml', source, missing);
  return {
    oidc: {
      ...oidc,
      issuer: resolve(oidc.issuer, 'oidc.issuer'),
      clientId: resolve(oidc.clientId, 'oidc.clientId'),
      clientSecret: resolve(oidc.clientSecret, 'oidc.clientSecret'),
    },
  };
}
