import { useState } from 'react';
import { api } from '../api.ts';
import { clockTime, dayName } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Popover } from '../ui/Popover.tsx';

const steps: readonly { readonly label: string; readonly seconds: number }[] = [
  { label: '10 minutes', seconds: 600 },
  { label: '1 hour', seconds: 3_600 },
  { label: '1 day', seconds: 86_400 },
  { label: '3 days', seconds: 259_200 },
];

type Props = {
  readonly now: () => number;
  readonly zone: string | undefined;
  /** The clock was moved: ask the world what time it is. */
  readonly onMoved: () => void;
};

/** What time it is in this world, and the lever that moves it forward. */
export function ClockMenu({ now, zone, onMoved }: Props) {
  const [error, setError] = useState<string>();
  const move = async (seconds: number): Promise<void> => {
    try {
      await api.advanceClock(seconds);
      setError(undefined);
      onMoved();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'The clock did not move.');
    }
  };
  const time = clockTime(now(), zone);
  const day = dayName(new Date(now()).toISOString(), Date.now(), zone);
  return (
    <Popover
      align="end"
      testId="clock"
      className="clock"
      trigger={
        <>
          <Icon name="clock" />
          <span className="visually-hidden">Clock: </span>
          <span className="tool-text">
            <span className="clock-day">{day === 'Today' ? '' : `${day} `}</span>
            {time}
          </span>
        </>
      }
    >
      {() => (
        <div className="menu">
          <p className="menu-title">Move the clock forward</p>
          <p className="small soft">Vestibule’s clock moves with it: what is due happens at once.</p>
          <div className="menu-row">
            {steps.map(({ label, seconds }) => (
              <button key={seconds} type="button" className="button" onClick={() => void move(seconds)}>
                +{label}
              </button>
            ))}
          </div>
          {error && (
            <p className="menu-error" role="alert">
              {error}
            </p>
          )}
        </div>
      )}
    </Popover>
  );
}
