/**
 * When a provider is asked for a message in doubt: seconds after the doubt began. Three times while those behind it wait, and
 * again later, for the provider may have been in trouble itself.
 */
export const lookSeconds: readonly number[] = [2, 9, 24, 120, 900, 7_200, 43_200];

/**
 * Seconds from a look to the next; undefined after the last.
 * @param look counted from 0
 * @param toldMs milliseconds that the provider wants us to wait
 */
export function nextLookAfter(look: number, toldMs = 0): number | undefined {
  const [now, next] = [lookSeconds[look], lookSeconds[look + 1]];
  if (now === undefined || next === undefined) return undefined;
  return Math.max(next - now, Math.ceil(toldMs / 1000));
}
