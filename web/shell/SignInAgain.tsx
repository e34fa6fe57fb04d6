import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect } from 'react';
import { sessionReturned } from '../session/ended.ts';
import { askForSession, sessionKey, useSession } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { SkeletonRows } from '../ui/States.tsx';

/** Rarely needed here, so not part of what every page loads. */
const SignInWays = lazy(async () => ({ default: (await import('../sign-in/SignInWays.tsx')).SignInWays }));

/**
 * The session has ended while somebody was at work: the page stays as it is below, and goes on where it was when the same person
 * signs in again. Somebody else gets a fresh page.
 */
export function SignInAgain({ opened }: { readonly opened: boolean }) {
  return (
    <Dialog opened={opened} title={t('signIn.again')}>
      {opened && <Again />}
    </Dialog>
  );
}

function Again() {
  const { staff, practice } = useSession();
  const client = useQueryClient();
  const look = useCallback(async () => {
    const now = await askForSession().catch(() => null);
    if (now === null) return;
    if (now.staff.staffId !== staff.staffId || now.practice.id !== practice.id) {
      window.location.assign('/');
      return;
    }
    client.setQueryData(sessionKey, now);
    sessionReturned();
    await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
  }, [client, staff.staffId, practice.id]);
  useEffect(() => {
    // They may have signed in beside this page: in another tab, or in the window of the clinic's own sign-in.
    const onFocus = () => void look();
    window.addEventListener('focus', onFocus);
    return () => window.removeEventListener('focus', onFocus);
  }, [look]);
  return (
    <>
      <p className="soft sign-in-again">{t('signIn.againAbout', { name: staff.name })}</p>
      <Suspense fallback={<SkeletonRows rows={2} />}>
        <SignInWays practiceId={practice.id} staffId={staff.staffId} onSignedIn={look} beside />
      </Suspense>
    </>
  );
}
