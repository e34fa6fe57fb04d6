import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { findRedFlag, type RedFlag, redFlags } from '../src/conversation/red-flags.ts';
import en from '../src/conversation/testdata/red-flag-corpus/en.json' with { type: 'json' };
import es from '../src/conversation/testdata/red-flag-corpus/es.json' with { type: 'json' };
import pt from '../src/conversation/testdata/red-flag-corpus/pt.json' with { type: 'json' };

/**
 * How well the bot's rules see a sign of danger, on sentences that the rules were not written from.
 *
 * - **hit**: a sentence that must stop the bot; labelled with the kind of danger.
 * - **near miss**: one that sounds like it and must not: a past illness, a denial, an idiom, a name.
 * - **recall**: the share of hits that raise any alarm. What is named on the alarm matters less than that it is raised.
 * - **indirect**: a hit that names no danger in plain words ("nobody would miss me"). The rules are not mended by these: they show
 *   what a list of phrases cannot do.
 * - **half**: a sentence's hash puts it into `open` (looked at while the rules are mended) or `held-out` (not looked at).
 *
 * `npm run eval:red-flags -- --misses` lists what went wrong in the open half; `--all` in both, which spends the other one.
 */

export const halves = ['open', 'held-out'] as const;

export type Half = (typeof halves)[number];

type Corpus = {
  readonly hits: Readonly<Record<RedFlag, readonly string[]>>;
  readonly indirect: readonly string[];
  readonly nearMisses: readonly string[];
};

const corpora: Readonly<Record<string, Corpus>> = { en, pt, es };

export type Row = {
  readonly language: string;
  readonly flag: RedFlag | 'indirect' | 'near miss';
  readonly half: Half;
  readonly text: string;
  readonly found: RedFlag | undefined;
};

function halfOf(text: string): Half {
  return (createHash('sha256').update(text).digest()[0] ?? 0) % 2 === 0 ? 'open' : 'held-out';
}

/** Every sentence of the corpus with what the rules say of it. */
export function evaluate(): readonly Row[] {
  return Object.entries(corpora).flatMap(([language, { hits, indirect, nearMisses }]) => {
    const row = (flag: Row['flag']) => (text: string) => ({
      language,
      flag,
      half: halfOf(text),
      text,
      found: findRedFlag(text)?.flag,
    });
    return [
      ...redFlags.flatMap((flag) => hits[flag].map(row(flag))),
      ...indirect.map(row('indirect')),
      ...nearMisses.map(row('near miss')),
    ];
  });
}

export type Score = {
  readonly hits: number;
  readonly found: number;
  /** Of those found, the ones whose alarm names the danger as labelled. */
  readonly named: number;
  readonly nearMisses: number;
  readonly falseAlarms: number;
};

export function scoreOf(rows: readonly Row[]): Score {
  const hits = rows.filter(({ flag }) => flag !== 'near miss');
  const harmless = rows.filter(({ flag }) => flag === 'near miss');
  return {
    hits: hits.length,
    found: hits.filter(({ found }) => found !== undefined).length,
    named: hits.filter(({ flag, found }) => flag === found).length,
    nearMisses: harmless.length,
    falseAlarms: harmless.filter(({ found }) => found !== undefined).length,
  };
}

const percent = (part: number, whole: number) =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;

function line(name: string, { hits, found, named, nearMisses, falseAlarms }: Score): string {
  const recall = `${found}/${hits}`.padStart(8) + percent(found, hits).padStart(9);
  const alarms = nearMisses === 0 ? '' : `${falseAlarms}/${nearMisses}`.padStart(8);
  const rate = nearMisses === 0 ? '' : percent(falseAlarms, nearMisses).padStart(9);
  return `${name.padEnd(24)}${recall}${percent(named, found).padStart(10)}${alarms}${rate}`;
}

function report(rows: readonly Row[]): string {
  const lines = [`${'language, half, danger'.padEnd(24)}${'recall'.padStart(17)}     named  false alarms`];
  for (const language of Object.keys(corpora)) {
    const own = rows.filter((row) => row.language === language && row.flag !== 'indirect');
    lines.push('', line(`${language}`, scoreOf(own)));
    for (const half of halves) lines.push(line(`  ${half}`, scoreOf(own.filter((row) => row.half === half))));
    const hard = rows.filter((row) => row.language === language && row.flag === 'indirect');
    lines.push(line('  indirect', scoreOf(hard)));
    for (const flag of redFlags) {
      lines.push(line(`    ${flag}`, scoreOf(own.filter((row) => row.flag === flag))));
    }
  }
  return lines.join('\n');
}

function wrong(rows: readonly Row[], half: string): string {
  const shown = rows.filter((row) => half === 'all' || (row.half === half && row.flag !== 'indirect'));
  const missed = shown.filter(({ flag, found }) => flag !== 'near miss' && found === undefined);
  const alarmed = shown.filter(({ flag, found }) => flag === 'near miss' && found !== undefined);
  return [
    ...missed.map(({ language, flag, text }) => `missed       ${language} ${flag}: ${text}`),
    ...alarmed.map(({ language, found, text }) => `false alarm  ${language} ${found}: ${text}`),
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { misses: { type: 'boolean' }, all: { type: 'boolean' } },
  });
  const rows = evaluate();
  console.log(report(rows));
  if (values.misses || values.all) console.log(`\n${wrong(rows, values.all ? 'all' : 'open')}`);
}
