/**
 * Whether somebody sits before the screen. What an unattended page asks by itself, because something has changed elsewhere, must not
 * keep its session alive: the server ends a session after a time without a sign of life.
 */

/** Milliseconds after a key or a tap in which what is asked counts as theirs. */
export const presentMs = 60_000;

export const isUnattended = (sinceInputMs: number): boolean => sinceInputMs > presentMs;

/** Opening the page is a sign of life. */
let lastInput = performance.now();

for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  globalThis.document?.addEventListener(
    kind,
    () => {
      lastInput = performance.now();
    },
    { capture: true, passive: true },
  );
}

/** What tells the server that nobody asked for this: see `backgroundHeader` in the server's gate. */
export function presenceHeaders(): Readonly<Record<string, string>> {
  return isUnattended(performance.now() - lastInput) ? { 'x-vestibule-background': '1' } : {};
}
