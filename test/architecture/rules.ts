import { posix } from 'node:path';
import { type Import, importsOf, withoutComments } from './imports.ts';

/** Calls go down, events go up: what each module may name. It may also name what those may name. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  conversation: ['messages', 'mpi', 'scheduling', 'intake', 'reminders', 'handoff', 'links', 'channels'],
  analytics: ['security'],
  reminders: ['messages', 'scheduling', 'pms'],
  handoff: ['messages', 'pms'],
  intake: ['links', 'files', 'mpi', 'pms', 'channels'],
  scheduling: ['mpi', 'pms'],
  mpi: ['pms'],
  messages: ['channels', 'consent', 'policy', 'links'],
  links: ['files'],
  files: ['security'],
  consent: ['practice', 'security'],
  policy: ['practice', 'security'],
  channels: ['practice', 'security'],
  pms: ['practice', 'security'],
  practice: ['security'],
  security: ['platform'],
  platform: ['kernel'],
  kernel: [],
};

/** Puts the modules together, so it may name them all; `sandbox/` only by a dynamic import, for it is not the product. */
const compositionRoot = /^src\/(main|app|config)\.ts$|^src\/(app|cli)\//;

/** The figures are functions of everyone's events. */
const hearsEveryone = 'analytics';

/**
 * The one door out: nobody else may send. What others may use of `#channels/index.ts` only receives and reads: a list,
 * so that a new name is a sender until somebody has looked.
 */
const maySend = ['messages', 'channels'];
export const receiving: readonly string[] = [
  'ThreadRaced',
  'UnreadableDelivery',
  'allAddresses',
  'continueThreads',
  'conversationsFor',
  'conversationsOfSameUsers',
  'createMediaSources',
  'deliveriesNaming',
  'forgetThreads',
  'hearNews',
  'isConcerned',
  'listsInbound',
  'latestNewsRows',
  'pausingNames',
  'readDeliveries',
  'readThread',
  'readThreads',
  'receiverOf',
  'removeDeliveries',
  'sameSigner',
  'setThreadSubjects',
  'settleAddresses',
  'touchThreads',
];

/** The page of the sandbox wears the product's colours. */
const sharedLook = /^web\/ui\/[a-z-]+\.css$/;

/** These may be named file by file; of another module only its `index.ts`, its types, and the files below. */
const openModules = ['kernel', 'platform'];

/** Pure words that a module shares by value. */
const sharedFiles = /^(channels\/channel|practice\/practice|[a-z]+\/contract|[a-z]+\/events)\.ts$/;

/**
 * Pure files that another module's pure file may use by value, for an `index.ts` brings the shell along. A turn of the
 * conversation is one decision over the aggregates below it.
 */
export const pureAcross: readonly string[] = [
  'channels/phone-variants.ts',
  'channels/question.ts',
  'channels/shared-contact.ts',
  'consent/consent.ts',
  'consent/stop-words.ts',
  'intake/form.ts',
  'intake/intake.ts',
  'intake/read-answer.ts',
  'intake/read-choice.ts',
  'intake/read-phone.ts',
  'intake/summary.ts',
  'scheduling/appointment.ts',
  'scheduling/gates.ts',
  'scheduling/reminder-tap.ts',
  'scheduling/slots.ts',
  'handoff/context.ts',
];

/** What a file does besides computing is said by its name; these modules do little else. */
const shellNames = ['commands', 'jobs', 'views', 'routes', 'transport', 'listener', 'index'];
const shellModules = ['platform', 'security'];

const purePackages = [
  'zod',
  'libphonenumber-js',
  'intl-messageformat',
  'fhirpath',
  'yaml',
  'ical-generator',
  'jose',
];
const pureNodeModules = ['node:crypto'];

/** Where a pure file would get time, chance or the outside from, instead of from its arguments. */
const impure: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'Date.now'],
  [/\bnew Date\(\s*\)/, 'new Date()'],
  [/\bTemporal\.Now\b/, 'Temporal.Now'],
  [/\bperformance\.now\b/, 'performance.now'],
  [/\bMath\.random\b/, 'Math.random'],
  [/\b(randomUUID|randomBytes|randomInt|getRandomValues)\b/, 'a random source'],
  [/\bprocess\./, 'process'],
  [/\bfetch\(/, 'fetch'],
];

const notRun = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(only|skip|skipIf|runIf|todo)\b/;

