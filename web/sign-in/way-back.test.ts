import { expect, test } from 'vitest';
import { wayBack } from './way-back.ts';

test.each([
  [{ to: '/inbox/7f-3' }, '/inbox/7f-3'],
  [{ to: '/' }, '/'],
  [{}, '/'],
  [{ to: '/sign-in' }, '/'],
  [{ to: '//elsewhere.test' }, '/'],
  [{ to: 'https://elsewhere.test' }, '/'],
  [{ to: '/\\elsewhere.test' }, '/'],
  [{ to: 'javascript:alert(1)' }, '/'],
  [{ to: 7 }, '/'],
  [undefined, '/'],
])('%j leads to %s', (search, to) => {
  expect(wayBack(search)).toBe(to);
});
