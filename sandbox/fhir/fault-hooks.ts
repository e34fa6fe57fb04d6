/** Where faults and the ledger take hold of a request. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fault, Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { type Issue, issue, operationOutcome } from './outcome.ts';
import { fhirJson } from './replies.ts';
import { isResourceType } from './resource-types.ts';

type Place = { readonly tenant: string; readonly type: string; readonly template: string };

/** Where a request goes, in words that may be kept: ids and unknown names become placeholders. */
function placeOf(url: string, basePath: string): Place | undefined {
  const path = url.split('?')[0] ?? '';
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const [tenant = '', type = '', id = '', historyWord = '', vid = ''] = path
    .slice(basePath.length + 1)
    .split('/');
  if (type === '') return { tenant, type: 'Bundle', template: '/' };
  const name = isResourceType(type) || type === 'metadata' ? type : ':unknown';
  const parts = [name];
  if (id !== '') parts.push(id === '_search' ? '_search' : ':id');
  if (historyWord !== '') parts.push(historyWord === '_history' ? '_history' : ':unknown');
  if (vid !== '') parts.push(':vid');
  return { tenant, type: name, template: `/${parts.join('/')}` };
}

const html =
  '<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>';

/** The answer that a fault gives in place of the true one. */
type Spoilt = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly retryAfter?: number;
};

function refusal(status: number, problem: Issue, retryAfter?: number): Spoilt {
  const body = JSON.stringify(operationOutcome([problem]));
  return { status, type: fhirJson, body, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** @returns undefined for the faults that change no answer: silence and slowness */
function spoil(fault: Fault, status: number, payload: string): Spoilt | undefined {
  switch (fault.kind) {
    case 'unavailable':
      return refusal(503, issue('transient', 'The server is not available'), fault.retryAfterSeconds);
    case 'throttle':
      return refusal(429, issue('throttled', 'Too many requests'), fault.retryAfterSeconds);
    case 'status':
      return refusal(fault.status, issue('exception', 'Fault on demand'));
    case 'html':
      return { status: fault.status, type: 'text/html; charset=utf-8', body: html };
    case 'half-json':
      return { status, type: fhirJson, body: payload.slice(0, Math.ceil(payload.length / 2)) };
    case 'timeout':
    case 'reset':
    case 'slow':
      return undefined;
  }
}

/** Sets what the spoilt answer says and takes away what the true one said. */
function dress(reply: FastifyReply, spoilt: Spoilt): string {
  for (const name of ['etag', 'last-modified', 'location']) reply.removeHeader(name);
  reply.code(spoilt.status).header('content-type', spoilt.type);
  if (spoilt.retryAfter !== undefined) reply.header('retry-after', String(spoilt.retryAfter));
  return spoilt.body;
}

function isSilent(fault: Fault): boolean {
  return fault.kind === 'timeout' || fault.kind === 'reset';
}

function fallSilent(request: FastifyRequest, fault: Fault): void {
  if (fault.kind === 'reset') request.raw.socket.resetAndDestroy();
}

function isBefore(fault: Fault): boolean {
  return fault.when === 'before' && fault.kind !== 'half-json';
}

/** The practice's own staff, who work inside its system: no fault meets them, and nobody outside asked. */
function isInside(request: FastifyRequest): boolean {
  return request.headers['x-sandbox-inside'] !== undefined;
}

/** @param now for the ledger's times */
export function mountFaults(
  app: FastifyInstance,
  basePath: string,
  faults: Faults,
  ledger: Ledger,
  now: () => Date,
): void {
  const taken = new WeakMap<FastifyRequest, Fault>();

  function record(request: FastifyRequest, status: number): void {
    const place = isInside(request) ? undefined : placeOf(request.url, basePath);
    if (!place) return;
    const { tenant, template } = place;
    const fault = taken.get(request)?.kind;
    ledger.record({ at: now().toISOString(), tenant, method: request.method, template, status, fault });
  }

  app.addHook('onRequest', async (request, reply) => {
    const place = isInside(request) ? undefined : placeOf(request.url, basePath);
    const fault = place && faults.take({ ...place, method: request.method });
    if (!fault) return;
    taken.set(request, fault);
    if (!isBefore(fault)) return;
    if (fault.kind === 'slow') await wait(fault.ms);
    if (isSilent(fault)) {
      record(request, 0);
      reply.hijack();
      fallSilent(request, fault);
      return;
    }
    const spoilt = spoil(fault, 200, '');
    if (spoilt) return reply.send(dress(reply, spoilt));
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const fault = taken.get(request);
    if (!fault || isBefore(fault)) {
      record(request, reply.statusCode);
      return payload;
    }
    if (isSilent(fault)) {
      record(request, 0);
      fallSilent(request, fault);
      return new Promise<never>(() => {}); // the answer is never to leave
    }
    if (fault.kind === 'slow') await wait(fault.ms);
    const spoilt = spoil(fault, reply.statusCode, typeof payload === 'string' ? payload : '');
    const body = spoilt ? dress(reply, spoilt) : payload;
    record(request, reply.statusCode);
    return body;
  });
}
