import { expect, test } from 'vitest';
import { fileStates, fileTransitions, isServable, keptStates, mayBecome, statesBefore } from './file.ts';

test('nobody is given a file that was not cleared', () => {
  expect(fileStates.filter(isServable)).toEqual(['cleared']);
});

test('a file is cleared out of the quarantine and from nowhere else', () => {
  expect(statesBefore('cleared')).toEqual(['quarantined']);
  expect(statesBefore('refused')).toEqual(['quarantined']);
  expect(statesBefore('quarantined')).toEqual(['awaited']);
});

test('what is gone or missing stays so, and nothing comes to be awaited again', () => {
  expect(fileTransitions.gone).toEqual([]);
  expect(fileTransitions.missing).toEqual([]);
  expect(statesBefore('awaited')).toEqual([]);
});

test('bytes that are kept can be taken away, and no others', () => {
  expect(statesBefore('gone')).toEqual(keptStates);
  for (const state of fileStates) expect(mayBecome(state, 'gone')).toBe(keptStates.includes(state));
});
