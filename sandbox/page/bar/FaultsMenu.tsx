import { useCallback, useEffect, useState } from 'react';
import { api, type Fault } from '../api.ts';
import { Icon } from '../ui/Icon.tsx';
import { ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { Popover } from '../ui/Popover.tsx';
import { useResource } from '../use-resource.ts';

const targets: Readonly<Record<string, string>> = {
  meta: 'Messenger (Meta)',
  fhir: 'Practice system (FHIR)',
};

/** How many of the next requests a fault meets. */
const counts = [1, 3, 10] as const;

/** A fault uses itself up as requests meet it, and nothing tells the page; so look again while any is armed. */
const armedPollMs = 2_000;

const never = (): boolean => false;

/** Break the world on purpose, and watch what Vestibule makes of it. */
export function FaultsMenu() {
  const load = useCallback((signal: AbortSignal) => api.faults(signal), []);
  const faults = useResource(load, never);
  const { reload } = faults;
  const all = faults.data?.faults ?? [];
  const armed = all.filter(({ active }) => active).length;

  useEffect(() => {
    if (armed === 0) return;
    const timer = setInterval(reload, armedPollMs);
    return () => clearInterval(timer);
  }, [armed, reload]);

  return (
    <Popover
      align="end"
      testId="faults"
      className={armed > 0 ? 'faults faults-armed' : 'faults'}
      trigger={
        <>
          <Icon name="fault" />
          <span className="tool-text">Faults</span>
          {armed > 0 && (
            <span className="badge">
              {armed}
              <span className="visually-hidden"> armed</span>
            </span>
          )}
        </>
      }
    >
      {() => (
        <div className="menu">
          <p className="menu-title">Break something</p>
          {faults.error && (
            <ErrorNotice what="The faults could not be read." why={faults.error} onRetry={reload} />
          )}
          {!faults.data && !faults.error && <Skeleton label="Loading the faults" lines={4} />}
          {faults.data && <FaultList faults={all} onChange={reload} />}
        </div>
      )}
    </Popover>
  );
}

function FaultList({
  faults,
  onChange,
}: {
  readonly faults: readonly Fault[];
  readonly onChange: () => void;
}) {
  const [count, setCount] = useState<number>(counts[0]);
  const [error, setError] = useState<string>();
  const toggle = async ({ target, fault, active }: Fault): Promise<void> => {
    try {
      await api.setFault(target, fault, active ? 0 : count);
      setError(undefined);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'The fault was not set.');
    }
    onChange();
  };
  return (
    <>
      <fieldset className="fault-counts">
        <legend className="small soft">It happens to the next</legend>
        <div>
          {counts.map((option) => (
            <label key={option} className="fault-count">
              <input
                type="radio"
                name="fault-count"
                checked={count === option}
                onChange={() => setCount(option)}
              />
              {option === 1 ? '1 request' : `${option} requests`}
            </label>
          ))}
        </div>
      </fieldset>
      {error && (
        <p className="menu-error" role="alert">
          {error}
        </p>
      )}
      <div className="fault-groups">
        {[...Map.groupBy(faults, ({ target }) => target)].map(([target, own]) => (
          <section key={target} className="fault-group">
            <h3 className="fault-target">{targets[target] ?? target}</h3>
            {own.map((fault) => (
              <button
                key={fault.fault}
                type="button"
                className="fault"
                aria-pressed={Boolean(fault.active)}
                data-testid={`fault-${target}-${fault.fault}`}
                onClick={() => void toggle(fault)}
              >
                <span>{fault.label}</span>
                <span className="fault-state">
                  {fault.active ? (typeof fault.active === 'number' ? `${fault.active} left` : 'on') : 'off'}
                </span>
              </button>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}
