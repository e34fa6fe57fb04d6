import { type ReactNode, useLayoutEffect, useRef } from 'react';

/** The scrolling log. It follows new messages while the reader is at its end, and stays where they are otherwise. */
export function Conversation(props: {
  readonly newest: string;
  readonly label: string;
  readonly inert: boolean;
  readonly children: ReactNode;
}) {
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: something newer is the reason to scroll
  useLayoutEffect(() => {
    if (log.current && atEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [props.newest]);
  return (
    <div
      className="conversation"
      ref={log}
      role="log"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
      tabIndex={0}
      inert={props.inert}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 80;
      }}
    >
      {props.children}
    </div>
  );
}
