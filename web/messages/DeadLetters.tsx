import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { failures } from '../api.ts';
import { useLiveQuery } from '../live.ts';
import { useAllowed } from '../session/session.ts';
import { codeWords, hasText, t, tCode } from '../texts/t.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { Icon } from '../ui/Icon.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type DeadLetter, redriveRequests, subjectsOf } from './redrive.ts';

const queryKey = ['dead-letters'] as const;

/** Milliseconds. Nothing tells of a dead letter itself; where much happens, it is looked for now and then. */
const gatherMs = 5_000;

/** Work that failed for good, and another try for it. */
export function DeadLetters() {
  // Not told of, so looked for whenever the list is opened.
  const query = useQuery({ queryKey, queryFn: ({ signal }) => failures.deadLetters(signal), staleTime: 0 });
  useLiveQuery(queryKey, (event) => event.type === 'failures' || event.type === 'figures', gatherMs);
  if (query.data === undefined) {
    if (query.isPending) return <SkeletonRows />;
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Letters letters={query.data.letters} />;
}

function Letters({ letters }: { readonly letters: readonly DeadLetter[] }) {
  const mayRedrive = useAllowed()('RedriveDeadLetters');
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [isAsked, setAsked] = useState(false);
  // What is gone from the list is no longer chosen, whoever took it.
  const chosen = letters.filter(({ jobId }) => marked.has(jobId));
  const redrive = useRedrive(() => {
    setAsked(false);
    setMarked(new Set());
  });
  const mark = (jobId: string) =>
    setMarked((before) =>
      before.has(jobId) ? new Set([...before].filter((id) => id !== jobId)) : new Set(before).add(jobId),
    );
  const isAll = letters.length > 0 && chosen.length === letters.length;
  return (
    <>
      <div className="letters-bar">
        {mayRedrive && letters.length > 0 && (
          <>
            <Checkbox
              label={t(isAll ? 'messages.unmarkAll' : 'messages.markAll')}
              checked={isAll}
              indeterminate={chosen.length > 0 && !isAll}
              onChange={() => setMarked(new Set(isAll ? [] : letters.map(({ jobId }) => jobId)))}
            />
            <Button
              size="xs"
              disabled={chosen.length === 0}
              leftSection={<Icon name="refresh" />}
              onClick={() => {
                redrive.reset();
                setAsked(true);
              }}
            >
              {chosen.length === 0
                ? t('messages.redrive')
                : t('messages.redriveCount', { count: chosen.length })}
            </Button>
          </>
        )}
        <p role="status" className="small">
          {redrive.data && resultWords(redrive.data)}
        </p>
      </div>
      {letters.length === 0 && (
        <EmptyState icon="check" title={t('messages.lettersEmpty')}>
          {t('messages.lettersEmptyAbout')}
        </EmptyState>
      )}
      <ul className="letters">
        {letters.map((letter) => (
          <Letter
            key={letter.jobId}
            letter={letter}
            isMarked={marked.has(letter.jobId)}
            {...(mayRedrive ? { onMark: mark } : {})}
          />
        ))}
      </ul>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('messages.redriveTitle', { count: chosen.length })}
        act={t('messages.redrive')}
        onAct={() => redrive.mutate(chosen)}
        isBusy={redrive.isPending}
        error={redrive.error}
      >
        {t('messages.redriveAbout')}
      </Confirm>
    </>
  );
}

type Result = { readonly asked: number; readonly redriven: number };

function useRedrive(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (letters: readonly DeadLetter[]): Promise<Result> => {
      let redriven = 0;
      for (const each of redriveRequests(letters)) redriven += (await failures.redrive(each)).redriven;
      return { asked: letters.length, redriven };
    },
    onSuccess: onDone,
    // Also where only some of it succeeded.
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

function resultWords({ asked, redriven }: Result): string {
  const gone = asked - redriven;
  const done = t('messages.redriven', { count: redriven });
  return gone === 0 ? done : `${done} ${t('messages.redrivenGone', { count: gone })}`;
}

/** What whoever looks after Vestibule does not know by its code, nobody else does. */
function codeSays(code: string | null): string {
  if (code === null) return t('messages.noCode');
  return hasText(`jobCode.${code}`) ? tCode('jobCode', code) : t('messages.otherCode');
}

type LetterProps = {
  readonly letter: DeadLetter;
  readonly isMarked: boolean;
  readonly onMark?: (jobId: string) => void;
};

function Letter({ letter, isMarked, onMark }: LetterProps) {
  const { queue, jobId, code, failedAt } = letter;
  const what = tCode('queue', queue);
  return (
    <li className="letter" data-testid="dead-letter">
      {onMark && (
        <Checkbox
          checked={isMarked}
          onChange={() => onMark(jobId)}
          aria-label={t('messages.mark', { what })}
          aria-describedby={`letter-${jobId}`}
        />
      )}
      <div className="letter-words" id={`letter-${jobId}`}>
        <p className="failure-who">{what}</p>
        <p>
          {codeSays(code)}
          {code !== null && <code title={t('messages.code')}>{code}</code>}
        </p>
        <dl className="letter-ids small soft">
          {subjectsOf(letter).map(({ name, value }) => (
            <div key={name}>
              <dt>{codeWords(name.replace(/Ids?$/, ''))}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <p className="failure-when soft small">
        <Time at={failedAt} />
      </p>
    </li>
  );
}
