import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { conversations } from '../api.ts';
import { t } from '../texts/t.ts';
import { Dialog, DialogButtons } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { ErrorState, SkeletonRows } from '../ui/States.tsx';

type Props = {
  readonly id: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onChoose: (text: string) => void;
};

/** Ready-made replies, filled in for this patient; each is read before it is used. */
export function CannedDialog(props: Props) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('canned.title')} wide>
      <Replies {...props} />
    </Dialog>
  );
}

/** The list comes later than the dialog, which has then given the focus to something else. */
function focusOnMount(input: HTMLInputElement | null): void {
  input?.focus();
}

function Replies({ id, onClose, onChoose }: Props) {
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const query = useQuery({
    queryKey: ['conversation', id, 'canned'],
    queryFn: ({ signal }) => conversations.canned(id, signal),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other words, another first reply
  useEffect(() => setActive(0), [text]);
  if (query.isPending) return <SkeletonRows rows={3} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const wanted = text.trim().toLowerCase();
  const replies = query.data.replies.filter((reply) =>
    `${reply.title} ${reply.text}`.toLowerCase().includes(wanted),
  );
  const chosen = replies[active];
  const use = () => {
    if (chosen === undefined) return;
    onClose();
    onChoose(chosen.text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') use();
    else if (step === undefined || replies.length === 0) return;
    else setActive((active + step + replies.length) % replies.length);
    event.preventDefault();
  };
  if (query.data.replies.length === 0) return <p className="soft">{t('canned.none')}</p>;
  return (
    <>
      <TextInput
        ref={focusOnMount}
        leftSection={<Icon name="search" />}
        placeholder={t('canned.search')}
        aria-label={t('canned.search')}
        role="combobox"
        aria-expanded={replies.length > 0}
        aria-controls={listId}
        aria-activedescendant={chosen && `${listId}-${chosen.id}`}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div className="canned">
        <div id={listId} role="listbox" aria-label={t('canned.title')} className="canned-list">
          {replies.map((reply, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
            <div
              key={reply.id}
              id={`${listId}-${reply.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="canned-option"
              onClick={() => setActive(index)}
              onDoubleClick={use}
            >
              {reply.title}
            </div>
          ))}
        </div>
        <div className="canned-preview" aria-live="polite">
          {chosen ? <PatientText text={chosen.text} /> : <p className="soft">{t('canned.nothing')}</p>}
        </div>
      </div>
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button onClick={use} disabled={chosen === undefined}>
          {t('canned.use')}
        </Button>
      </DialogButtons>
    </>
  );
}
