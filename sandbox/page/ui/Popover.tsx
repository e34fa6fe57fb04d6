import { type ReactNode, useId, useRef, useState } from 'react';
import { Icon } from './Icon.tsx';
import { useDismiss } from './use-dismiss.ts';
import './popover.css';

type Props = {
  /** What the button says; its text is its accessible name. */
  readonly trigger: ReactNode;
  /** Names the button where the trigger's text alone would not. */
  readonly label?: string;
  readonly className?: string;
  readonly testId?: string;
  readonly align?: 'start' | 'end';
  readonly children: (close: () => void) => ReactNode;
};

/** A button that shows a panel under it. Escape, a click elsewhere, or focus moving on closes it; Escape gives focus back. */
export function Popover({ trigger, label, className, testId, align = 'start', children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();

  useDismiss(box, open, () => setOpen(false));

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only listens for Escape from the controls inside it
    <div
      className={`popover ${className ?? ''}`}
      ref={box}
      onKeyDown={(event) => {
        if (open && event.key === 'Escape') close();
      }}
    >
      <button
        type="button"
        className="popover-button"
        ref={button}
        aria-expanded={open}
        aria-controls={open ? panelId : undefined}
        aria-label={label}
        data-testid={testId}
        onClick={() => setOpen(!open)}
      >
        {trigger}
        <Icon name="chevron" />
      </button>
      {open && (
        <div className={`popover-panel popover-${align}`} id={panelId}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
