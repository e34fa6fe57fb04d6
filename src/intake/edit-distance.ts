/**
 * Typing errors between two words: letters inserted, left out, replaced, or two neighbours swapped (Damerau–Levenshtein
 * in its restricted form: no letter is touched twice).
 */
export function editDistance(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + same);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(before, column - 2) + 1);
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return at(above, b.length);
}

/**
 * True when exactly so many typing errors lie between two words. Words of very different lengths are not compared sign by sign:
 * what somebody pastes may be thousands of times as long as a name.
 */
export function differBy(errors: number, left: string, right: string): boolean {
  // A sign is one or two UTF-16 units.
  return Math.abs(left.length - right.length) <= 2 * errors && editDistance(left, right) === errors;
}

/** How many typing errors a word of this length may hold and still be meant: short words are too close to each other. */
export function tolerance(word: string): 0 | 1 | 2 {
  const letters = [...word].length;
  return letters >= 8 ? 2 : letters >= 4 ? 1 : 0;
}

/** Every index that is asked for lies in the row; infinity keeps the type honest. */
function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
