import { lazyRouteComponent, type RouteComponent } from '@tanstack/react-router';
import type { StaffAction } from '#security/contract.ts';
import type { TextKey } from './texts/t.ts';
import type { IconName } from './ui/Icon.tsx';

/** A screen of the app: where it is, what one must be allowed to do to see it, and how it stands in the navigation. */
export type Screen = {
  readonly path: '/inbox' | '/today' | '/messages' | '/reports' | '/people' | '/audit' | '/settings';
  readonly action: StaffAction;
  readonly label: TextKey;
  readonly icon: IconName;
  /** Loaded when it is first opened. */
  readonly component: RouteComponent;
  /** Screens within it: shown beside or instead of it. */
  readonly inner?: readonly { readonly path: string; readonly component: RouteComponent }[];
};

/** In the order of the navigation. The first that one may see is where the app opens. */
export const screens: readonly Screen[] = [
  {
    path: '/inbox',
    action: 'ReadInbox',
    label: 'nav.inbox',
    icon: 'inbox',
    component: lazyRouteComponent(() => import('./inbox/Inbox.tsx'), 'Inbox'),
    inner: [
      {
        path: '$conversationId',
        component: lazyRouteComponent(() => import('./conversation/Conversation.tsx'), 'Conversation'),
      },
    ],
  },
  {
    path: '/today',
    action: 'ReadAppointments',
    label: 'nav.today',
    icon: 'calendar',
    component: lazyRouteComponent(() => import('./today/Today.tsx'), 'Today'),
  },
  {
    path: '/messages',
    action: 'ReadFailures',
    label: 'nav.messages',
    icon: 'message',
    component: lazyRouteComponent(() => import('./messages/Messages.tsx'), 'Messages'),
  },
  {
    path: '/reports',
    action: 'ReadFigures',
    label: 'nav.reports',
    icon: 'chart',
    component: lazyRouteComponent(() => import('./reports/Reports.tsx'), 'Reports'),
  },
  {
    path: '/people',
    action: 'ManageStaff',
    label: 'nav.people',
    icon: 'people',
    component: lazyRouteComponent(() => import('./people/People.tsx'), 'People'),
  },
  {
    path: '/audit',
    action: 'ReadAudit',
    label: 'nav.audit',
    icon: 'shield',
    component: lazyRouteComponent(() => import('./audit/Audit.tsx'), 'Audit'),
  },
  {
    path: '/settings',
    action: 'ReadChannels',
    label: 'nav.settings',
    icon: 'settings',
    component: lazyRouteComponent(() => import('./settings/Settings.tsx'), 'Settings'),
  },
];
