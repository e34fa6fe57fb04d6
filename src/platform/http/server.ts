import { createHash, timingSafeEqual } from 'node:crypto';
import { fastifyCookie } from '@fastify/cookie';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyContextConfig,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Tx } from '../db/db.ts';
import { errorCode, errorPlace, type Log } from '../log.ts';
import { errorBody, errorCatalogue, HttpError } from './errors.ts';
import { createOverload, type Limited } from './overload.ts';
import { asHttpError, retryAfterSeconds } from './refusal.ts';
import { refusalTeller } from './refusal-log.ts';
import { strictHeaders } from './strict-headers.ts';

/**
 * Who may call a route. Every route declares one in `config.access`; a route without it does not start.
 *
 * - `public`: anyone (health, the API's description).
 * - `provider`: a messaging provider; the route itself checks the signature over the raw bytes.
 * - `service`: a program with the API token.
 * - `staff`: a member of staff who has signed in, and whose role allows the route's `config.action`. A route that answers with
 *   patient data says so with `config.phi`, and must then have written an audit row (`request.audit`).
 * - `sandbox`: anyone, in the sandbox world only; such routes do not exist elsewhere.
 */
export const accessKinds = ['public', 'provider', 'service', 'staff', 'sandbox'] as const;

export type Access = (typeof accessKinds)[number];

/** Who of staff is calling. */
export type StaffPrincipal = {
  readonly practiceId: string;
  readonly staffId: string;
  readonly name: string;
  readonly role: string;
  readonly sessionId: string;
};

/** Lets staff in; `security/` makes it. */
export type StaffGate = {
  /** @throws HttpError UNAUTHENTICATED, FORBIDDEN or CROSS_SITE */
  readonly admit: (request: FastifyRequest, action: string) => Promise<StaffPrincipal>;
  /** Writes that staff saw or did something, in the transaction that shows or does it. `target` is an id of ours. */
  readonly audit: (tx: Tx, staff: StaffPrincipal, action: string, target: string | null) => Promise<void>;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Of a `staff` route: what it does, of the closed list in `security/contract.ts`. */
    action?: string;
    /** The answer holds patient data. */
    phi?: boolean;
  }
  interface FastifyRequest {
    /** Of a `staff` route; elsewhere nobody. */
    staff: StaffPrincipal;
    /** Writes the audit row of this request. `action` says more closely what was done; default: the route's own. */
    audit: (tx: Tx, target: string | null, action?: string) => Promise<void>;
    isAudited: boolean;
  }
}

export type HttpOptions = Limited & {
  readonly log: Log;
  /** Opens `service` routes; undefined closes them. */
  readonly apiToken: string | undefined;
  /** Opens `staff` routes; undefined closes them. */
  readonly staff?: StaffGate | undefined;
  readonly sandbox: boolean;
  /** Addresses of proxies in front, whose `X-Forwarded-For` tells who really calls; default none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The product's version, for the API's description. */
  readonly version: string;
};

/** Both sides are hashed first, so that the comparison takes the same time whatever their lengths. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function assertDeclared(
  { access, action, phi }: FastifyContextConfig,
  route: string,
  options: HttpOptions,
): void {
  if ((access === 'staff') !== (action !== undefined) || (phi === true && access !== 'staff')) {
    throw new Error(`route ${route}: a staff route, and no other, names its action (config.action)`);
  }
  if (access === undefined || !accessKinds.includes(access)) {
    throw new Error(`route ${route} does not declare who may call it (config.access)`);
  }
  if (access === 'sandbox' && !options.sandbox) {
    throw new Error(`route ${route} belongs to the sandbox and must not exist here`);
  }
}

/** Nobody needs to be let in; a provider's route looks at the signature itself, once it has the body. */
const isOpen = (access: Access | undefined) => access !== 'staff' && access !== 'service';

