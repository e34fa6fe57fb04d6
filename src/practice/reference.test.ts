import { expect, test } from 'vitest';
import { resolveReference } from './reference.ts';

const source = {
  env: { TOKEN: 'from-env', EMPTY: '' },
  readFile: (path: string) => (path === '/run/secrets/token' ? 'from-file\n' : undefined),
};

test.each([
  ['env:TOKEN', { value: 'from-env' }],
  ['file:/run/secrets/token', { value: 'from-file' }],
  ['https://graph.facebook.com', { value: 'https://graph.facebook.com' }],
  ['env:ABSENT', { missing: 'the environment variable ABSENT' }],
  ['env:EMPTY', { missing: 'the environment variable EMPTY' }],
  ['file:/run/secrets/other', { missing: 'the file /run/secrets/other' }],
])('%s', (text, expected) => {
  expect(resolveReference(text, source)).toEqual(expected);
});
