/** Where the value of a setting is found, when it is a secret or differs per installation. */
export type ReferenceSource = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file of secrets; undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
};

/** The value, or what is missing: named by where it was looked for, never by what was found. */
export type Resolved = { readonly value: string } | { readonly missing: string };

/** Whether a value names the place where it is found. */
export function isReference(text: string): boolean {
  return /^(env|file):./.test(text);
}

/** Resolves `env:NAME` and `file:/path`; anything else stands for itself. */
export function resolveReference(text: string, source: ReferenceSource): Resolved {
  if (text.startsWith('env:')) {
    const name = text.slice('env:'.length);
    const value = source.env[name];
    return value === undefined || value === '' ? { missing: `the environment variable ${name}` } : { value };
  }
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length);
    const value = source.readFile(path)?.trim();
    return value === undefined || value === '' ? { missing: `the file ${path}` } : { value };
  }
  return { value: text };
}