async function authorize(request: FastifyRequest, options: HttpOptions): Promise<void> {
  const { access, action } = request.routeOptions.config;
  if (access === 'staff') {
    if (options.staff === undefined || action === undefined) throw new HttpError('UNAUTHENTICATED');
    request.staff = await options.staff.admit(request, action);
    return;
  }
  const header = request.headers.authorization ?? '';
  const token = header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  if (options.apiToken === undefined || token === '' || !sameSecret(token, options.apiToken)) {
    throw new HttpError('UNAUTHENTICATED', {
      field: 'authorization',
      expected: 'a bearer token',
      example: 'Bearer …',
    });
  }
}

export type DeclaredRoute = {
  readonly method: string;
  /** The pattern: `/api/staff/:id`. */
  readonly url: string;
  readonly config: FastifyContextConfig;
};

const routes = new WeakMap<FastifyInstance, DeclaredRoute[]>();

/** Every route of a server that `createHttp` made, as declared so far: for tests that must miss none. */
export function routesOf(app: FastifyInstance): readonly DeclaredRoute[] {
  const declared = routes.get(app);
  if (declared === undefined) throw new Error('this server was not made by createHttp');
  return declared;
}

/** Holds staff routes to their declarations: an answer with patient data has its audit row, and nothing of it is kept on the way. */
function guardStaffAnswers(app: FastifyInstance, options: HttpOptions): void {
  // Per request; the declared shapes are of requests that were let in.
  app.decorateRequest('staff', null as unknown as StaffPrincipal);
  app.decorateRequest('isAudited', false);
  app.decorateRequest('audit', async function audit(this: FastifyRequest, tx, target, action) {
    await options.staff?.audit(tx, this.staff, action ?? this.routeOptions.config.action ?? '', target);
    this.isAudited = true;
  });
  // On sending, not before serialising: that is not asked for text, buffers and streams. A refusal holds no patient data.
  app.addHook('onSend', (request, reply, payload, done) => {
    const { access, phi } = request.routeOptions.config;
    if (access === 'staff') reply.header('cache-control', 'no-store');
    if (phi === true && !request.isAudited && reply.statusCode < 400)
      done(new Error('patient data without an audit row'));
    else done(null, payload);
  });
}

/** The program's HTTP server: deny by default, our error bodies, strict headers, API description from the schemas. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const overload = createOverload(options);
  const app = Fastify({
    logger: false,
    ...overload.options,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
  });
  overload.apply(app);
  const tellRefusal = refusalTeller(options.log);
  const declared: DeclaredRoute[] = [];
  routes.set(app, declared);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRoute', (route) => {
    // The framework adds a HEAD twin for every GET; it has the same declaration.
    const config = route.config ?? {};
    assertDeclared(config, `${String(route.method)} ${route.url}`, options);
    for (const method of [route.method].flat()) declared.push({ method, url: route.url, config });
  });
  await app.register(fastifyCookie);
  app.addHook('onRequest', (request, _reply, done) => {
    // What leads nowhere is refused before its body is read.
    if (request.is404) done(new HttpError('NOT_FOUND'));
    else if (isOpen(request.routeOptions.config.access)) done();
    else authorize(request, options).then(() => done(), done);
  });
  guardStaffAnswers(app, options);
  app.addHook('onResponse', (request, reply, done) => {
    options.log.debug('request', {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asHttpError(error);
    const { status } = errorCatalogue[known.code];
    const told = () => ({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      code: errorCode(error),
      what: errorPlace(error),
    });
    if (status === 503) {
      tellRefusal(errorCode(error), told);
      reply.header('retry-after', retryAfterSeconds);
    } else if (status >= 500) options.log.error('request failed', told());
    void reply.code(status).send(errorBody(known));
  });
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send(errorBody(new HttpError('NOT_FOUND')));
  });
  const headers = await strictHeaders(options.sandbox);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(
      request.routeOptions.config.access === 'provider' ? headers.forProviders : headers.forBrowsers,
    );
    done();
  });
  await app.register(swagger, {
    openapi: { info: { title: 'Vestibule', version: options.version } },
    transform: jsonSchemaTransform,
  });
  app.get('/api/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger());
  return app;
}
