import { join } from 'node:path';
import type { PracticeFinding } from '#practice/index.ts';

/** A finding with the folder of the practice that it is about. */
export type FolderFinding = PracticeFinding & { readonly folder: string };

/** The practices' folders are not right; nothing was started. */
export class PracticesError extends Error {
  readonly findings: readonly FolderFinding[];

  constructor(findings: readonly FolderFinding[]) {
    super(
      `the practices are not right:\n${findings.map((finding) => `  ${findingLine(finding)}`).join('\n')}`,
    );
    this.name = 'PracticesError';
    this.findings = findings;
  }
}

/** One line per finding: file, place, what, example. */
export function findingLine({ folder, file, path, problem, example }: FolderFinding): string {
  const place = path === '' ? '' : ` ${path}:`;
  return `${join(folder, file)}:${place} ${problem}; example: ${example}`;
}
