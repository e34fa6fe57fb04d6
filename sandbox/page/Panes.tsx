import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useMedia } from './ui/use-media.ts';
import './panes.css';

export type Place = {
  readonly onScreen: boolean;
  /** True where a tab stands for the pane, and its title and action are not shown. */
  readonly tabbed: boolean;
};

export type Pane = {
  readonly id: string;
  /** On the tab. */
  readonly tab: string;
  readonly title: ReactNode;
  readonly subtitle: string;
  /** A control of the pane as a whole. */
  readonly action?: ReactNode;
  /** How many things it shows: when this changes while the tab is hidden, the tab says so. */
  readonly count: number;
  readonly content: (place: Place) => ReactNode;
};

/** Side by side where they fit, else one at a time behind tabs. All stay alive, so a hidden one misses nothing. */
export function Panes({ panes }: { readonly panes: readonly Pane[] }) {
  const tabbed = useMedia('(max-width: 62.4375rem)');
  const [active, setActive] = useState(panes[0]?.id ?? '');
  const [seen, setSeen] = useState<Readonly<Record<string, number>>>({});

  const select = (id: string): void => {
    // What the pane that is left behind shows now is seen.
    setSeen((counts) => ({
      ...counts,
      ...Object.fromEntries(panes.filter((pane) => pane.id === active).map((pane) => [pane.id, pane.count])),
    }));
    setActive(id);
  };
  const hasNew = ({ id, count }: Pane): boolean => id !== active && count > 0 && count !== seen[id];

  return (
    <>
      {tabbed && <Tabs panes={panes} active={active} onSelect={select} hasNew={hasNew} />}
      <main className={`panes ${tabbed ? 'panes-tabbed' : ''}`}>
        {panes.map((pane) => {
          const onScreen = !tabbed || pane.id === active;
          const role = tabbed
            ? { role: 'tabpanel', 'aria-labelledby': `tab-${pane.id}` }
            : { 'aria-labelledby': `title-${pane.id}` };
          return (
            <section
              key={pane.id}
              id={`pane-${pane.id}`}
              className={`pane pane-${pane.id} ${onScreen ? '' : 'pane-away'}`}
              {...role}
            >
              <header className="pane-head">
                <div>
                  <h2 id={`title-${pane.id}`}>{pane.title}</h2>
                  <p className="small soft">{pane.subtitle}</p>
                </div>
                {pane.action}
              </header>
              <div className="pane-body">{pane.content({ onScreen, tabbed })}</div>
            </section>
          );
        })}
      </main>
    </>
  );
}

function Tabs(props: {
  readonly panes: readonly Pane[];
  readonly active: string;
  readonly onSelect: (id: string) => void;
  readonly hasNew: (pane: Pane) => boolean;
}) {
  const { panes, active, onSelect, hasNew } = props;
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = panes.findIndex(({ id }) => id === active);
    const next = panes.at((at + step + panes.length) % panes.length);
    if (!next) return;
    onSelect(next.id);
    list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Panes" ref={list} onKeyDown={move}>
      {panes.map((pane) => (
        <button
          key={pane.id}
          type="button"
          role="tab"
          id={`tab-${pane.id}`}
          className="tab"
          data-testid={`tab-${pane.id}`}
          aria-selected={pane.id === active}
          aria-controls={`pane-${pane.id}`}
          tabIndex={pane.id === active ? 0 : -1}
          onClick={() => onSelect(pane.id)}
        >
          {pane.tab}
          {hasNew(pane) && (
            <span className="tab-new">
              <span className="visually-hidden"> (new)</span>
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
