import type { RawWebhook } from '#kernel/http.ts';
import type { Provider } from '../providers/index.ts';
import type { Random } from '../simulation/random.ts';

/** Ways to change a signed delivery without the secret. */

export type Changed = {
  readonly way: string;
  readonly webhook: RawWebhook;
  /** When it is looked at. */
  readonly nowMs: number;
  /** It is looked at as a delivery to somebody else. */
  readonly asStranger?: true;
};

/** Of the headers that prove something, by provider. */
export const proofs: Readonly<Record<string, readonly string[]>> = {
  meta: ['x-hub-signature-256'],
  twilio: ['x-twilio-signature'],
  vonage: ['authorization'],
  messagebird: ['messagebird-signature-jwt'],
  bird: ['messagebird-signature', 'messagebird-request-timestamp'],
};

/** These sign the URL as well: moved to another, a delivery is worth nothing. */
const signsUrl: readonly string[] = ['twilio', 'messagebird', 'bird'];

/** Milliseconds after which a signature is too old; the others put no time into theirs. */
const lifeMs: Readonly<Record<string, number>> = {
  vonage: (24 * 60 + 10) * 60_000,
  messagebird: 2 * 60_000,
  bird: 26 * 3_600_000,
};

type Given = {
  readonly provider: Provider;
  readonly valid: RawWebhook;
  /** Another delivery of the same provider, as rightly signed. */
  readonly other: RawWebhook;
  readonly nowMs: number;
  readonly random: Random;
};

type Way = (given: Given) => Changed | undefined;

const ways: readonly (readonly [way: string, Way])[] = [
  ['body: bytes changed', inBody(flipped)],
  ['body: a byte left out', inBody((body, at) => spliced(body, at, 1))],
  ['body: bytes put in', inBody((body, at, random) => spliced(body, at, 0, bytes(random)))],
  ['body: cut off', inBody((body, at) => body.subarray(0, at))],
  ['body: something behind it', inBody((body, _, random) => Buffer.concat([body, bytes(random)]))],
  ['body: two bytes in each other’s place', inBody(swapped)],
  ['body: a part twice', inBody((body, at) => spliced(body, at, 0, body.subarray(at, at + 20)))],
  ['body: parts in another order', inBody(reordered)],
  ['body: a parameter twice, with another value', inBody(doubledParameter)],
  ['body: empty', inBody(() => Buffer.alloc(0))],
  ['body: of another delivery', ({ valid, other, nowMs }) => changed(valid, nowMs, { body: other.body })],
  ['proof: none', withProof(() => undefined)],
  ['proof: empty', withProof(() => '')],
  ['proof: twice', withProof((proof) => [proof, proof])],
  ['proof: twice in one line', withProof((proof) => `${proof}, ${proof}`)],
  ['proof: a character changed', withProof(oneCharacter)],
  ['proof: cut off', withProof((proof, random) => proof.slice(0, random.below(proof.length)))],
  ['proof: something around it', withProof(surrounded)],
  ['proof: another algorithm', withProof(otherAlgorithm)],
  ['proof: of another delivery', ofOther],
  ['proof: by somebody else', byStranger],
  ['another account', ({ valid, nowMs }) => ({ ...changed(valid, nowMs, {}), asStranger: true })],
  ['another URL', elsewhere],
  ['too late', tooLate],
];

/** One change, by chance; `way` names it. */
export function mutate(
  provider: Provider,
  valid: RawWebhook,
  other: RawWebhook,
  nowMs: number,
  random: Random,
): Changed {
  for (;;) {
    const [way, make] = ways[random.below(ways.length)] ?? [];
    const made = make?.({ provider, valid, other, nowMs, random });
    if (way !== undefined && made !== undefined) return { ...made, way };
  }
}

function changed(valid: RawWebhook, nowMs: number, by: Partial<RawWebhook>): Changed {
  return { way: '', webhook: { ...valid, ...by }, nowMs };
}

type ChangeBody = (body: Buffer, at: number, random: Random) => Uint8Array;

function inBody(change: ChangeBody): Way {
  return ({ valid, nowMs, random }) => {
    const body = Buffer.from(valid.body);
    return changed(valid, nowMs, { body: change(body, random.below(body.length), random) });
  };
}

function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(4) }, () => random.below(256)));
}

function spliced(body: Buffer, at: number, left: number, put: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([body.subarray(0, at), put, body.subarray(at + left)]);
}

function flipped(body: Buffer, at: number, random: Random): Buffer {
  for (const place of [at, random.below(body.length)]) {
    body[place] = (body[place] ?? 0) ^ (1 << random.below(8));
    if (random.chance(0.5)) break;
  }
  return body;
}

function swapped(body: Buffer, at: number, random: Random): Buffer {
  const to = random.below(body.length);
  [body[at], body[to]] = [body[to] ?? 0, body[at] ?? 0];
  return body;
}

