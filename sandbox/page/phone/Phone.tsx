import { type ReactNode, useEffect, useState } from 'react';
import type { Account, Patient, Practice, SendInput } from '../api.ts';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { Composer } from './Composer.tsx';
import { Conversation } from './Conversation.tsx';
import { ListSheet } from './ListSheet.tsx';
import { greeting } from './messages.ts';
import { PhoneHead } from './PhoneHead.tsx';
import { PlayButton } from './PlayButton.tsx';
import { Thread, Typing } from './Thread.tsx';
import { usePhone, useSeen } from './use-phone.ts';
import './phone.css';

type Props = {
  readonly practice: Practice;
  readonly account: Account;
  readonly patient: Patient;
  /** The world's time, as milliseconds. */
  readonly now: () => number;
  readonly onScreen: boolean;
  /** Whether the empty conversation offers to let the patient play by themselves. */
  readonly offersPlay: boolean;
  /** Told how many messages there are, for the tab that is not shown. */
  readonly onCount: (count: number) => void;
};

/** The patient's messenger. */
export function Phone({ practice, account, patient, now, onScreen, offersPlay, onCount }: Props) {
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
  const firstLoad = phone.data === undefined && phone.error === undefined;
  const silent = phone.data !== undefined && messages.length + phone.pending.length === 0;

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
        {silent && (
          <FirstWords
            patient={patient}
            play={offersPlay && <PlayButton patient={patient} accountId={account.id} />}
            onSay={(text) => send({ kind: 'text', text })}
          />
        )}
        <Thread
          phone={phone}
          messages={messages}
          language={patient.language}
          zone={practice.timeZone}
          now={now}
          onTap={tap}
          onOpenList={setOpenList}
        />
        {phone.data?.typing && <Typing who={practice.name} />}
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

function FirstWords({
  patient,
  play,
  onSay,
}: {
  readonly patient: Patient;
  readonly play: ReactNode;
  readonly onSay: (text: string) => void;
}) {
  const hello = greeting(patient.language);
  return (
    <EmptyNotice
      icon="message"
      title={
        <>
          You are <bdi>{patient.name}</bdi>
        </>
      }
    >
      <p>Write to the practice as a patient would. Vestibule answers.</p>
      <p className="first-words">
        <button
          type="button"
          className="button button-primary"
          data-testid="phone-hello"
          onClick={() => onSay(hello)}
        >
          <span>
            Say “<bdi lang={patient.language}>{hello}</bdi>”
          </span>
        </button>
        {play}
      </p>
    </EmptyNotice>
  );
}
