import { useId } from 'react';
import { Popover } from '../ui/Popover.tsx';

export type Option = {
  readonly id: string;
  readonly name: string;
  /** A word or two beside the name: a language. */
  readonly note?: string;
  /** What choosing it means, in a sentence. */
  readonly about: string;
};

type Props = {
  /** What is chosen: "Practice". */
  readonly label: string;
  readonly testId: string;
  readonly options: readonly Option[];
  readonly chosen: Option;
  readonly onChoose: (id: string) => void;
};

/** One of several, each with a sentence that explains it. Arrow keys choose; Enter or a click closes. */
export function Choice({ label, testId, options, chosen, onChoose }: Props) {
  const group = useId();
  return (
    <Popover
      className="choice-of-one"
      testId={testId}
      trigger={
        <span className="chosen">
          <span className="chosen-label">{label}</span>
          <span className="chosen-name">
            <bdi>{chosen.name}</bdi>
            {chosen.note && <span className="soft"> · {chosen.note}</span>}
          </span>
        </span>
      }
    >
      {(close) => (
        <fieldset className="options">
          <legend className="visually-hidden">{label}</legend>
          {options.map((option) => (
            <label key={option.id} className="option" data-testid={`${testId}-${option.id}`}>
              <input
                type="radio"
                name={group}
                // biome-ignore lint/a11y/noAutofocus: the list opens on request; arrow keys should work at once
                autoFocus={option.id === chosen.id}
                checked={option.id === chosen.id}
                onChange={() => onChoose(option.id)}
                onClick={(event) => {
                  // Arrow keys click too, with detail 0, and must not close the list.
                  if (event.detail > 0) close();
                }}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter') return;
                  // Else the same key press would open the list again, through the button that now has the focus.
                  event.preventDefault();
                  close();
                }}
              />
              <span>
                <span className="option-name">
                  <bdi>{option.name}</bdi>
                  {option.note && <span className="soft"> · {option.note}</span>}
                </span>
                <span className="option-about">{option.about}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}
