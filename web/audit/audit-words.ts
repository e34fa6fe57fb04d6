import { hasText, type TextKey, tCode } from '../texts/t.ts';
import { plainDate } from '../time.ts';

/** What an audit row's target speaks of, in words; `id` is what those have to look up who must know exactly. */
export type Target = { readonly words: string; readonly id?: string };

const word = (kind: string, rest = ''): string => tCode('auditTarget', kind, { rest });

/** `conversation/1f0c…` → a conversation; `appointments/2026-11-24` → the visits of that day; what is unknown stays as it is. */
export function targetOf(target: string): Target {
  const [kind = '', rest = '', more] = target.split('/');
  if (kind === 'appointments') return { words: word(kind, plainDate(rest)) };
  if (kind === 'queue') return { words: word(kind, tCode('queue', rest)) };
  if (target === 'inbox/search') return { words: word('inbox-search') };
  if (kind === 'staff' && more !== undefined)
    return { words: word('staff-as', tCode('role', more)), id: rest };
  return hasText(`auditTarget.${kind}`) && rest !== '' ? { words: word(kind), id: rest } : { words: target };
}

/** "Ana Ribeiro" is a name; `nobody`, `operator` and `system` are none. */
export function whoKey(who: string, staffId: string | null | undefined): TextKey | undefined {
  if (staffId != null) return undefined;
  return who === 'nobody' || who === 'operator' || who === 'system' ? `auditWho.${who}` : undefined;
}

export type InAddress = { readonly who: string | undefined; readonly target: string | undefined };

/** The filter that an address names. No patient stands in it: only staff and our own ids. */
export function filterIn(search: unknown): InAddress {
  const given: Readonly<Record<string, unknown>> =
    typeof search === 'object' && search !== null ? { ...search } : {};
  // The router reads what looks like a number as one.
  const text = (value: unknown, max: number) => {
    const words = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    return words === '' || words.length > max ? undefined : words;
  };
  return { who: text(given.who, 80), target: text(given.target, 120) };
}
