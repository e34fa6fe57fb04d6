import { Notifications } from '@mantine/notifications';
import { Outlet, useRouteContext, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useLiveStream } from '../live.ts';
import { useSessionEnded } from '../session/ended.ts';
import { SessionProvider } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Header } from './Header.tsx';
import { Jump } from './Jump.tsx';
import { Nav } from './Nav.tsx';
import { SignInAgain } from './SignInAgain.tsx';
import './shell.css';
import { useShortcuts } from './use-shortcuts.ts';

const KeysHelp = lazy(async () => ({ default: (await import('./KeysHelp.tsx')).KeysHelp }));

/** What stands around every screen: who and where one is, what else there is, whether it is live. */
export function Shell() {
  // Set by the route that shows this component; it lets nobody in without.
  const { session } = useRouteContext({ from: '/shell' });
  const [open, setOpen] = useState<'jump' | 'keys' | undefined>();
  const hasEnded = useSessionEnded();
  useLiveStream(!hasEnded);
  useFocusOnNewScreen();
  useShortcuts({ jump: () => setOpen('jump'), help: () => setOpen('keys') });
  const close = () => setOpen(undefined);
  return (
    <SessionProvider value={session}>
      <div className="shell">
        <a className="shell-skip" href="#screen">
          {t('shell.skip')}
        </a>
        <Header onJump={() => setOpen('jump')} onKeys={() => setOpen('keys')} />
        <Nav />
        <main id="screen" className="shell-screen" tabIndex={-1}>
          <Outlet />
          <Notifications position="top-center" limit={3} withinPortal={false} />
        </main>
      </div>
      <Jump opened={open === 'jump'} onClose={close} />
      <Suspense>{open === 'keys' && <KeysHelp onClose={close} />}</Suspense>
      <SignInAgain opened={hasEnded} />
    </SessionProvider>
  );
}

/** After going to another screen, the reader starts at its title, not at the link that is gone. */
function useFocusOnNewScreen(): void {
  const screen = useRouterState({ select: ({ location }) => location.pathname.split('/')[1] });
  const isFirst = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of screen that moves the focus
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const title = document.querySelector<HTMLElement>('[data-screen-title]');
    (title ?? document.getElementById('screen'))?.focus();
  }, [screen]);
}
