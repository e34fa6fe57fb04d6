import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { ConversationDetail } from '#handoff/contract.ts';
import { conversations } from '../api.ts';
import { now, useNow } from '../clock.ts';
import { codeOf } from '../request.ts';
import { useAllowed } from '../session/session.ts';
import { isMac } from '../shell/platform.ts';
import { isStroke, keyNames, shortcuts } from '../shell/shortcuts.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t } from '../texts/t.ts';
import { languageName } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { CannedDialog } from './CannedDialog.tsx';
import './composer.css';
import { ComposerNotice } from './ComposerNotice.tsx';
import {
  type ComposerState,
  charsLeft,
  composerState,
  isRenewalDue,
  maxNoteChars,
  maxReplyChars,
} from './composer-state.ts';
import { setDraft, setLost, useDesk } from './drafts.ts';
import { Templates } from './Templates.tsx';
import { say, type useActs } from './use-acts.ts';

type Props = {
  readonly id: string;
  readonly detail: ConversationDetail;
  readonly contentMode: string | undefined;
  readonly acts: ReturnType<typeof useActs>;
};

/** Where one writes: to the patient, or a note for colleagues. What was typed stays, whatever happens around it. */
export function Composer({ id, detail, contentMode, acts }: Props) {
  const mayAnswer = useAllowed()('AnswerConversation');
  const state = composerState(detail, useNow(), mayAnswer);
  const { draft, lost } = useDesk(id);
  const input = useRef<HTMLTextAreaElement>(null);
  const [isChoosing, setChoosing] = useState(false);
  const mayReply = state.is === 'free';
  useLoss(id, detail.lease, draft.reply !== '');
  const write = (mode: 'reply' | 'note') => {
    // At once: what is typed next belongs there. And again: a dialog that closes gives the focus back to where it was.
    flushSync(() => setDraft(id, { mode }));
    input.current?.focus();
    requestAnimationFrame(() => input.current?.focus());
  };
  useShortcuts({
    reply: () => write('reply'),
    note: () => mayAnswer && write('note'),
    canned: () => mayReply && setChoosing(true),
  });
  if (!mayAnswer) return null;
  const isNote = draft.mode === 'note';
  return (
    <section className="composer" data-mode={draft.mode} aria-label={t('composer.label')}>
      <div className="composer-bar">
        <SegmentedControl
          size="xs"
          aria-label={t('composer.mode')}
          value={draft.mode}
          onChange={(mode) => write(mode === 'note' ? 'note' : 'reply')}
          data={[
            { value: 'reply', label: t('composer.reply') },
            { value: 'note', label: t('composer.note') },
          ]}
        />
        {isNote ? (
          <p className="small composer-hint">{t('composer.noteAbout')}</p>
        ) : (
          contentMode !== undefined &&
          contentMode !== 'open' &&
          mayReply && <p className="small composer-hint">{t('composer.noHealth')}</p>
        )}
      </div>
      {!isNote && <ComposerNotice state={state} lost={lost} acts={acts} lease={detail.lease} />}
      {!isNote && state.is === 'template-only' ? (
        <Templates id={id} templates={detail.templates} token={state.token} draft={draft.reply} />
      ) : (
        <Writing
          key={draft.mode}
          id={id}
          state={state}
          language={detail.row.language}
          input={input}
          onCanned={() => setChoosing(true)}
        />
      )}
      <CannedDialog
        id={id}
        opened={isChoosing}
        onClose={() => setChoosing(false)}
        onChoose={(text) => {
          setDraft(id, { reply: draft.reply === '' ? text : `${draft.reply}\n${text}` });
          write('reply');
        }}
      />
    </section>
  );
}

type WritingProps = {
  readonly id: string;
  readonly state: ComposerState;
  readonly language: string | null;
  readonly input: React.RefObject<HTMLTextAreaElement | null>;
  readonly onCanned: () => void;
};

function Writing({ id, state, language, input, onCanned }: WritingProps) {
  const { draft } = useDesk(id);
  const { mode } = draft;
  const isNote = mode === 'note';
  const text = draft[mode];
  const max = isNote ? maxNoteChars : maxReplyChars;
  const left = charsLeft(text, max);
  const token = state.is === 'free' ? state.token : undefined;
  const maySay = isNote || token !== undefined;
  const signOfLife = useSignOfLife(id, token);
  const maySend = maySay && text.trim() !== '' && (left === undefined || left >= 0);
  const send = () => {
    if (!maySend) return;
    setDraft(id, { [mode]: '' });
    say(id, { kind: mode, text: text.trim() }, token);
    input.current?.focus();
  };
  // Without the right to send there is nothing to type into; what was typed before stays in sight.
  if (!maySay && text === '') return null;
  return (
    <div className="composer-write">
      <Textarea
        ref={input}
        autosize
        minRows={2}
        maxRows={8}
        value={text}
        readOnly={!maySay}
        dir="auto"
        aria-label={isNote ? t('composer.note') : t('composer.reply')}
        placeholder={placeholder(isNote, language)}
        onChange={(event) => {
          setDraft(id, { [mode]: event.currentTarget.value });
          signOfLife();
        }}
        onKeyDown={(event) => {
          if (!isStroke(shortcuts.send.keys, event)) return;
          event.preventDefault();
          send();
        }}
      />
      <div className="composer-buttons">
        {!isNote && (
          <Button
            variant="default"
            leftSection={<Icon name="canned" />}
            disabled={!maySay}
            onClick={onCanned}
            className="composer-canned"
          >
            {t('composer.canned')}
          </Button>
        )}
        <span className="composer-room soft small" role="status">
          {left !== undefined &&
            t(left < 0 ? 'composer.tooLong' : 'composer.room', { count: Math.abs(left) })}
        </span>
        <span className="composer-keys soft small" aria-hidden="true">
          {keyNames(shortcuts.send.keys, isMac).join(' ')}
        </span>
        <Button
          leftSection={<Icon name={isNote ? 'note' : 'send'} />}
          {...(isNote ? { color: 'warn' } : {})}
          disabled={!maySend}
          onClick={send}
        >
          {t(isNote ? 'composer.addNote' : 'composer.send')}
        </Button>
      </div>
    </div>
  );
}

function placeholder(isNote: boolean, language: string | null): string {
  if (isNote) return t('composer.notePlaceholder');
  return language === null
    ? t('composer.placeholder')
    : t('composer.placeholderIn', { language: languageName(language) });
}

/** Notes that a colleague has taken the conversation from under one's hands, so that it can be said why sending stopped. */
function useLoss(id: string, lease: ConversationDetail['lease'], isWriting: boolean): void {
  const wasMine = useRef(false);
  const isMine = lease?.mine === true;
  const isColleagues = lease !== null && !isMine;
  useEffect(() => {
    if (wasMine.current && isColleagues && isWriting) setLost(id, true);
    wasMine.current = isMine;
  }, [id, isMine, isColleagues, isWriting]);
}

/** Typing says that one is still there, so that the conversation is not given away meanwhile. */
function useSignOfLife(id: string, token: number | undefined): () => void {
  const renewed = useRef<number | undefined>(undefined);
  return () => {
    if (token === undefined || !isRenewalDue(renewed.current, now())) return;
    renewed.current = now();
    conversations.renew(id, token).catch((error: unknown) => {
      if (codeOf(error) === 'STALE_TOKEN' || codeOf(error) === 'LEASE_HELD') setLost(id, true);
      else renewed.current = undefined;
    });
  };
}
