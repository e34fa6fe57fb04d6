import { expect, test } from 'vitest';
import { isStroke, keyNames, shortcuts } from './shortcuts.ts';

const stroke = (key: string, more: Partial<Parameters<typeof isStroke>[1]> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test('a key alone, and with Ctrl or ⌘', () => {
  expect(isStroke('j', stroke('j'))).toBe(true);
  expect(isStroke('j', stroke('J'))).toBe(true);
  expect(isStroke('j', stroke('j', { ctrlKey: true }))).toBe(false);
  expect(isStroke('j', stroke('j', { altKey: true }))).toBe(false);
  expect(isStroke('mod+k', stroke('k', { metaKey: true }))).toBe(true);
  expect(isStroke('mod+k', stroke('k', { ctrlKey: true }))).toBe(true);
  expect(isStroke('mod+k', stroke('k'))).toBe(false);
  expect(isStroke('?', stroke('?'))).toBe(true);
});

test('what is shown together has keys of its own', () => {
  const all = Object.values(shortcuts);
  const inInbox = ['everywhere', 'inbox', 'conversation'];
  for (const screen of [
    inInbox,
    ...all.map(({ group }) => (inInbox.includes(group) ? inInbox : ['everywhere', group])),
  ]) {
    const keys = all.filter(({ group }) => screen.includes(group)).map((shortcut) => shortcut.keys);
    expect(new Set(keys).size, screen.join()).toBe(keys.length);
  }
});

test('keys are named as printed', () => {
  expect(keyNames('mod+k', true)).toEqual(['⌘', 'K']);
  expect(keyNames('mod+enter', false)).toEqual(['Ctrl', 'Enter']);
});
