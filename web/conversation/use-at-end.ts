import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ThreadLine } from '#handoff/contract.ts';
import { newFromPatient } from './thread-lines.ts';

/** Pixels from the end that still count as "at the end". */
const nearPx = 48;

/**
 * Keeps a thread at its end while one reads there, and where it is while one reads further up: earlier lines that come in above
 * move nothing, and what comes in below is counted.
 */
export function useAtEnd(box: RefObject<HTMLElement | null>, lines: readonly ThreadLine[], pending: number) {
  const isAtEnd = useRef(true);
  const seen = useRef(lines.at(-1)?.id);
  const before = useRef({ firstId: lines[0]?.id, height: 0, pending });
  const [unseen, setUnseen] = useState(0);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const last = before.current;
    const ownIsNew = pending > last.pending;
    if (isAtEnd.current || ownIsNew) element.scrollTop = element.scrollHeight;
    else if (lines[0]?.id !== last.firstId) element.scrollTop += element.scrollHeight - last.height;
    if (isAtEnd.current || ownIsNew) seen.current = lines.at(-1)?.id;
    setUnseen(isAtEnd.current ? 0 : newFromPatient(lines, seen.current));
    before.current = { firstId: lines[0]?.id, height: element.scrollHeight, pending };
  }, [box, lines, pending]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onScroll = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
      if (isAtEnd.current) setUnseen(0);
    };
    // Pictures, fonts and an opened card change heights after the fact; so does the composer when it grows.
    const watch = new ResizeObserver(() => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
      before.current = { ...before.current, height: element.scrollHeight };
    });
    watch.observe(element);
    for (const child of element.children) watch.observe(child);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, [box]);

  const toEnd = useCallback(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [box]);
  return { unseen, toEnd };
}
