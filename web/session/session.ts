import { createContext, useContext } from 'react';
import type { SessionAnswer, StaffAction } from '#security/contract.ts';
import { session } from '../api.ts';
import { ApiError } from '../request.ts';

export const sessionKey = ['session'] as const;

/** Who is signed in here; null where nobody is. Asked once: asking often would keep a session alive that nobody uses. */
export async function askForSession(signal?: AbortSignal): Promise<SessionAnswer | null> {
  try {
    return await session.current(signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return null;
    throw error;
  }
}

const SessionContext = createContext<SessionAnswer | undefined>(undefined);

export const SessionProvider = SessionContext.Provider;

/** Who is signed in; only below the shell, where somebody always is. */
export function useSession(): SessionAnswer {
  const current = useContext(SessionContext);
  if (current === undefined) throw new Error('no session here');
  return current;
}

/** What the signed-in person may do. The server decides again each time. */
export function useAllowed(): (action: StaffAction) => boolean {
  const { allowed } = useSession();
  return (action) => allowed.includes(action);
}

/** The practice's IANA zone; the browser's own before anybody has signed in. */
export function useZone(): string {
  const current = useContext(SessionContext);
  return current?.practice.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
