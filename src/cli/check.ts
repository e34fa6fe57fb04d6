import { findingLine } from './findings.ts';
import { loadPractices } from './load-practices.ts';

/**
 * `vestibule check DIR`: one line per finding. References to secrets are looked up only where the program will run, so here
 * every one of them counts as there.
 * @returns the exit code: 0 nothing found, 1 something found
 */
export async function check(dir: string, json: boolean): Promise<number> {
  const env = new Proxy<Record<string, string>>({}, { get: () => 'https://checked.example' });
  const loaded = await loadPractices(dir, { env, readFile: () => 'checked' });
  const findings = 'findings' in loaded ? loaded.findings : [];
  if (json) process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, findings })}\n`);
  else if (findings.length === 0) process.stdout.write('nothing found\n');
  else for (const finding of findings) process.stdout.write(`${findingLine(finding)}\n`);
  return findings.length === 0 ? 0 : 1;
}
