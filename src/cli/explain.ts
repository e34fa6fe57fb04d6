import { parse } from 'yaml';
import { providerMatrix } from '#channels/index.ts';
import type { AccountFile } from '#practice/index.ts';
import type { FolderFinding } from './findings.ts';
import { readPracticeFolder } from './load-practices.ts';

/** Of a setting of an account that is missing or wrong: what it is, and where at the provider it is found. */
export async function explained(finding: FolderFinding): Promise<FolderFinding> {
  const [, index, field = ''] = /^accounts\.(\d+)\.(\w+)/.exec(finding.path) ?? [];
  if (finding.file !== 'channels.yaml' || index === undefined) return finding;
  const files = await readPracticeFolder(finding.folder);
  const provider = providerIn(files['channels.yaml'] ?? '', Number(index));
  if (provider === undefined || !Object.hasOwn(providerMatrix, provider)) return finding;
  // It is a key of the matrix.
  const { settings } = providerMatrix[provider as AccountFile['provider']].connect;
  const meaning = settings[field];
  return meaning === undefined
    ? finding
    : { ...finding, problem: `${finding.problem} (${meaning.replaceAll('`', '')})` };
}

function providerIn(yaml: string, index: number): string | undefined {
  try {
    const file: unknown = parse(yaml);
    const accounts = fieldOf(file, 'accounts');
    const provider = Array.isArray(accounts) ? fieldOf(accounts[index], 'provider') : undefined;
    return typeof provider === 'string' ? provider : undefined;
  } catch {
    return undefined; // where the YAML breaks is a finding of its own
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
