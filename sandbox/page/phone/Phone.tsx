import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Account, Patient, Practice, SendInput } from '../api.ts';
import { clockTime, dayName, duration } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { Bubble } from './Bubble.tsx';
import { Composer } from './Composer.tsx';
import { ListSheet } from './ListSheet.tsx';
import { asMessage, byDay, chosenTitle, greeting } from './messages.ts';
import { usePhone, useSeen } from './use-phone.ts';
import './phone.css';

type Props = {
  readonly practice: Practice;
  readonly account: Account;
  readonly patient: Patient;
  /** The world's time, as milliseconds. */
  readonly now: () => number;
  readonly onScreen: boolean;
  /** Told how many messages there are, for the tab that is not shown. */
  readonly onCount: (count: number) => void;
};

/** The patient's messenger. */
export function Phone({ practice, account, patient, now, onScreen, onCount }: Props) {
  const phone = usePhone(patient.id, account.id);
  const messages = phone.data?.messages ?? [];
  const [openList, setOpenList] = useState<string>();
  const listed = messages.find(({ id }) => id === openList)?.list;
  useSeen(patient.id, account.id, messages, onScreen);
  useEffect(() => onCount(messages.length), [messages.length, onCount]);

  const send = (input: SendInput, title?: string): void =>
    phone.send(input, new Date(now()).toISOString(), title);
  const tap = (messageId: string, choiceId: string, title: string): void => {
    setOpenList(undefined);
    send({ kind: 'tap', messageId, choiceId }, title);
  };
  const zone = practice.timeZone;
  const shared = { zone, language: patient.language };
  const firstLoad = phone.data === undefined && phone.error === undefined;
  const silent = phone.data !== undefined && messages.length === 0 && phone.pending.length === 0;

  return (
    <div className="phone" data-testid="phone">
      <PhoneHead
        practice={practice}
        account={account}
        windowEndsAt={phone.data?.windowEndsAt}
        now={now}
        typing={phone.data?.typing ?? false}
      />
      {phone.error && (
        <ErrorNotice what="The conversation could not be loaded." why={phone.error} onRetry={phone.reload} />
      )}
      <Conversation
        newest={`${messages.length}/${phone.pending.length}/${phone.data?.typing}`}
        label={`Conversation with ${practice.name}`}
        inert={listed !== undefined}
      >
        {firstLoad && <Skeleton label="Loading the conversation" lines={3} />}
        {silent && <FirstWords patient={patient} onSay={(text) => send({ kind: 'text', text })} />}
        {byDay(messages, zone).map((day) => (
          <ol key={day.key} className="day">
            <li className="day-name">{dayName(day.at, now(), zone)}</li>
            {day.messages.map((message) => (
              <Bubble
                key={message.id}
                message={message}
                {...shared}
                chosen={
                  message.buttons && chosenTitle(message, messages.slice(messages.indexOf(message) + 1))
                }
                onTap={(choiceId, title) => tap(message.id, choiceId, title)}
                onOpenList={() => setOpenList(message.id)}
              />
            ))}
          </ol>
        ))}
        <ol className="day">
          {phone.pending.map((pending) => (
            <Bubble
              key={pending.localId}
              message={asMessage(pending)}
              {...shared}
              onRetry={() => phone.retry(pending.localId)}
              onDiscard={() => phone.discard(pending.localId)}
            />
          ))}
        </ol>
        {phone.data?.typing && (
          <p className="typing">
            <span className="visually-hidden">{practice.name} is typing</span>
            <span aria-hidden="true" />
            <span aria-hidden="true" />
            <span aria-hidden="true" />
          </p>
        )}
      </Conversation>
      <div inert={listed !== undefined}>
        <Composer patient={patient.name} onSend={send} />
      </div>
      {listed && openList !== undefined && (
        <ListSheet
          list={listed}
          language={patient.language}
          onChoose={(choiceId, title) => tap(openList, choiceId, title)}
          onClose={() => setOpenList(undefined)}
        />
      )}
    </div>
  );
}

function PhoneHead(props: {
  readonly practice: Practice;
  readonly account: Account;
  readonly windowEndsAt: string | undefined;
  readonly typing: boolean;
  readonly now: () => number;
}) {
  const { practice, account, windowEndsAt, now, typing } = props;
  const left = windowEndsAt === undefined ? undefined : Date.parse(windowEndsAt) - now();
  return (
    <header className="phone-head">
      <span className="avatar" aria-hidden="true">
        {practice.name.replace(/^(cl[ií]nica|clinic|dr\.?)\s+/i, '').charAt(0)}
      </span>
      <div className="phone-who">
        <p className="phone-name">{practice.name}</p>
        <p className="small soft">{typing ? 'typing…' : <bdi>{account.displayPhone}</bdi>}</p>
      </div>
      {left !== undefined && (
        <p
          className={`window ${left > 0 ? '' : 'window-closed'}`}
          title={`Service window: for 24 hours after the patient's last message the practice may answer freely; afterwards only approved templates. ${left > 0 ? 'Ends' : 'Ended'} ${windowEndsAt ? clockTime(windowEndsAt, practice.timeZone) : ''}.`}
        >
          <Icon name="clock" />
          {left > 0 ? duration(left) : 'closed'}
          <span className="visually-hidden"> service window</span>
        </p>
      )}
    </header>
  );
}

/** The scrolling log. It follows new messages while the reader is at its end, and stays where they are otherwise. */
function Conversation(props: {
  readonly newest: string;
  readonly label: string;
  readonly inert: boolean;
  readonly children: React.ReactNode;
}) {
  const log = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of what is newest is the reason to scroll
  useLayoutEffect(() => {
    if (log.current && atEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [props.newest]);
  return (
    <div
      className="conversation"
      ref={log}
      role="log"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
      tabIndex={0}
      inert={props.inert}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 80;
      }}
    >
      {props.children}
    </div>
  );
}

function FirstWords({
  patient,
  onSay,
}: {
  readonly patient: Patient;
  readonly onSay: (text: string) => void;
}) {
  const hello = greeting(patient.language);
  return (
    <EmptyNotice icon="message" title={`You are ${patient.name}`}>
      <p>Write to the practice as a patient would. Vestibule answers.</p>
      <p>
        <button
          type="button"
          className="button button-primary"
          data-testid="phone-hello"
          onClick={() => onSay(hello)}
        >
          Say “<bdi lang={patient.language}>{hello}</bdi>”
        </button>
      </p>
    </EmptyNotice>
  );
}