/** Everything a file does against the rules, as sentences. `path` is relative to the repository, with slashes. */
export function violations(path: string, source: string): string[] {
  const code = withoutComments(source);
  if (/\.test\.tsx?$/.test(path)) return skippedTests(code).map((sentence) => `${path}: ${sentence}`);
  const imports = importsOf(code);
  const found = imports.flatMap((each) => [...layering(path, each), ...purity(path, each)]);
  if (isPure(path)) found.push(...impurities(code));
  return [...new Set(found)].map((sentence) => `${path}: ${sentence}`);
}

function skippedTests(code: string): string[] {
  const word = notRun.exec(code)?.[1];
  return word ? [`a test may not be .${word}`] : [];
}

/** The module a file belongs to; `sandbox`, `web` and `root` (the composition root) count as one each. */
function moduleOf(path: string): string | undefined {
  if (compositionRoot.test(path)) return 'root';
  if (path.startsWith('sandbox/')) return 'sandbox';
  if (path.startsWith('web/')) return 'web';
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function layering(path: string, { specifier, kind, names }: Import): string[] {
  const from = moduleOf(path);
  if (from === undefined) return []; // test, bench and scripts may import all
  if (specifier.startsWith('.')) return relative(path, from, specifier, kind);
  if (!specifier.startsWith('#')) return [];
  const target = specifier.slice(1);
  const to = target.split('/')[0] ?? '';
  if (from === 'root') return [];
  if (from === 'sandbox') return to === 'kernel' ? [] : [`sandbox may not import ${to}`];
  if (from === 'web') {
    return to === 'kernel' || /^[a-z]+\/contract\.ts$/.test(target)
      ? []
      : [`web may not import ${specifier}`];
  }
  if (to === from) return [`inside ${from}, write a relative path instead of ${specifier}`];
  if (!mayName(from, to, target, kind)) return [`${from} may not import ${to}`];
  if (kind === 'type' || openModules.includes(to) || sharedFiles.test(target) || pureAcross.includes(target))
    return [];
  const sending = names.filter((name) => !receiving.includes(name));
  if (to === 'channels' && !maySend.includes(from) && sending.length > 0) {
    return [`${from} may not import ${sending.join(', ')} of channels: only messages sends`];
  }
  return target === `${to}/index.ts` ? [] : [`${specifier} is not what ${to} shares: import #${to}/index.ts`];
}

function relative(path: string, from: string, specifier: string, kind: Import['kind']): string[] {
  const target = posix.join(posix.dirname(path), specifier);
  if (from === 'root') {
    const isStatic = target.startsWith('sandbox/') && kind === 'value';
    return isStatic ? ['sandbox may be imported only dynamically'] : [];
  }
  if (from === 'sandbox' && sharedLook.test(target)) return [];
  return moduleOf(target) === from ? [] : [`${specifier} climbs out of ${from}`];
}

function mayName(from: string, to: string, target: string, kind: Import['kind']): boolean {
  if (from === hearsEveryone && (kind === 'type' || target.endsWith('/events.ts'))) return true;
  return reach(from).has(to);
}

function reach(module: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (name: string) => {
    for (const below of layers[name] ?? []) {
      if (reached.has(below)) continue;
      reached.add(below);
      visit(below);
    }
  };
  visit(module);
  return reached;
}

function isPure(path: string): boolean {
  const module = moduleOf(path);
  if (module === undefined || !(module in layers) || shellModules.includes(module)) return false;
  return !isShellFile(path);
}

function isShellFile(path: string): boolean {
  return shellNames.includes(posix.basename(path, '.ts'));
}

function purity(path: string, { specifier, kind }: Import): string[] {
  if (!isPure(path) || kind === 'type') return [];
  const refuse = [`it is pure and may not import ${specifier}`];
  if (specifier.startsWith('.')) return isShellFile(specifier) ? refuse : [];
  if (specifier.startsWith('#')) {
    const target = specifier.slice(1);
    const allowed = target.startsWith('kernel/') || sharedFiles.test(target) || pureAcross.includes(target);
    return allowed ? [] : refuse;
  }
  if (specifier.startsWith('node:')) return pureNodeModules.includes(specifier) ? [] : refuse;
  return purePackages.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ? [] : refuse;
}

function impurities(code: string): string[] {
  return impure
    .filter(([pattern]) => pattern.test(code))
    .map(([, name]) => `it is pure and may not use ${name}`);
}
