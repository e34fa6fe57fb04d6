import type { ContentMode } from '#kernel/phi.ts';
import type { Patient, Practice } from '../api.ts';
import { languageName, sentenceCase } from '../format.ts';
import { type LiveState, useLiveState } from '../live.ts';
import { Choice, type Option } from './Choice.tsx';
import { ClockMenu } from './ClockMenu.tsx';
import { FaultsMenu } from './FaultsMenu.tsx';
import { StaffMenu } from './StaffMenu.tsx';
import './bar.css';

/** What a practice's content mode means for its patients. */
const modes: Record<ContentMode, string> = {
  minimal: 'No details in the chat; a person or a private page takes over.',
  acknowledged: 'Details in the chat once the patient accepts the risk.',
  open: 'The whole intake happens in the chat.',
};

const liveWords: Record<LiveState, string> = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
};

type Props = {
  readonly practices: readonly Practice[];
  readonly practice: Practice;
  readonly onPractice: (id: string) => void;
  readonly patients: readonly Patient[];
  readonly patient: Patient;
  readonly onPatient: (id: string) => void;
  readonly now: () => number;
  readonly onClockMoved: () => void;
};

/** Above the panes: which practice, who plays, what time it is, what is broken on purpose. */
export function Bar(props: Props) {
  const { practice, patient } = props;
  // The languages are in the list; the bar needs the room.
  const { note: _, ...chosenPractice } = practiceOption(practice);
  const chosenPatient = patientOption(patient);
  return (
    <header className="bar">
      <h1 className="brand">
        Vestibule <span className="brand-place">sandbox</span>
      </h1>
      <div className="bar-choices">
        <Choice
          label="Practice"
          testId="practice-picker"
          options={props.practices.map(practiceOption)}
          chosen={chosenPractice}
          onChoose={props.onPractice}
        />
        <Choice
          label="You are"
          testId="patient-picker"
          options={props.patients.map(patientOption)}
          chosen={chosenPatient}
          onChoose={props.onPatient}
        />
      </div>
      <div className="bar-about">
        <p>
          <strong>{sentenceCase(practice.contentMode)} mode:</strong> {chosenPractice.about}
        </p>
        <p className="about-patient">
          <strong>
            <bdi>{patient.name}</bdi>:
          </strong>{' '}
          {chosenPatient.about}
        </p>
      </div>
      <div className="bar-tools">
        <Live />
        <StaffMenu practice={practice} />
        <FaultsMenu />
        <ClockMenu now={props.now} zone={practice.timeZone} onMoved={props.onClockMoved} />
      </div>
    </header>
  );
}

function practiceOption({ id, name, contentMode, languages }: Practice): Option {
  return { id, name, note: languages.join(', '), about: modes[contentMode] };
}

function patientOption({ id, name, language, about }: Patient): Option {
  return { id, name, note: languageName(language), about };
}

function Live() {
  const state = useLiveState();
  return (
    <p className={`live live-${state}`} role="status" data-testid="live">
      <span className="live-dot" aria-hidden="true" />
      <span className="live-word">{liveWords[state]}</span>
    </p>
  );
}
