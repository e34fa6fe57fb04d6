import { useState } from 'react';
import { api, type Practice, type StaffPlay } from '../api.ts';
import { Icon } from '../ui/Icon.tsx';
import { Popover } from '../ui/Popover.tsx';

type Told = { readonly text: string; readonly failed: boolean };

/** The other side of a conversation: the staff app in a tab of its own, and somebody who does its work by themselves. */
export function StaffMenu({ practice }: { readonly practice: Practice }) {
  const [playing, setPlaying] = useState(false);
  const [told, setTold] = useState<Told>();
  const play = async (): Promise<void> => {
    setPlaying(true);
    setTold(undefined);
    try {
      setTold({ text: outcome(await api.playStaff(practice.id)), failed: false });
    } catch (problem) {
      setTold({ text: problem instanceof Error ? problem.message : 'It did not start.', failed: true });
    } finally {
      setPlaying(false);
    }
  };
  return (
    <Popover
      align="end"
      testId="staff"
      className="staff-menu"
      trigger={
        <>
          <Icon name="person" />
          <span className="tool-text">Staff</span>
        </>
      }
    >
      {() => (
        <div className="menu">
          <p className="menu-title">Play a member of staff</p>
          <p className="small soft">
            When a patient wants a person, the conversation waits in the staff app. One click signs you in
            there.
          </p>
          {/* The bare address leads newcomers back to this page. */}
          <a className="button" href="/inbox" target="_blank" rel="noopener" data-testid="open-staff-app">
            <Icon name="open" />
            Open the staff app
          </a>
          <p className="small soft">Or let somebody take the one who waits longest, answer and hand back.</p>
          <button
            type="button"
            className="button"
            data-testid="play-staff"
            // Not `disabled`, which would take the focus away, and with it the Escape that closes the menu.
            aria-disabled={playing}
            onClick={() => {
              if (!playing) void play();
            }}
          >
            <Icon name="play" />
            {playing ? 'Answering…' : 'Let staff answer'}
          </button>
          <p className={told?.failed ? 'menu-error' : 'small'} role="status" data-testid="staff-told">
            {told?.text}
          </p>
        </div>
      )}
    </Popover>
  );
}

function outcome(play: StaffPlay): string {
  return play.did === 'answered'
    ? `${play.staff} answered ${play.patient} and handed back.`
    : 'Nobody waits for a person now. Write “person” as the patient.';
}
