import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Tokens (JWT, RFC 7519) that a provider signs with a shared secret, checked with Node's own HMAC: a token comes with every delivery,
 * and by way of the asynchronous Web Crypto its check cost as much as storing the delivery. Every rule of RFC 7515 and 7519 that bears
 * on such a token is here, as `jose` has it; a test holds the two to the same answers.
 */

export type Claims = Readonly<Record<string, unknown>>;

export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

export type TokenRules = {
  /** Pinned: what the token says of itself only chooses among these. `none`, or a public key taken for a secret, cannot pass. */
  readonly algorithms: readonly HmacAlgorithm[];
  /** The current one, and the one that it replaces. An empty one would sign for anybody, and counts as none. */
  readonly secrets: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** How far two clocks may differ. */
  readonly toleranceSeconds: number;
  /** Where it is given, the token must say when it was made. */
  readonly maxAgeSeconds?: number;
  /** Claims that must be there. */
  readonly requires?: readonly string[];
};

const hashes: Readonly<Record<HmacAlgorithm, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/** Three parts of base64url: no padding, no white space. */
const tokenShape = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

const maxSecrets = 2;

/** The furthest that a date can be. */
const maxDateMs = 8.64e15;

/** The claims of a token that holds by all of the rules; undefined otherwise. Never throws. */
export function readToken(token: string, rules: TokenRules): Claims | undefined {
  // A time that is none would compare as neither too early nor too late.
  if (!(Math.abs(rules.nowMs) <= maxDateMs)) return undefined;
  const [, header = '', payload = '', signature = ''] = tokenShape.exec(token) ?? [];
  const algorithm = algorithmOf(header, rules.algorithms);
  if (algorithm === undefined || !isSigned(`${header}.${payload}`, signature, algorithm, rules.secrets)) {
    return undefined;
  }
  const claims = readPart(payload);
  return claims !== undefined && holds(claims, rules) ? claims : undefined;
}

/** `crit` names what a reader must understand, and there is nothing more that we do. */
function algorithmOf(header: string, allowed: readonly HmacAlgorithm[]): HmacAlgorithm | undefined {
  const said = readPart(header);
  if (said === undefined || said.crit !== undefined) return undefined;
  return allowed.find((algorithm) => algorithm === said.alg);
}

function isSigned(
  input: string,
  signature: string,
  algorithm: HmacAlgorithm,
  secrets: readonly string[],
): boolean {
  const given = Buffer.from(signature, 'base64url');
  // The last character has bits to spare: only one spelling is taken.
  if (given.toString('base64url') !== signature) return false;
  // All secrets are tried, so that the time taken does not tell which one fits.
  const fits = secrets
    .slice(0, maxSecrets)
    .filter((secret) => secret !== '')
    .map((secret) => createHmac(hashes[algorithm], secret).update(input).digest())
    .map((expected) => expected.length === given.length && timingSafeEqual(expected, given));
  return fits.includes(true);
}

/** https://www.rfc-editor.org/rfc/rfc7519#section-4.1 */
function holds(claims: Claims, rules: TokenRules): boolean {
  const { iss, iat, nbf, exp } = claims;
  const { nowMs, toleranceSeconds, maxAgeSeconds, requires = [] } = rules;
  const now = Math.floor(nowMs / 1000);
  const isMissing = requires.some((name) => claims[name] === undefined);
  if (isMissing || iss !== rules.issuer || ![iat, nbf, exp].every(isTimeOrNone)) return false;
  if (typeof nbf === 'number' && nbf > now + toleranceSeconds) return false;
  if (typeof exp === 'number' && exp <= now - toleranceSeconds) return false;
  if (maxAgeSeconds === undefined) return true;
  if (typeof iat !== 'number') return false;
  const age = now - iat;
  return age - toleranceSeconds <= maxAgeSeconds && age >= -toleranceSeconds;
}

function isTimeOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}

function readPart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    // By its check an object of fields.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}
