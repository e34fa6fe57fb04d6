import { providerMatrix } from '#channels/index.ts';
import { compileForm } from '#intake/index.ts';
import {
  type AccountFile,
  type Advice,
  type Anyones,
  advise,
  checkPractice,
  lintAccounts,
  lintReceivers,
  type PracticeConfiguration,
  type PracticeFinding,
  type ReferenceSource,
  resolveReference,
  withReferences,
} from '#practice/index.ts';
import { connectionLines, connectionsOf } from './connections.ts';
import { explained } from './explain.ts';
import { type FolderFinding, findingLine } from './findings.ts';
import { loadPractices, practiceFolders, readPracticeFolder, referencesFrom } from './load-practices.ts';

export type CheckOptions = {
  readonly json: boolean;
  /** Look references up, in this environment: else every one of them counts as there. */
  readonly references: boolean;
  readonly env: ReferenceSource['env'];
};

type FolderAdvice = FolderFinding & Pick<Advice, 'level'>;

/** Stands for the host where `PUBLIC_URL` is not set here. */
const someHost = 'https://<host>';

/**
 * `vestibule check DIR`: one line per finding, then per account what to enter at its provider. References to secrets are looked up
 * only where the program will run, so here every one of them counts as there, unless `references` says otherwise.
 * @returns the exit code: 0 nothing found but what needs care, 1 something found
 */
export async function check(dir: string, options: CheckOptions): Promise<number> {
  const source = options.references ? referencesFrom(options.env) : everyReference;
  const loaded = await loadPractices(dir, source);
  const refused = 'findings' in loaded ? await Promise.all(loaded.findings.map(explained)) : [];
  const sound = await soundFolders(dir);
  const advice = sound.flatMap((each) => adviceFor(each, options, source));
  const all = [...advice, ...receiversOf(sound)];
  const findings = [...refused, ...all.filter(({ level }) => level === 'wrong').map(bare)];
  const warnings = all.filter(({ level }) => level === 'careful').map(bare);
  const connections = sound.flatMap(({ configuration }) =>
    connectionsOf(configuration, options.env.PUBLIC_URL ?? someHost),
  );
  const ok = findings.length === 0;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ok, findings, warnings, accounts: connections })}\n`);
  } else {
    const lines = [
      ...findings.map(findingLine),
      ...(ok ? ['nothing found'] : []),
      ...warnings.map((warning) => `careful: ${findingLine(warning)}`),
      ...connections.flatMap(connectionLines),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return ok ? 0 : 1;
}

const everyReference: ReferenceSource = {
  env: new Proxy<Record<string, string>>({}, { get: () => 'https://checked.example' }),
  readFile: () => 'checked',
};

type SoundFolder = { readonly folder: string; readonly configuration: PracticeConfiguration<unknown> };

async function soundFolders(dir: string): Promise<readonly SoundFolder[]> {
  const sound: SoundFolder[] = [];
  for (const folder of await practiceFolders(dir)) {
    const checked = checkPractice(await readPracticeFolder(folder), compileForm);
    if ('configuration' in checked) sound.push({ folder, configuration: checked.configuration });
  }
  return sound;
}

function adviceFor(
  { folder, configuration }: SoundFolder,
  { references, env }: CheckOptions,
  source: ReferenceSource,
): readonly FolderAdvice[] {
  const { accounts } = configuration;
  const looked = references ? accounts.map((account) => lookedUp(account, source)) : accounts;
  const found = lintAccounts({ ...configuration, accounts: looked }, env.PUBLIC_URL);
  return [...found, ...agreements(configuration)].map((advice) => ({ folder, ...advice }));
}

/** What is not found stays as it is written: it is a finding already. */
function lookedUp(account: AccountFile, source: ReferenceSource): AccountFile {
  return withReferences(account, (text) => {
    const resolved = resolveReference(text, source);
    return 'value' in resolved ? resolved.value : text;
  });
}

/** An open chat carries health data, and in the US whoever carries it for a clinic must have signed for it. */
function agreements({ practice, accounts }: PracticeConfiguration<unknown>): readonly Advice[] {
  if (practice.jurisdiction !== 'US' || practice.contentMode !== 'open') return [];
  return accounts.map(({ provider }, index) => {
    const { connect, capabilities } = providerMatrix[provider];
    const problem = `contentMode is open in the US, and no agreement (HIPAA BAA) covers WhatsApp at ${connect.title}: ${capabilities.agreement.note}`;
    return advise('careful', `accounts.${index}.provider`, problem, 'contentMode: minimal, in practice.yaml');
  });
}

function receiversOf(sound: readonly SoundFolder[]): readonly FolderAdvice[] {
  const all = sound.flatMap(({ configuration: { practice, accounts } }) =>
    accounts.map(
      (account, index): Anyones => ({ practice: practice.id, place: `accounts.${index}`, account }),
    ),
  );
  return lintReceivers(all).map(({ practice, ...advice }) => {
    const home = sound.find(({ configuration }) => configuration.practice.id === practice);
    return { folder: home?.folder ?? '', ...advice };
  });
}

function bare({ folder, file, path, problem, example }: FolderFinding): FolderFinding & PracticeFinding {
  return { folder, file, path, problem, example };
}
