import type { TextKey } from '../texts/t.ts';

/** Every key that does something, by what it does; `?` shows this table. */
export const shortcuts = {
  help: { keys: '?', label: 'keys.help', group: 'everywhere' },
  jump: { keys: 'mod+k', label: 'keys.jump', group: 'everywhere' },
  search: { keys: '/', label: 'keys.search', group: 'inbox' },
  next: { keys: 'j', label: 'keys.next', group: 'inbox' },
  previous: { keys: 'k', label: 'keys.previous', group: 'inbox' },
  open: { keys: 'enter', label: 'keys.open', group: 'inbox' },
  close: { keys: 'u', label: 'keys.close', group: 'conversation' },
  take: { keys: 't', label: 'keys.take', group: 'conversation' },
  reply: { keys: 'r', label: 'keys.reply', group: 'conversation' },
  note: { keys: 'n', label: 'keys.note', group: 'conversation' },
  canned: { keys: 'c', label: 'keys.canned', group: 'conversation' },
  resolve: { keys: 'e', label: 'keys.resolve', group: 'conversation' },
  patient: { keys: 'p', label: 'keys.patient', group: 'conversation' },
  send: { keys: 'mod+enter', label: 'keys.send', group: 'conversation' },
  dayBefore: { keys: 'p', label: 'keys.dayBefore', group: 'today' },
  today: { keys: 't', label: 'keys.today', group: 'today' },
  dayAfter: { keys: 'n', label: 'keys.dayAfter', group: 'today' },
  pickDay: { keys: 'd', label: 'keys.pickDay', group: 'today' },
} as const satisfies Readonly<
  Record<string, { keys: string; label: TextKey; group: 'everywhere' | 'inbox' | 'conversation' | 'today' }>
>;

export type ShortcutName = keyof typeof shortcuts;

export type Keystroke = {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
};

/** Whether a keystroke is what a table's entry says. `mod` is ⌘ on a Mac and Ctrl elsewhere; either counts everywhere. */
export function isStroke(keys: string, stroke: Keystroke): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1);
  const wantsMod = parts.includes('mod');
  return (
    stroke.key.toLowerCase() === key && !stroke.altKey && (stroke.ctrlKey || stroke.metaKey) === wantsMod
  );
}

/** "⌘K" or "Ctrl K", "J", "Enter": as printed on the keys. */
export function keyNames(keys: string, isMac: boolean): string[] {
  return keys.split('+').map((part) => {
    if (part === 'mod') return isMac ? '⌘' : 'Ctrl';
    return part.length === 1 ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1);
  });
}
