import { expect, test, vi } from 'vitest';
import { isUnattended, presenceHeaders, presentMs } from './presence.ts';

test('what is asked a minute after the last sign of life keeps no session alive', () => {
  expect(isUnattended(0)).toBe(false);
  expect(isUnattended(presentMs)).toBe(false);
  expect(isUnattended(presentMs + 1)).toBe(true);
});

test('the header is sent only then', () => {
  expect(presenceHeaders()).toEqual({});
  const later = performance.now() + presentMs + 1_000;
  const now = vi.spyOn(performance, 'now').mockReturnValue(later);
  expect(presenceHeaders()).toEqual({ 'x-vestibule-background': '1' });
  now.mockRestore();
});
