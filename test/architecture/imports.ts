/** One import or re-export. */
export type Import = {
  readonly specifier: string;
  /**
   * `type`: nothing of it is left at run time. That is `import type` only: of `import { type A }` the braces are left,
   * and the file is loaded. `dynamic`: `import('…')`.
   */
  readonly kind: 'type' | 'value' | 'dynamic';
  /** What is named by value; `*` where all of the file may be meant. */
  readonly names: readonly string[];
};

/**
 * TypeScript 7 has no parser that a program could call, so this reads the text. It holds for our code because the
 * formatter writes imports in one way only: `import|export … from '…'` at the start of a line.
 */
const statement = /^\s*(?:import|export)\s+(type\s)?([^'"`;=()]*?)\s*from\s*'([^']+)'/gm;
const sideEffect = /^\s*import\s*'([^']+)'/gm;
const dynamic = /\bimport\(\s*['"`]([^'"`]+)['"`]/g;

/** Every import of a source without comments. */
export function importsOf(code: string): Import[] {
  return [
    ...[...code.matchAll(statement)].map(([, type, clause = '', specifier = '']): Import => {
      if (type) return { specifier, names: [], kind: 'type' };
      return { specifier, names: valueNames(clause), kind: 'value' };
    }),
    ...[...code.matchAll(sideEffect)].map(
      ([, specifier = '']): Import => ({ specifier, names: ['*'], kind: 'value' }),
    ),
    ...[...code.matchAll(dynamic)].map(
      ([, specifier = '']): Import => ({ specifier, names: ['*'], kind: 'dynamic' }),
    ),
  ];
}

/** `{ a as b, type C }` names `a`. Anything but such a list may mean all. */
function valueNames(clause: string): string[] {
  const list = /^\{([\s\S]*)\}$/.exec(clause)?.[1];
  if (list === undefined) return ['*'];
  const each = list.split(',').map((name) => name.trim());
  const values = each.filter((name) => name !== '' && !name.startsWith('type '));
  return values.map((name) => name.split(/\s/)[0] ?? '');
}

/** Strings stay, for a specifier is one; `//` in an address or after a backslash is no comment. */
export function withoutComments(source: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![\\:])\/\/[^\n]*/g;
  return source.replace(token, (found) => (found.startsWith('/') ? ' ' : found));
}
