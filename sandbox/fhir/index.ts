/**
 * A FHIR R4 (4.0.1) server of our own: the practice systems of the sandbox and of the tests.
 *
 * - **tenant**: one practice, with a store and a base URL of its own: `${url}/fhir/<tenant>`.
 * - **fault**: what goes wrong on demand (`faults.ts`), through `faults` or `POST /_faults`.
 * - **ledger**: what was asked, without bodies (`ledger.ts`).
 *
 * For loopback only: `/_faults` asks for no credentials.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { ZodError, z } from 'zod';
import { mountFaults } from './fault-hooks.ts';
import { type Faults, faultSchema, makeFaults } from './faults.ts';
import { type Ledger, makeLedger } from './ledger.ts';
import { FhirError, issue } from './outcome.ts';
import { sendError } from './replies.ts';
import type { Change, Repository } from './repository.ts';
import { mountFhir, type Tenant } from './routes.ts';
import { openStore } from './store.ts';

export type { Fault, FaultInput, Faults } from './faults.ts';
export type { JsonObject, Resource } from './json.ts';
export type { Ledger, LedgerEntry, LedgerFilter } from './ledger.ts';
export type { Change } from './repository.ts';

export type TenantOptions = {
  /** Path segment and file name: small letters, digits, hyphens. */
  readonly name: string;
  /** Bearer token of this practice; instead of the server's own. */
  readonly token?: string;
  /** False imitates servers that process a transaction like a batch and still answer 200. Default true. */
  readonly atomic?: boolean;
  /** False imitates servers that ignore `If-None-Exist`. Default true. */
  readonly conditionalCreate?: boolean;
};

export type FhirOptions = {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host?: string;
  readonly basePath?: string;
  readonly tenants: readonly (string | TenantOptions)[];
  /** One SQLite file per tenant in it; in memory when absent. */
  readonly dataDir?: string;
  /** What `meta.lastUpdated` says. */
  readonly clock?: () => Date;
  /** Bearer token of every tenant that has none of its own; open when absent. */
  readonly token?: string;
  /** Told after each commit, outside of the request. */
  readonly onChange?: (change: Change) => void;
  /** Links in answers name the host that was asked, as servers behind several proxies do. Default: the server's own. */
  readonly linksByHost?: boolean;
};

export type FhirServer = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** @returns the FHIR base URL of a tenant, no slash at the end */
  readonly base: (tenant: string) => string;
  readonly faults: Faults;
  readonly ledger: Ledger;
  /** Closes sockets, also those that a fault keeps open, and the stores. A second call waits for the first. */
  readonly stop: () => Promise<void>;
};

/** A photo of a card, in base64 inside a resource, stays below. */
export const maxBodyBytes = 8 * 1024 * 1024;

const tenantName = /^[a-z0-9][a-z0-9-]{0,62}$/;

function checkNames(options: FhirOptions): void {
  const names = options.tenants.map((tenant) => (typeof tenant === 'string' ? tenant : tenant.name));
  const bad = names.find((name, index) => !tenantName.test(name) || names.indexOf(name) !== index);
  if (bad !== undefined) throw new Error(`Not a tenant's name, or twice: ${bad}`);
}

function makeTenants(options: FhirOptions, base: (tenant: string) => string): Map<string, Tenant> {
  const tenants = new Map<string, Tenant>();
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
  for (const given of options.tenants) {
    const tenant: TenantOptions = typeof given === 'string' ? { name: given } : given;
    const { name } = tenant;
    if (!tenantName.test(name) || tenants.has(name))
      throw new Error(`Not a tenant's name, or twice: ${name}`);
    const repo: Repository = {
      tenant: name,
      store: openStore(options.dataDir === undefined ? ':memory:' : join(options.dataDir, `${name}.sqlite`)),
      base: () => base(name),
      now: options.clock ?? (() => new Date()),
      conditionalCreate: tenant.conditionalCreate ?? true,
      atomic: tenant.atomic ?? true,
      onChange: options.onChange,
      pending: [],
    };
    tenants.set(name, { repo, token: tenant.token ?? options.token });
  }
  return tenants;
}

/** Any failure as an OperationOutcome. What is not a refusal of ours says only what kind of error it was. */
function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof FhirError) {
    if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="fhir"');
    return sendError(reply, error);
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413)
    return sendError(reply, new FhirError(413, issue('too-long', `At most ${maxBodyBytes} bytes`)));
  if (status === 415)
    return sendError(reply, new FhirError(415, issue('not-supported', 'Expected application/fhir+json')));
  if (status >= 400 && status < 500)
    return sendError(reply, new FhirError(status, issue('invalid', 'Malformed request')));
  return sendError(
    reply,
    new FhirError(500, issue('exception', `Unexpected ${error instanceof Error ? error.name : 'error'}`)),
  );
}

/** `GET` lists, `POST` one fault or an array adds, `DELETE` clears. */
function mountFaultControl(app: FastifyInstance, faults: Faults): void {
  app.get('/_faults', () => faults.list());
  app.post('/_faults', (request, reply) => {
    try {
      const body: unknown = JSON.parse(String(request.body));
      faults.add(...z.array(faultSchema).parse(Array.isArray(body) ? body : [body]));
    } catch (error) {
      const problem = error instanceof ZodError ? z.prettifyError(error) : 'Expected JSON';
      return reply.code(400).send({ error: problem });
    }
    return reply.code(201).send(faults.list());
  });
  app.delete('/_faults', (_, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}

/** @throws Error when the port is taken, or a tenant's name cannot be one */
export async function startFhir(options: FhirOptions): Promise<FhirServer> {
  const { port, host = '127.0.0.1', basePath = '/fhir', clock = () => new Date() } = options;
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, _, reply) => void answerError(error, reply),
  });
  let url = '';
  const base = (tenant: string) => `${url}${basePath}/${tenant}`;
  const asked = new AsyncLocalStorage<string>();
  if (options.linksByHost) {
    app.addHook('onRequest', (request, _, done) => asked.run(`http://${request.headers.host}`, done));
  }
  checkNames(options);
  const tenants = makeTenants(options, (tenant) => `${asked.getStore() ?? url}${basePath}/${tenant}`);
  const faults = makeFaults();
  const ledger = makeLedger();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.setErrorHandler((error, _, reply) => answerError(error, reply));
  app.setNotFoundHandler((_, reply) =>
    answerError(new FhirError(404, issue('not-supported', 'This server has no such interaction')), reply),
  );
  mountFaults(app, basePath, faults, ledger, clock);
  mountFaultControl(app, faults);
  mountFhir(app, basePath, tenants);
  const close = () => {
    for (const { repo } of tenants.values()) repo.store.close();
  };
  try {
    await app.listen({ port, host });
  } catch (error) {
    close();
    throw error;
  }
  // Listening on TCP, the address is never a pipe's name nor null.
  url = `http://${host}:${(app.server.address() as AddressInfo).port}`;
  let stopped: Promise<void> | undefined;
  return {
    url,
    base,
    faults,
    ledger,
    stop() {
      stopped ??= app.close().then(close);
      return stopped;
    },
  };
}
