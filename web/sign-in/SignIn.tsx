import { useDocumentTitle } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { sessionKey } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Front } from './Front.tsx';
import { SignInWays } from './SignInWays.tsx';
import { wayBack } from './way-back.ts';

/** The first page of who is not signed in. */
export function SignIn() {
  useDocumentTitle(t('app.title', { screen: t('signIn.title') }));
  const client = useQueryClient();
  const navigate = useNavigate();
  const to = wayBack(useSearch({ strict: false }));
  const onSignedIn = useCallback(async () => {
    client.removeQueries({ queryKey: sessionKey });
    await navigate({ to, replace: true });
  }, [client, navigate, to]);
  return (
    <Front>
      <h1>{t('signIn.title')}</h1>
      <SignInWays onSignedIn={onSignedIn} />
    </Front>
  );
}
