/**
 * Makes control characters and the invisible ones that reorder or hide text visible as `[U+202E]`, so that what somebody typed
 * cannot disguise itself. Line breaks stay; so do the joiners that some scripts and emoji need.
 */
export function visibleControls(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

/** Characters and lines that a message shows before "more". */
export const clampChars = 900;
export const clampLines = 14;

/**
 * The beginning of a long text, cut between characters that belong together; undefined where the whole is short enough.
 */
export function clamped(text: string): string | undefined {
  const byLines = text.split('\n', clampLines + 1);
  const fewLines = byLines.length > clampLines ? byLines.slice(0, clampLines).join('\n') : text;
  if (fewLines.length <= clampChars) return fewLines === text ? undefined : fewLines;
  let cut = '';
  for (const { segment } of new Intl.Segmenter('en').segment(fewLines)) {
    if (cut.length + segment.length > clampChars) break;
    cut += segment;
  }
  // One "character" with a thousand marks on it: cut it all the same.
  return cut === '' ? fewLines.slice(0, clampChars) : cut;
}
