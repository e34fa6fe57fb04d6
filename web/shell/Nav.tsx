import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { countsKey, inboxCounts } from '../inbox/inbox-query.ts';
import { useLiveQuery } from '../live.ts';
import { screens } from '../routes.tsx';
import { useAllowed } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';

/** The screens that one may see. */
export function Nav() {
  const allowed = useAllowed();
  // On a phone it steps aside for a screen within a screen, which has a way back of its own.
  const isDeep = useRouterState({ select: ({ location }) => location.pathname.split('/').length > 2 });
  return (
    <nav className="nav" aria-label={t('nav.label')} data-aside={isDeep || undefined}>
      <ul className="nav-list">
        {screens
          .filter(({ action }) => allowed(action))
          .map(({ path, label, icon }) => (
            <li key={path}>
              <Link to={path} className="nav-link" title={t(label)} activeProps={{ 'aria-current': 'page' }}>
                <Icon name={icon} size={20} />
                <span className="nav-word">{t(label)}</span>
                {path === '/inbox' && <Waiting />}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}

/** How many patients wait for a person. */
function Waiting() {
  // The inbox brings the numbers along itself.
  const isInboxShown = useRouterState({ select: ({ location }) => location.pathname.startsWith('/inbox') });
  const { data } = useQuery({
    queryKey: countsKey,
    queryFn: ({ signal }) => inboxCounts(signal),
    enabled: !isInboxShown,
  });
  useLiveQuery(countsKey, (event) => event.type === 'conversation');
  if (data === undefined || data.waiting === 0) return null;
  return (
    <span className="nav-count" data-urgent={data.top > 0 || undefined}>
      <span aria-hidden="true">{data.waiting > 99 ? '99+' : data.waiting}</span>
      <span className="visually-hidden">{t('nav.waiting', { count: data.waiting })}</span>
    </span>
  );
}
