import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';

/** An OpenID provider on loopback that says whatever a test wants: what a hostile or a broken one might. */
export type Forgery = {
  /** Changes to the ID token's claims; `undefined` takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** How the ID token is signed; default properly. */
  readonly signed?: 'none' | 'by another key' | 'with the client secret' | 'not at all';
  /** What `/userinfo` says. */
  readonly userinfo?: Readonly<Record<string, unknown>>;
  /** Changes to the provider's description of itself. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The token endpoint sends on to this address instead of answering. */
  readonly redirectTo?: string;
};

export type ForgingProvider = {
  readonly issuer: string;
  /** What it says from now on. */
  readonly say: (forgery: Forgery) => void;
  /** Notes what the browser was sent with, as the authorization endpoint would. */
  readonly authorize: (url: URL) => { readonly code: string; readonly state: string };
  /** Codes that the token endpoint was asked for. */
  readonly redeemed: readonly string[];
  readonly stop: () => Promise<void>;
};

export const clientId = 'vestibule';
export const clientSecret = 'a client secret that is long enough for HS256';

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function answer(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

export async function startForgingProvider(): Promise<ForgingProvider> {
  const own = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const publicKey = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  let forgery: Forgery = {};
  let nonce = '';
  let codes = 0;
  const redeemed: string[] = [];

  function sign(claims: Record<string, unknown>): Promise<string> | string | undefined {
    const header = { alg: 'RS256', kid: 'k1' };
    switch (forgery.signed) {
      case 'none':
        return new UnsecuredJWT(claims).encode();
      case 'by another key':
        return new SignJWT(claims).setProtectedHeader(header).sign(other.privateKey);
      case 'with the client secret':
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(clientSecret));
      case 'not at all':
        return undefined;
      default:
        return new SignJWT(claims).setProtectedHeader(header).sign(own.privateKey);
    }
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    redeemed.push((await readBody(request)).get('code') ?? '');
    if (forgery.redirectTo !== undefined) {
      response.writeHead(307, { location: forgery.redirectTo }).end();
      return;
    }
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: issuer, sub: 'subject-1', aud: clientId, exp: now + 300, iat: now, nonce };
    const claims = Object.entries({ ...standard, name: 'Jo Almeida', groups: ['desk'], ...forgery.claims });
    const idToken = await sign(Object.fromEntries(claims.filter(([, value]) => value !== undefined)));
    const tokens = { access_token: 'access', token_type: 'Bearer', expires_in: 300 };
    answer(response, { ...tokens, ...(idToken === undefined ? {} : { id_token: idToken }) });
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    if (pathname === '/token') return void token(request, response);
    if (pathname === '/jwks') return answer(response, { keys: [publicKey] });
    if (pathname === '/userinfo') return answer(response, { sub: 'subject-1', ...forgery.userinfo });
    return answer(response, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      ...forgery.metadata,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  return {
    issuer,
    redeemed,
    say: (next) => {
      forgery = next;
    },
    authorize: (url) => {
      nonce = url.searchParams.get('nonce') ?? '';
      codes += 1;
      return { code: `code-${codes}`, state: url.searchParams.get('state') ?? '' };
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
