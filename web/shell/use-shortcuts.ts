import { useEffect, useRef, useSyncExternalStore } from 'react';
import { isStroke, type ShortcutName, shortcuts } from './shortcuts.ts';

/** Keys without Ctrl or ⌘ can be switched off, for those whose speech input types them (WCAG 2.1.4). */
let singleKeys = true;
const listeners = new Set<() => void>();

export function setSingleKeys(on: boolean): void {
  singleKeys = on;
  for (const listener of [...listeners]) listener();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => singleKeys,
  );
}

export type Handlers = Readonly<Partial<Record<ShortcutName, () => void>>>;

/**
 * Does what the keys of `shortcuts.ts` say, while the component is shown. Not while somebody types, and not behind an open
 * dialog or menu.
 */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = wanted(event, latest.current);
      if (name === undefined) return;
      event.preventDefault();
      latest.current[name]?.();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function wanted(event: KeyboardEvent, handlers: Handlers): ShortcutName | undefined {
  if (event.defaultPrevented || event.isComposing) return undefined;
  // The keys of the table are the keys of `shortcuts`.
  const names = Object.keys(shortcuts) as ShortcutName[];
  const name = names.find((each) => handlers[each] && isStroke(shortcuts[each].keys, event));
  if (name === undefined || document.querySelector('[role=dialog], [role=menu], [role=listbox]'))
    return undefined;
  if (shortcuts[name].keys.startsWith('mod+')) return name;
  return singleKeys && !isTyping(event) && !isPressing(event, name) ? name : undefined;
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

/** Enter on a focused control is for that control. */
function isPressing({ target }: KeyboardEvent, name: ShortcutName): boolean {
  return (
    shortcuts[name].keys === 'enter' && target instanceof HTMLElement && target.closest('a, button') !== null
  );
}
