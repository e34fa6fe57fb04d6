import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from 'openid-client';
import { z } from 'zod';
import type { HttpRequest } from '#kernel/http.ts';
import { createEgress } from '#platform/egress.ts';
import { isStaffRole } from './authorize.ts';
import type { StaffRole } from './contract.ts';
import type { OidcSettings } from './deps.ts';

/**
 * The practice's identity provider. What the library checks by itself: state, nonce, PKCE, issuer (also `iss` of the answer),
 * audience, expiry; and, because we ask for it, the ID token's signature by the provider's published keys, so that an
 * unsigned one does not pass.
 */
export type OidcClient = {
  /** Where to send the browser. */
  readonly authorizationUrl: (login: {
    readonly state: string;
    readonly nonce: string;
    readonly verifier: string;
  }) => Promise<URL>;
  /**
   * What the provider says of who came back.
   * @param url as the browser was sent to us, under `PUBLIC_URL`
   * @throws where anything does not hold
   */
  readonly identify: (
    url: URL,
    login: { readonly state: string; readonly nonce: string; readonly verifier: string },
  ) => Promise<OidcIdentity>;
};

export type OidcIdentity = {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  /** What the claim makes of them; undefined where they have no role here. */
  readonly role: StaffRole | undefined;
  /** Whether a second factor was proven as the practice demands. */
  readonly isStrong: boolean;
};

const callTimeoutMs = 10_000;
const maxAnswerBytes = 512 * 1024;

/** Milliseconds after which the provider's description is fetched anew. */
const freshMs = 3_600_000;

const loopback = ['localhost', '127.0.0.1', '[::1]'];

const knownMethods = ['GET', 'POST'] as const;

/** The library's calls go through the one client for calls to the outside: to the issuer's origin, without redirects, with an end. */
function fetchVia(issuer: URL): CustomFetch {
  const egress = createEgress({
    allow: [issuer.origin],
    timeoutMs: callTimeoutMs,
    maxResponseBytes: maxAnswerBytes,
  });
  return async (url, { method, headers, body }) => {
    const known = knownMethods.find((each) => each === method);
    if (known === undefined) throw new Error('identity provider: an unexpected method');
    const request: HttpRequest = {
      method: known,
      url,
      headers,
      ...(body === null || body === undefined ? {} : { body: String(body) }),
    };
    const result = await egress.send(request);
    if (result.kind !== 'response') throw new Error(`identity provider: ${result.code}`);
    const { status, headers: answered, body: text } = result.response;
    const hasBody = ![204, 205, 304].includes(status);
    return new Response(hasBody ? text : null, { status, headers: withoutCoding(answered) });
  };
}

/** The body has been decompressed and read: these would describe what it was. */
const withoutCoding = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['content-encoding', 'content-length'].includes(name)),
  );

async function discover(settings: OidcSettings): Promise<Configuration> {
  const issuer = new URL(settings.issuer);
  const isPlain = issuer.protocol === 'http:';
  if (isPlain && !loopback.includes(issuer.hostname)) throw new Error('identity provider: https is needed');
  const config = await discovery(issuer, settings.clientId, settings.clientSecret, undefined, {
    [customFetch]: fetchVia(issuer),
    execute: isPlain ? [allowInsecureRequests] : [],
    timeout: callTimeoutMs / 1000,
  });
  enableNonRepudiationChecks(config);
  return config;
}

const stringOrList = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** The first value of the claim that the practice maps to a role. */
function roleOf(settings: OidcSettings, claim: unknown): StaffRole | undefined {
  const values = stringOrList.safeParse(claim);
  for (const value of values.success ? values.data : []) {
    const role = Object.hasOwn(settings.roles, value) ? settings.roles[value] : undefined;
    if (role !== undefined && isStaffRole(role)) return role;
  }
  return undefined;
}

function isStrong(settings: OidcSettings, claims: Readonly<Record<string, unknown>>): boolean {
  if (settings.acr.length === 0) return true;
  const proven = [claims.acr, claims.amr].flatMap((claim) => stringOrList.safeParse(claim).data ?? []);
  return proven.some((value) => settings.acr.includes(value));
}

const nameClaim = z.string().trim().min(1);

function nameOf(claims: Readonly<Record<string, unknown>>): string {
  const names = [claims.name, claims.preferred_username].map((claim) => nameClaim.safeParse(claim).data);
  return (names.find((name) => name !== undefined) ?? 'Staff').slice(0, 80);
}

/**
 * Makes the client of a practice's provider. The provider is asked for its description at the first sign-in, so that one which is
 * down does not hold up the start.
 * @param redirectUri where the provider sends the browser back to; registered there
 */
export function createOidcClient(settings: OidcSettings, redirectUri: string): OidcClient {
  let known: { readonly config: Configuration; readonly at: number } | undefined;
  const configuration = async (): Promise<Configuration> => {
    if (known === undefined || performance.now() - known.at > freshMs) {
      known = { config: await discover(settings), at: performance.now() };
    }
    return known.config;
  };
  return {
    async authorizationUrl({ state, nonce, verifier }) {
      return buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: ['openid', ...(settings.scopes ?? ['profile'])].join(' '),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(settings.acr.length === 0 ? {} : { acr_values: settings.acr.join(' ') }),
      });
    },
    async identify(url, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (idToken === undefined) throw new Error('identity provider: no ID token');
      // Some providers put what they know of a person into the token, some only tell it when asked.
      const isAsked = idToken[settings.roleClaim] === undefined && config.serverMetadata().userinfo_endpoint;
      const asked = isAsked ? await fetchUserInfo(config, tokens.access_token, idToken.sub) : {};
      // Who it is and how they proved it, the signed token alone says.
      const claims: Readonly<Record<string, unknown>> = { ...asked, ...idToken };
      return {
        issuer: idToken.iss,
        subject: idToken.sub,
        name: nameOf(claims),
        role: roleOf(settings, claims[settings.roleClaim]),
        isStrong: isStrong(settings, idToken),
      };
    },
  };
}
