import { useCallback, useState } from 'react';
import { api, type World } from './api.ts';
import { Bar } from './bar/Bar.tsx';
import { Chart } from './chart/Chart.tsx';
import { type Pane, Panes } from './Panes.tsx';
import { Phone } from './phone/Phone.tsx';
import { PlayButton } from './phone/PlayButton.tsx';
import { Timeline } from './timeline/Timeline.tsx';
import { EmptyNotice, Skeleton } from './ui/Notice.tsx';
import { useClock } from './use-clock.ts';
import { useResource } from './use-resource.ts';
import { useSelection } from './use-selection.ts';

const never = (): boolean => false;

/** The sandbox world: a phone to play the patient, what Vestibule does, and the practice system it files in. */
export function App() {
  const load = useCallback((signal: AbortSignal) => api.world(signal), []);
  const world = useResource(load, never);
  const now = useClock(world.data?.now);
  return (
    <div className="app">
      {world.error && !world.data && <Unreachable why={world.error} onRetry={world.reload} />}
      {!world.data && !world.error && <Skeleton label="Loading the sandbox" lines={8} />}
      {world.data && <Stage world={world.data} now={now} onClockMoved={world.reload} />}
    </div>
  );
}

/** The live stream keeps knocking, and its return loads the world; the button is for the impatient. */
function Unreachable({ why, onRetry }: { readonly why: string; readonly onRetry: () => void }) {
  return (
    <main className="unreachable">
      <EmptyNotice icon="warning" title="The sandbox does not answer">
        <p>{why}</p>
        <p>
          Start it with <code>npm start</code>. This page loads by itself as soon as it runs.
        </p>
        <p>
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        </p>
      </EmptyNotice>
    </main>
  );
}

function Stage(props: {
  readonly world: World;
  readonly now: () => number;
  readonly onClockMoved: () => void;
}) {
  const { world, now } = props;
  const [selection, select] = useSelection();
  const [counts, setCounts] = useState({ phone: 0, timeline: 0, chart: 0 });
  const onPhone = useCallback((phone: number) => setCounts((all) => ({ ...all, phone })), []);
  const onTimeline = useCallback((timeline: number) => setCounts((all) => ({ ...all, timeline })), []);
  const onChart = useCallback((chart: number) => setCounts((all) => ({ ...all, chart })), []);

  const practice = world.practices.find(({ id }) => id === selection.practice) ?? world.practices[0];
  const patient = world.patients.find(({ id }) => id === selection.patient) ?? world.patients[0];
  const account = practice?.accounts[0];
  if (!practice || !patient || !account) {
    return (
      <EmptyNotice icon="phone" title="This world is empty">
        <p>
          It needs a practice with a messaging account, and a patient. Start the sandbox with the practices
          that are shipped.
        </p>
      </EmptyNotice>
    );
  }

  const panes: readonly Pane[] = [
    {
      id: 'phone',
      tab: 'Phone',
      title: (
        <>
          <bdi>{patient.name}</bdi>’s phone
        </>
      ),
      subtitle: 'Write as the patient',
      action: <PlayButton key={`${patient.id}/${account.id}`} patient={patient} accountId={account.id} />,
      count: counts.phone,
      content: ({ onScreen, tabbed }) => (
        <Phone
          key={`${patient.id}/${account.id}`}
          practice={practice}
          account={account}
          patient={patient}
          now={now}
          onScreen={onScreen}
          offersPlay={tabbed}
          onCount={onPhone}
        />
      ),
    },
    {
      id: 'timeline',
      tab: 'Timeline',
      title: 'What Vestibule does',
      subtitle: 'Every fact it records, and why',
      count: counts.timeline,
      content: () => <Timeline key={practice.id} practice={practice} now={now} onCount={onTimeline} />,
    },
    {
      id: 'chart',
      tab: 'Chart',
      title: 'Practice system',
      subtitle: `The charts and calendars of ${practice.name}`,
      count: counts.chart,
      content: () => <Chart key={practice.id} practice={practice} now={now} onCount={onChart} />,
    },
  ];

  return (
    <>
      <Bar
        practices={world.practices}
        practice={practice}
        onPractice={(id) => select({ practice: id })}
        patients={world.patients}
        patient={patient}
        onPatient={(id) => select({ patient: id })}
        now={now}
        onClockMoved={props.onClockMoved}
      />
      <Panes panes={panes} />
    </>
  );
}
