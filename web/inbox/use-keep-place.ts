import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

type Anchor = { readonly id: string; readonly offset: number };

/** Where each list was left, for when it is shown again. */
const places = new Map<string, number>();

/**
 * Keeps what one looks at where it is while rows come and go above it. At the top of the list new rows appear in sight, unless
 * the pointer or the focus is in the list: then a row must not move from under it, and `above` tells how many are new up there.
 *
 * Each row carries its id in `data-row`.
 */
export function useKeepPlace(list: RefObject<HTMLElement | null>, name: string, ids: readonly string[]) {
  const anchor = useRef<Anchor | undefined>(undefined);
  const known = useRef<ReadonlySet<string>>(new Set());
  const [above, setAbove] = useState(0);

  useLayoutEffect(() => {
    const box = list.current;
    if (box === null) return;
    const isHeld = box.scrollTop > 0 || box.matches(':hover, :focus-within');
    const row = anchor.current && rowOf(box, anchor.current.id);
    if (isHeld && row && anchor.current) {
      box.scrollTop += row.offsetTop - box.scrollTop - anchor.current.offset;
      setAbove((count) => count + newAbove(ids, anchor.current?.id, known.current));
    }
    if (box.scrollTop <= 0) setAbove(0);
    known.current = new Set(ids);
    anchor.current = firstInSight(box);
  }, [list, ids]);

  useEffect(() => {
    const box = list.current;
    if (box === null) return;
    box.scrollTop = places.get(name) ?? 0;
    anchor.current = firstInSight(box);
    const onScroll = () => {
      places.set(name, box.scrollTop);
      anchor.current = firstInSight(box);
      if (box.scrollTop <= 0) setAbove(0);
    };
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => box.removeEventListener('scroll', onScroll);
  }, [list, name]);

  const toTop = useCallback(() => list.current?.scrollTo({ top: 0 }), [list]);
  return { above, toTop };
}

/** How many rows before the anchor were not there before; none on the first showing. */
export function newAbove(
  ids: readonly string[],
  anchorId: string | undefined,
  known: ReadonlySet<string>,
): number {
  const end = anchorId === undefined ? -1 : ids.indexOf(anchorId);
  if (end < 0 || known.size === 0) return 0;
  return ids.slice(0, end).filter((id) => !known.has(id)).length;
}

function rowOf(box: HTMLElement, id: string): HTMLElement | undefined {
  return rowsIn(box).find(({ dataset }) => dataset.row === id);
}

function firstInSight(box: HTMLElement): Anchor | undefined {
  const row = rowsIn(box).find(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > box.scrollTop);
  const id = row?.dataset.row;
  return row && id !== undefined ? { id, offset: row.offsetTop - box.scrollTop } : undefined;
}

const rowsIn = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>('[data-row]')];
