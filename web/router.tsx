import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queryClient } from './query-client.ts';
import { type Screen, screens } from './routes.tsx';
import { sessionKnown } from './session/ended.ts';
import { askForSession, sessionKey } from './session/session.ts';
import { BrokenScreen, NoSuchScreen } from './shell/Broken.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NoSuchScreen,
  errorComponent: BrokenScreen,
});

/** Who is not signed in is led to the sign-in, and back afterwards. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  notFoundComponent: NoSuchScreen,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData({
      queryKey: sessionKey,
      queryFn: ({ signal }) => askForSession(signal),
    });
    if (session !== null) sessionKnown();
    else throw redirect({ to: '/sign-in', search: { to: location.pathname } });
    return { session };
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: ({ context }) => {
    const first = screens.find(({ action }) => context.session.allowed.includes(action));
    if (first !== undefined) throw redirect({ to: first.path, replace: true });
  },
  component: NoSuchScreen,
});

function screenRoute(screen: Screen) {
  const route = createRoute({
    getParentRoute: () => shell,
    path: screen.path,
    component: screen.component,
    // To whom it is closed it is not there; the server would refuse what it asks for anyway. Said by the loader: what
    // is thrown earlier takes the place of the whole page, navigation and all.
    loader: ({ context }) => {
      if (!context.session.allowed.includes(screen.action)) throw notFound();
    },
    notFoundComponent: NoSuchScreen,
  });
  const inner = (screen.inner ?? []).map(({ path, component }) =>
    createRoute({ getParentRoute: () => route, path, component }),
  );
  return inner.length === 0 ? route : route.addChildren(inner);
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./sign-in/SignIn.tsx'), 'SignIn'),
});

const enrol = createRoute({
  getParentRoute: () => root,
  path: '/enrol',
  component: lazyRouteComponent(() => import('./sign-in/Enrol.tsx'), 'Enrol'),
});

export const router = createRouter({
  routeTree: root.addChildren([shell.addChildren([home, ...screens.map(screenRoute)]), signIn, enrol]),
  defaultPreload: false,
  defaultErrorComponent: BrokenScreen,
  // Lists keep their own place.
  scrollRestoration: false,
});
