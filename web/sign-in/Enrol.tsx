import { Alert, Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { session } from '../api.ts';
import { codeOf } from '../request.ts';
import { sessionKey } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { ErrorState, SkeletonRows } from '../ui/States.tsx';
import { Front } from './Front.tsx';
import { canUsePasskeys, makePasskey, passkeyCode } from './passkey.ts';

/** The token stands after the `#`, which no server sees; once read, it leaves the address and the history too. */
function takeToken(): string {
  const token = window.location.hash.slice(1);
  if (token !== '') window.history.replaceState(null, '', window.location.pathname);
  return token;
}

/** A new member of staff makes a passkey, with the one-time link that they were given. */
export function Enrol() {
  useDocumentTitle(t('app.title', { screen: t('enrol.title') }));
  const [token] = useState(takeToken);
  return (
    <Front>
      <h1>{t('enrol.title')}</h1>
      {token === '' ? <NoLink code="LINK_USED" /> : <Invited token={token} />}
    </Front>
  );
}

function Invited({ token }: { readonly token: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const start = useQuery({
    queryKey: ['enrol'],
    queryFn: () => session.enrolStart(token),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const finish = useMutation({
    mutationFn: async () => {
      // A challenge that was tried once is used up; the next try asks for another.
      const fresh = finish.failureCount === 0 && start.data ? start.data : await session.enrolStart(token);
      await makePasskey(fresh.challengeId, fresh.options);
    },
    onSuccess: async () => {
      client.removeQueries({ queryKey: sessionKey });
      await navigate({ to: '/', replace: true });
    },
  });
  if (start.isPending) return <SkeletonRows rows={2} />;
  if (start.isError) {
    const code = codeOf(start.error);
    if (code === 'LINK_USED') return <NoLink code={code} />;
    return <ErrorState error={start.error} onRetry={() => void start.refetch()} />;
  }
  const { practice, name, role } = start.data;
  return (
    <div className="ways">
      <p>{t('enrol.welcome', { name, practice, role: tCode('role', role) })}</p>
      <p className="soft">{t('enrol.about')}</p>
      {finish.isError && (
        <Alert color="danger" icon={<Icon name="warning" />} role="alert">
          {tCode('signIn.error', passkeyCode(finish.error))}
        </Alert>
      )}
      <Button
        leftSection={<Icon name="key" />}
        loading={finish.isPending}
        disabled={!canUsePasskeys()}
        onClick={() => finish.mutate()}
      >
        {t('enrol.make')}
      </Button>
      {!canUsePasskeys() && <p className="soft small">{t('signIn.noPasskeys')}</p>}
    </div>
  );
}

function NoLink({ code }: { readonly code: string }) {
  return (
    <div className="ways">
      <p>{tCode('error', code)}</p>
      <p className="soft">{t('enrol.noLink')}</p>
      <Link to="/sign-in">{t('signIn.title')}</Link>
    </div>
  );
}
