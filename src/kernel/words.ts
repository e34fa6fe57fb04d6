/**
 * How typed words are compared, in every module that reads what people write: case, accents, apostrophes,
 * punctuation, emoji and invisible signs make no difference.
 */

const ascii = /^[\n\r\t -~]*$/;

/** The words of a text: `"NÃO, don't!"` → `['nao', 'dont']`. */
export function words(text: string): string[] {
  // Most of what is written is plain ASCII, which has nothing to fold but its case.
  if (ascii.test(text))
    return (
      text
        .toLowerCase()
        .replace(/['`]/g, '')
        .match(/[a-z0-9]+/g) ?? []
    );
  return text
    .normalize('NFKD')
    .replace(/\p{M}|\p{Cf}|['’‘ʼ`´]/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The words with single spaces between them: what word lists are compared with. */
export function plain(text: string): string {
  return words(text).join(' ');
}

/** True when one letter was added, left out or replaced, or two neighbours changed places; or nothing at all. */
export function withinOneTypo(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  if (short.length < long.length) return short.slice(start) === long.slice(start + 1);
  if (short.slice(start + 1) === long.slice(start + 1)) return true;
  return (
    short[start] === long[start + 1] &&
    short[start + 1] === long[start] &&
    short.slice(start + 2) === long.slice(start + 2)
  );
}
