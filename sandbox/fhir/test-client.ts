/** For the tests of this folder: a server on a loopback port and the shortest way to ask it. */
import { onTestFinished } from 'vitest';
import { type FhirOptions, type FhirServer, startFhir } from './index.ts';
import { follow, type Json, type JsonObject, own, text } from './json.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `{}` when there is none. */
  readonly body: JsonObject;
};

export type Ask = (
  method: string,
  path: string,
  body?: Json | string | Uint8Array,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** @param base a tenant's base URL; `path` begins after it */
export function client(base: string): Ask {
  return async (method, path, body, headers = {}) => {
    // The compiler's list of body types leaves out byte arrays over any buffer; fetch takes them.
    const isText = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(base + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
      ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
    });
    const answer = await response.text();
    let parsed: JsonObject = {};
    if (answer !== '' && response.headers.get('content-type')?.includes('json')) parsed = JSON.parse(answer);
    return { status: response.status, headers: response.headers, text: answer, body: parsed };
  };
}

/** A server that stops with the test. One tenant, `aurora`, unless told otherwise. */
export async function start(options: Partial<FhirOptions> = {}): Promise<FhirServer & { ask: Ask }> {
  const server = await startFhir({ port: 0, tenants: ['aurora'], ...options });
  onTestFinished(() => server.stop());
  return { ...server, ask: client(server.base('aurora')) };
}

export function idOf(answer: Answer): string {
  return text(own(answer.body, 'id')) ?? '';
}

/** Every text found by a dotted path in the body. */
export function texts(answer: Answer, path: string): string[] {
  return follow(answer.body, path).filter((value): value is string => typeof value === 'string');
}

/** The elements an OperationOutcome names. */
export function expressions(answer: Answer): string[] {
  return texts(answer, 'issue.expression');
}

export const json = { 'content-type': 'application/json' };
export const jsonPatch = { 'content-type': 'application/json-patch+json' };
export const form = { 'content-type': 'application/x-www-form-urlencoded' };
