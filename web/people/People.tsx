import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { people } from '../api.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { ErrorState, SkeletonRows } from '../ui/States.tsx';
import { Acts } from './Acts.tsx';
import { Invite } from './Invite.tsx';
import { PersonRow } from './PersonRow.tsx';
import './people.css';
import { type Act, inOrder, type StaffMember } from './refusal.ts';

export const peopleKey = ['people'] as const;

/** Who works here, what they may do, and how they get in. */
export function People() {
  const query = useQuery({ queryKey: peopleKey, queryFn: ({ signal }) => people.list(signal) });
  const [isInviting, setInviting] = useState(false);
  const [act, setAct] = useState<{ readonly what: Act; readonly staffId: string } | undefined>();
  const all: readonly StaffMember[] = query.data?.staff ?? [];
  const person = all.find(({ staffId }) => staffId === act?.staffId);
  return (
    <>
      <PageHeader title={t('nav.people')} about={t('people.about')}>
        <Button leftSection={<Icon name="plus" />} onClick={() => setInviting(true)}>
          {t('people.invite')}
        </Button>
      </PageHeader>
      {query.isPending && <SkeletonRows />}
      {query.isLoadingError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      <ul className="people">
        {inOrder(all).map((each) => (
          <PersonRow
            key={each.staffId}
            person={each}
            onAct={(what) => setAct({ what, staffId: each.staffId })}
          />
        ))}
      </ul>
      {isInviting && <Invite onClose={() => setInviting(false)} />}
      {act && person && (
        <Acts
          key={`${act.what} ${act.staffId}`}
          act={act.what}
          person={person}
          onClose={() => setAct(undefined)}
        />
      )}
    </>
  );
}
