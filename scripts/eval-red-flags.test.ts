import { describe, expect, test } from 'vitest';
import { evaluate, halves, type Row, scoreOf } from './eval-red-flags.ts';

const rows = evaluate();

/** Of plainly worded dangers. A rule that is mended for one sentence must not lose others. */
const leastRecall = 0.97;
const mostFalseAlarms = 0.03;

const ofLanguage = (language: string) => rows.filter((row) => row.language === language);
const plain = (row: Row) => row.flag !== 'indirect';

describe.each(['en', 'pt', 'es'])('red flags in %s', (language) => {
  test('are labelled in numbers that mean something, each sentence once', () => {
    const score = scoreOf(ofLanguage(language).filter(plain));
    expect(score.hits).toBeGreaterThanOrEqual(150);
    expect(score.nearMisses).toBeGreaterThanOrEqual(150);
    const texts = ofLanguage(language).map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('are seen, and little else is', () => {
    const score = scoreOf(ofLanguage(language).filter(plain));
    expect(score.found / score.hits).toBeGreaterThanOrEqual(leastRecall);
    expect(score.falseAlarms / score.nearMisses).toBeLessThanOrEqual(mostFalseAlarms);
    expect(score.named / score.found).toBeGreaterThanOrEqual(0.9);
  });

  test.each(halves)('are seen in the %s half as well', (half) => {
    const score = scoreOf(ofLanguage(language).filter((row) => plain(row) && row.half === half));
    expect(score.found / score.hits).toBeGreaterThanOrEqual(leastRecall);
    expect(score.falseAlarms / score.nearMisses).toBeLessThanOrEqual(0.05);
  });
});
