import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The cookies of staff. With https their names begin with `__Host-`: the browser then takes them from this very host only, so a
 * neighbour under the same domain cannot plant one.
 */
export type Cookies = {
  /** The session cookie's name. */
  readonly session: string;
  /** Holds a sign-in together while it is at the identity provider. */
  readonly oidc: string;
  readonly secure: boolean;
};

export function cookiesFor(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https:');
  const name = (base: string) => (secure ? `__Host-${base}` : base);
  return {
    session: secure ? '__Host-vestibule' : 'vestibule-session',
    oidc: name('vestibule-oidc'),
    secure,
  };
}

/** The value of a cookie. A name that is sent twice gives nothing: which of the two is ours, nobody can say. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  const pairs = request.headers.cookie?.split(';') ?? [];
  const sent = pairs.filter((pair) => pair.split('=')[0]?.trim() === name);
  return sent.length === 1 ? request.cookies[name] : undefined;
}

const sessionOptions = ({ secure }: Cookies) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure }) as const;

/** Lives until the browser is closed, or until its row ends. */
export function setSessionCookie(reply: FastifyReply, cookies: Cookies, value: string): void {
  reply.setCookie(cookies.session, value, sessionOptions(cookies));
}

export function clearSessionCookie(reply: FastifyReply, cookies: Cookies): void {
  reply.setCookie(cookies.session, '', { ...sessionOptions(cookies), maxAge: 0 });
}

/**
 * `lax`, because the identity provider sends the browser back from another site.
 * @param maxAge seconds; 0 takes it away
 */
export function setOidcCookie(reply: FastifyReply, cookies: Cookies, value: string, maxAge: number): void {
  reply.setCookie(cookies.oidc, value, { ...sessionOptions(cookies), sameSite: 'lax', maxAge });
}
