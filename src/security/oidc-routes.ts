import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import { errorCode, errorPlace } from '#platform/log.ts';
import { addAudit } from './audit.ts';
import { cookiesFor, readCookie, setOidcCookie, setSessionCookie } from './cookies.ts';
import { practiceOf, type StaffDeps, type StaffPractice } from './deps.ts';
import { createOidcClient, type OidcClient, type OidcIdentity } from './oidc.ts';
import { keepLogin, loginMinutes, takeLogin } from './oidc-logins.ts';
import { findOidcPerson, upsertOidcPerson } from './people.ts';
import { hashSecret, newSecret, readBearer } from './secrets.ts';
import { endSessionsOf } from './sessions.ts';
import { attempt, beginSession, type SignedIn } from './sign-in.ts';

/** Where the identity provider sends the browser back to; to be registered there. */
export const callbackPath = '/api/oidc/callback';

/** The sign-in page, told by a word in the fragment that it did not work. */
const failedPage = '/#sign-in-failed';

const callbackUrl = (publicUrl: string) => `${publicUrl.replace(/\/$/, '')}${callbackPath}`;

function refusal(identity: OidcIdentity): string | undefined {
  if (identity.role === undefined) return 'NoRoleClaim';
  return identity.isStrong ? undefined : 'NoSecondFactor';
}

/** Opens the session, or ends all sessions of one whose provider no longer gives them a role. */
async function admitIdentity(
  tx: Tx,
  deps: StaffDeps,
  request: FastifyRequest,
  identity: OidcIdentity,
): Promise<SignedIn | undefined> {
  const { issuer, subject, name, role } = identity;
  const refused = refusal(identity);
  if (refused !== undefined || role === undefined) {
    const known = await findOidcPerson(tx, issuer, subject);
    if (known !== undefined && role === undefined) await endSessionsOf(tx, known.staffId, 'role-changed');
    await addAudit(tx, { who: known?.staffId ?? 'nobody', action: refused ?? 'SignIn', outcome: 'denied' });
    return undefined;
  }
  const before = await findOidcPerson(tx, issuer, subject);
  const person = await upsertOidcPerson(tx, { issuer, subject, name, role });
  if (!person.active) {
    await addAudit(tx, { who: person.staffId, role, action: 'SignIn', outcome: 'denied' });
    return undefined;
  }
  if (before !== undefined && before.role !== role) await endSessionsOf(tx, person.staffId, 'role-changed');
  return await beginSession(tx, deps, request, { staffId: person.staffId, way: 'oidc', action: 'SignIn' });
}

/** Signing in at the practice's own identity provider. */
export function oidcRoutes(app: FastifyInstance, deps: StaffDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const cookies = cookiesFor(deps.publicUrl);
  const clients = new Map<string, OidcClient>(
    deps.practices.flatMap(({ id, oidc }: StaffPractice) =>
      oidc === undefined ? [] : [[id, createOidcClient(oidc, callbackUrl(deps.publicUrl))] as const],
    ),
  );
  const open = { access: 'public' } as const;

  typed.get(
    '/api/oidc/:practiceId/start',
    { config: open, schema: { params: z.object({ practiceId: z.string().max(40) }) } },
    async (request, reply) => {
      const { practiceId } = request.params;
      const client = clients.get(practiceId);
      if (client === undefined) throw new HttpError('NOT_FOUND');
      await attempt(deps, request, practiceId, 'begin');
      const login = { state: `${practiceId}.${newSecret()}`, nonce: newSecret(), verifier: newSecret() };
      const url = await client.authorizationUrl(login).catch((error: unknown) => {
        deps.log.warn('identity provider unreachable', { practiceId, code: errorCode(error) });
        throw new HttpError('UNAVAILABLE');
      });
      const browser = newSecret();
      const { state, nonce, verifier } = login;
      await deps.db.tx(practiceId, (tx) =>
        keepLogin(tx, { stateHash: hashSecret(state), browserHash: hashSecret(browser), nonce, verifier }),
      );
      setOidcCookie(reply, cookies, browser, loginMinutes * 60);
      return await reply.redirect(url.href, 303);
    },
  );
  typed.get(callbackPath, { config: open }, async (request, reply) => {
    const signedIn = await finishLogin(deps, clients, request);
    setOidcCookie(reply, cookies, '', 0);
    return await goOn(reply, signedIn, () => {
      if (signedIn !== undefined) setSessionCookie(reply, cookies, signedIn.cookie);
    });
  });
}

/** The code in the address is used up, and no page of ours shows it: the browser is sent on at once. */
async function goOn(reply: FastifyReply, signedIn: SignedIn | undefined, before: () => void) {
  before();
  return await reply
    .header('cache-control', 'no-store')
    .redirect(signedIn === undefined ? failedPage : '/', 303);
}

async function finishLogin(
  deps: StaffDeps,
  clients: ReadonlyMap<string, OidcClient>,
  request: FastifyRequest,
): Promise<SignedIn | undefined> {
  const url = new URL(request.url, deps.publicUrl);
  const state = url.searchParams.get('state') ?? '';
  const practiceId = readBearer(state)?.practiceId ?? '';
  const client = clients.get(practiceId);
  if (client === undefined || practiceOf(deps, practiceId) === undefined) return undefined;
  const tried = await attempt(deps, request, practiceId, 'prove');
  const browser = readCookie(request, cookiesFor(deps.publicUrl).oidc) ?? '';
  const login = await deps.db.tx(practiceId, (tx) => takeLogin(tx, hashSecret(state), hashSecret(browser)));
  const target = new URL(`${callbackUrl(deps.publicUrl)}${url.search}`);
  const identity = login && (await identify(deps, client, practiceId, target, { state, ...login }));
  if (identity === undefined) {
    await deps.db.tx(practiceId, (tx) =>
      addAudit(tx, { who: 'nobody', action: 'SignIn', outcome: 'denied' }),
    );
    return undefined;
  }
  return await deps.db.tx(practiceId, async (tx) => {
    const signedIn = await admitIdentity(tx, deps, request, identity);
    if (signedIn !== undefined) await tried.succeeded(tx);
    return signedIn;
  });
}

async function identify(
  deps: StaffDeps,
  client: OidcClient,
  practiceId: string,
  url: URL,
  login: { readonly state: string; readonly nonce: string; readonly verifier: string },
): Promise<OidcIdentity | undefined> {
  try {
    return await client.identify(url, login);
  } catch (error) {
    deps.log.warn('identity provider refused', {
      practiceId,
      code: errorCode(error),
      what: errorPlace(error),
    });
    return undefined;
  }
}
