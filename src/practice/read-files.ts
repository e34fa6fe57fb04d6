import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { exampleOf, type PracticeFinding } from './finding.ts';

const knownFiles =
  /^(practice|channels|pms|scheduling|reminders|routing|staff)\.yaml$|^forms\/[a-z][a-z0-9-]*\.json$|^templates\/[a-z][a-z0-9-]*\.yaml$|\.md$/;

export function unknownFiles(files: Readonly<Record<string, string>>): PracticeFinding[] {
  const unknown = Object.keys(files).filter((file) => !knownFiles.test(file));
  return unknown.map((file) => ({
    file,
    path: '',
    problem: 'nothing reads this file',
    example: 'practice.yaml, channels.yaml, pms.yaml, forms/intake.json, templates/visit-reminder.yaml',
  }));
}

/** As `readYaml`, of a file that a practice may do without. */
export function readOptional<Schema extends z.ZodType>(
  files: Readonly<Record<string, string>>,
  file: string,
  schema: Schema,
  findings: PracticeFinding[],
): z.infer<Schema> | undefined {
  return Object.hasOwn(files, file) ? readYaml(files, file, schema, findings) : undefined;
}

/** A file as its schema has it; undefined, with findings, when it is missing, no YAML or of another form. */
export function readYaml<Schema extends z.ZodType>(
  files: Readonly<Record<string, string>>,
  file: string,
  schema: Schema,
  findings: PracticeFinding[],
): z.infer<Schema> | undefined {
  const text = Object.hasOwn(files, file) ? files[file] : undefined;
  if (text === undefined) {
    findings.push({ file, path: '', problem: 'the file is missing', example: exampleOf(file, []) });
    return undefined;
  }
  const document = parseDocument(text, { prettyErrors: false });
  for (const error of document.errors) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    findings.push({
      file,
      path: `line ${line}`,
      problem: `not YAML: ${error.message}`,
      example: 'name: value',
    });
  }
  if (document.errors.length > 0) return undefined;
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  findings.push(...result.error.issues.flatMap((issue) => fromIssue(file, issue)));
  return undefined;
}

export function fromIssue(file: string, issue: z.core.$ZodIssue): PracticeFinding[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    return [{ file, path: path.join('.'), problem: issue.message, example: exampleOf(file, path) }];
  }
  return issue.keys.map((key) => ({
    file,
    path: [...path, key].join('.'),
    problem: `unknown setting "${key}"`,
    example: exampleOf(file, path),
  }));
}
