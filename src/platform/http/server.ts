import { createHash, timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { fastifyCookie } from '@fastify/cookie';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyContextConfig,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Tx } from '../db/db.ts';
import { errorCode, errorPlace, type Log } from '../log.ts';
import { type ErrorCode, errorBody, errorCatalogue, HttpError } from './errors.ts';

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

export type HttpOptions = {
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

/** Bytes. Meta sends up to 3 MB in one delivery (Meta: Webhooks overview). */
export const maxBodyBytes = 4 * 1024 * 1024;

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

async function authorize(request: FastifyRequest, options: HttpOptions): Promise<void> {
  const { access, action } = request.routeOptions.config;
  if (access === 'staff') {
    if (options.staff === undefined || action === undefined) throw new HttpError('UNAUTHENTICATED');
    request.staff = await options.staff.admit(request, action);
    return;
  }
  if (access !== 'service') return;
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

const codeOfFastifyError: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION',
};

/** Codes that say the database cannot be reached or takes nobody: what came is refused before anything was stored. */
const outOfReach = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300']);

/** Turns whatever was thrown into one of our errors; the text of a foreign error never leaves. */
function asHttpError(error: FastifyError): HttpError {
  if (error instanceof HttpError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const first = error.validation[0];
    const place = `${error.validationContext ?? 'body'}${(first?.instancePath ?? '').replaceAll('/', '.')}`;
    return new HttpError('VALIDATION', {
      field: place,
      ...(first?.message ? { expected: first.message } : {}),
    });
  }
  const known = codeOfFastifyError[error.code];
  if (known !== undefined) return new HttpError(known);
  if (outOfReach.has(error.code)) return new HttpError('UNAVAILABLE');
  return new HttpError((error.statusCode ?? 500) < 500 ? 'VALIDATION' : 'INTERNAL');
}

const codeOfParserError: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

/** What arrived is no request, so there is no reply object either: the answer is written to the socket, which then closes. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const known = new HttpError(codeOfParserError[error.code ?? ''] ?? 'MALFORMED_REQUEST');
  const body = JSON.stringify(errorBody(known));
  const { status } = errorCatalogue[known.code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
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
  app.addHook('onSend', async (request, reply) => {
    const { access, phi } = request.routeOptions.config;
    if (access === 'staff') reply.header('cache-control', 'no-store');
    if (phi === true && !request.isAudited && reply.statusCode < 400) {
      throw new Error('patient data without an audit row');
    }
  });
}

/** The program's HTTP server: deny by default, our error bodies, strict headers, API description from the schemas. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    clientErrorHandler: answerUnreadable,
    bodyLimit: maxBodyBytes,
    // Slow clients: Node looks for them only every 30 s unless told otherwise. Fastify sets `requestTimeout` itself, over
    // the one in `http`; without it half a request would stay, and hold up a stop, for ever.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 8_000 },
    requestTimeout: 10_000,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
  });
  // A browser sends text without asking first, from any page; JSON it does not.
  app.removeContentTypeParser('text/plain');
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
  app.addHook('onRequest', async (request) => authorize(request, options));
  guardStaffAnswers(app, options);
  app.addHook('onResponse', async (request, reply) => {
    options.log.debug('request', {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asHttpError(error);
    const { status } = errorCatalogue[known.code];
    if (status >= 500) {
      options.log.error('request failed', {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        code: errorCode(error),
        what: errorPlace(error),
      });
    }
    void reply.code(status).send(errorBody(known));
  });
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send(errorBody(new HttpError('NOT_FOUND')));
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'media-src': ["'self'", 'blob:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // Told by the proxy that ends TLS; on plain http at localhost it would do harm.
    strictTransportSecurity: !options.sandbox,
  });
  await app.register(swagger, {
    openapi: { info: { title: 'Vestibule', version: options.version } },
    transform: jsonSchemaTransform,
  });
  app.get('/api/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger());
  return app;
}
