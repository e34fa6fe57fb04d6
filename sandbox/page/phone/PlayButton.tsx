import { useState } from 'react';
import { api, type Patient } from '../api.ts';
import { Icon } from '../ui/Icon.tsx';

type Props = { readonly patient: Patient; readonly accountId: string };

/** Lets the patient write by themselves, from the greeting to the end. */
export function PlayButton({ patient, accountId }: Props) {
  const [error, setError] = useState<string>();
  const play = async (): Promise<void> => {
    setError(undefined);
    try {
      await api.playPersona(patient.id, accountId);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'It did not start.');
    }
  };
  return (
    <span className="play">
      <button type="button" className="button" data-testid="play-persona" onClick={() => void play()}>
        <Icon name="play" />
        <span>
          Let <bdi>{patient.name}</bdi> play
        </span>
      </button>
      {error && (
        <span className="play-error" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}