/** Of a form its parameters, of JSON its fields: as a proxy that reads and writes bodies would leave them. */
function reordered(body: Buffer, _: number, random: Random): Buffer {
  const text = body.toString();
  if (!text.startsWith('{')) return Buffer.from(random.shuffled(text.split('&')).join('&'));
  const fields = Object.entries(JSON.parse(text) as object); // what the provider's side wrote
  const indent = random.chance(0.5) ? 1 : undefined;
  return Buffer.from(JSON.stringify(Object.fromEntries(random.shuffled(fields)), null, indent));
}

function doubledParameter(body: Buffer, _: number, random: Random): Buffer {
  const text = body.toString();
  if (text.startsWith('{')) return Buffer.from(text.replace('{', '{"id":"x","id":"x",'));
  const parameters = text.split('&');
  const one = parameters[random.below(parameters.length)] ?? '';
  const twice = random.chance(0.5) ? [`${one}x`, ...parameters] : [...parameters, `${one}x`];
  return Buffer.from(twice.join('&'));
}

type Proof = string | readonly string[] | undefined;

function withProof(change: (proof: string, random: Random) => Proof): Way {
  return ({ provider, valid, nowMs, random }) => {
    const name = oneOf(proofs[provider.name] ?? [], random);
    const proof = valid.headers[name];
    if (typeof proof !== 'string') return undefined;
    return changed(valid, nowMs, { headers: { ...valid.headers, [name]: change(proof, random) } });
  };
}

const odd = 'ABCXYZabcxyz0189+/=-_. ,;:\u0000é';

function oneCharacter(proof: string, random: Random): string {
  const at = random.below(proof.length);
  return `${proof.slice(0, at)}${oneOf([...odd], random)}${proof.slice(at + 1)}`;
}

function surrounded(proof: string, random: Random): string {
  const one = oneOf([' ', '\t', '\n', ',', '=', '"', '\u0000', 'A', '.'], random);
  return random.chance(0.5) ? `${one}${proof}` : `${proof}${one}`;
}

/** The name of the algorithm, in the header's prefix or in the token's own header. The signature stays. */
function otherAlgorithm(proof: string, random: Random): string | undefined {
  if (proof.startsWith('sha256=')) {
    return proof.replace('sha256', oneOf(['sha1', 'sha512', 'SHA256', 'md5', 'none'], random));
  }
  const parts = proof.split('.');
  if (parts.length !== 3) return undefined;
  const [prefix] = /^(Bearer )?/.exec(parts[0] ?? '') ?? [''];
  const alg = oneOf(['none', 'None', 'HS384', 'HS512', 'RS256', 'ES256', 'hs256', ''], random);
  const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
  const signature = alg.toLowerCase() === 'none' && random.chance(0.5) ? '' : parts[2];
  return `${prefix}${header}.${parts[1]}.${signature}`;
}

function ofOther({ provider, valid, other, nowMs, random }: Given): Changed {
  const name = oneOf(proofs[provider.name] ?? [], random);
  return changed(valid, nowMs, { headers: { ...valid.headers, [name]: other.headers[name] } });
}

function byStranger({ provider, valid, nowMs }: Given): Changed {
  const { url, body } = valid;
  return changed(valid, nowMs, {
    headers: provider.sign({ url, body, nowMs, secret: provider.strangersSecret }),
  });
}

/** Another account's address, another host, and whatever a proxy may do to a URL. */
function elsewhere({ provider, valid, nowMs, random }: Given): Changed | undefined {
  if (!signsUrl.includes(provider.name)) return undefined;
  const { url } = valid;
  const at = 'https://'.length + random.below(url.length - 'https://'.length);
  const and = url.includes('?') ? '&' : '?';
  const others = [
    url.replace('front-desk', 'back-office'),
    url.replace('intake.example', 'intake.example.evil.test'),
    url.replace('https:', 'http:'),
    url.replace('intake.example', 'intake.example:8443'),
    url.replace('intake.example', 'INTAKE.example'),
    url.replace(/\?.*$/, ''),
    url.replace(/(\?.*)?$/, '/$1'),
    url.replace(/(\?.*)?$/, '/../front-desk$1'),
    `${url}${and}a=1`,
    `${url}${and}`,
    `${url}${and}message=m-1&ref=m-1`,
    `${url.slice(0, at)}${oneOf([...odd], random)}${url.slice(at + 1)}`,
    `${url.slice(0, at)}${url.slice(at + 1)}`,
  ];
  return changed(valid, nowMs, { url: oneOf(others, random) });
}

/** As it was, again, when its time is over; or on a clock far behind. */
function tooLate({ provider, valid, nowMs, random }: Given): Changed | undefined {
  const life = lifeMs[provider.name];
  if (life === undefined) return undefined;
  const isBehind = random.chance(0.2);
  const offBy = isBehind ? -10 * 60_000 - random.below(1e9) : life + random.below(1e9);
  return { way: '', webhook: valid, nowMs: nowMs + offBy };
}

export function oneOf<T>(list: readonly T[], random: Random): T {
  const one = list[random.below(list.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}
