/** What a benchmark prints: one line per figure, for people and programs alike. */

/** Another figure of the same run, which says what the machine could do at that moment. */
export type Baseline = { readonly of: string; readonly value: number };

/** Prints `bench NAME VALUE UNIT [ratio R of BASELINE]`. */
export function figure(name: string, value: number, unit: string, baseline?: Baseline): void {
  const written = Number.isInteger(value) || value >= 100 ? Math.round(value) : value.toFixed(1);
  const ratio =
    baseline === undefined ? '' : ` ratio ${(value / baseline.value).toFixed(2)} of ${baseline.of}`;
  process.stdout.write(`bench ${name} ${written} ${unit}${ratio}\n`);
}

/** The value that `share` (0 to 1) of all values do not exceed; NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
