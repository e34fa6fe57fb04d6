import { differBy, tolerance } from './edit-distance.ts';

/** Names of the months as patients write them, January first, without accents. One list per language. */
const names: readonly (readonly string[])[] = [
  'january february march april may june july august september october november december',
  'janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro',
  'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
  'janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre',
  'januar februar marz april mai juni juli august september oktober november dezember',
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre',
].map((list) => list.split(' '));

/** Spellings that are no prefix and no typing error of the above. */
const variants: Readonly<Record<string, number>> = {
  setiembre: 9,
  janner: 1,
  maerz: 3,
};

/**
 * The month (1–12) that a folded word names in any of the languages: in full, cut short to three letters or more, or
 * with a typing error; undefined where it names none, or two (`jui` is juin and juillet).
 */
export function monthNamed(word: string): number | undefined {
  const exact = matching((name) => name === word);
  if (exact.length > 0) return only(exact);
  const variant = Object.hasOwn(variants, word) ? variants[word] : undefined;
  if (variant !== undefined) return variant;
  if (word.length < 3) return undefined;
  const short = matching((name) => name.startsWith(word));
  if (short.length > 0) return only(short);
  for (let errors = 1; errors <= tolerance(word); errors += 1) {
    const near = matching((name) => differBy(errors, name, word));
    if (near.length > 0) return only(near);
  }
  return undefined;
}

function matching(test: (name: string) => boolean): number[] {
  const months = names.flatMap((list) => list.flatMap((name, index) => (test(name) ? [index + 1] : [])));
  return [...new Set(months)];
}

function only(months: readonly number[]): number | undefined {
  return months.length === 1 ? months[0] : undefined;
}
