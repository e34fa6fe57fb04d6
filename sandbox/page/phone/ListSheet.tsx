import { useEffect, useId, useRef } from 'react';
import type { PhoneMessage } from '../api.ts';
import { Icon } from '../ui/Icon.tsx';

type Props = {
  readonly list: NonNullable<PhoneMessage['list']>;
  readonly language: string;
  readonly onChoose: (choiceId: string, title: string) => void;
  readonly onClose: () => void;
};

/** The rows of a list message, in a sheet over the conversation. The rest of the phone is inert meanwhile. */
export function ListSheet({ list, language, onChoose, onClose }: Props) {
  const titleId = useId();
  const sheet = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const opener = document.activeElement;
    sheet.current?.querySelector<HTMLElement>('.sheet-row')?.focus();
    return () => {
      // The opener is inert until this has been rendered away.
      queueMicrotask(() => opener instanceof HTMLElement && opener.focus());
    };
  }, []);

  return (
    <div className="sheet-scrim">
      <button type="button" className="sheet-away" tabIndex={-1} aria-hidden="true" onClick={onClose} />
      <div
        className="sheet"
        ref={sheet}
        role="dialog"
        aria-labelledby={titleId}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            moveFocus(event.currentTarget, event.key === 'ArrowDown' ? 1 : -1);
          }
        }}
      >
        <header className="sheet-head">
          <h3 id={titleId} dir="auto" lang={language}>
            {list.label}
          </h3>
          <button type="button" className="icon-button" aria-label="Close the list" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className="sheet-body" lang={language}>
          {list.sections.map((section, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the sections of one fixed message never move
            <section key={index}>
              {section.title && (
                <h4 className="sheet-section" dir="auto">
                  {section.title}
                </h4>
              )}
              {section.rows.map(({ id, title, description }) => (
                <button
                  key={id}
                  type="button"
                  className="sheet-row"
                  data-testid="choice"
                  onClick={() => onChoose(id, title)}
                >
                  <span dir="auto">{title}</span>
                  {description && (
                    <span className="soft small" dir="auto">
                      {description}
                    </span>
                  )}
                </button>
              ))}
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}

function moveFocus(sheet: HTMLElement, step: 1 | -1): void {
  const rows = [...sheet.querySelectorAll<HTMLElement>('.sheet-row')];
  const at = rows.findIndex((row) => row.matches(':focus'));
  rows.at((at + step + rows.length) % rows.length)?.focus();
}
