import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FhirServer } from '../fhir/index.ts';
import { type Phone, PhoneError, playPersona } from '../phone/index.ts';
import type { Provider } from '../provider/provider.ts';
import { playStaff, StaffError } from '../staff/index.ts';
import {
  calendarExample,
  calendarQuery,
  clockBody,
  clockExample,
  faultBody,
  faultExample,
  messageBody,
  messageExample,
  personaBody,
  personaExample,
  readBody,
  staffBody,
  staffExample,
} from './bodies.ts';
import type { Calendars } from './calendars.ts';
import { faultNames, listFaults, setFhirFault, setProviderFault } from './faults.ts';
import type { Live } from './live.ts';
import type { WorldOptions, WorldPractice } from './options.ts';
import { PmsError, type PmsSource, readCalendar, readPms } from './pms.ts';
import type { Product } from './product.ts';

/** Milliseconds between two signs of life on an idle event stream. */
const heartbeatMs = 15_000;

/** Milliseconds of real time that a persona started from the page gets. */
const personaMs = 120_000;

/** Milliseconds between two acts of the member of staff who plays: whoever watches their app sees each. */
const staffPaceMs = 700;

export type RouteParts = {
  readonly options: WorldOptions;
  readonly providers: readonly Provider[];
  readonly fhir: FhirServer | undefined;
  readonly phone: Phone;
  readonly live: Live;
  readonly calendars: Calendars;
  readonly product: Product;
  readonly pmsOf: (practiceId: string) => PmsSource | undefined;
  /** The world ends. */
  readonly stopping: AbortSignal;
};

/** In the product's server every route says who may call it; the world's are for the sandbox only. */
const open = { config: { access: 'sandbox' as const }, schema: { hide: true } };

/** Mounts the world under `/sandbox`; the bare address leads there where the product has no page of its own. */
export async function mountWorld(app: FastifyInstance, parts: RouteParts): Promise<void> {
  if (!app.hasRoute({ method: 'GET', url: '/' })) {
    app.get('/', open, (_, reply) => reply.redirect('/sandbox/'));
  }
  await app.register(
    async (scope) => {
      scope.setErrorHandler((error, _, reply) => answerError(error, reply));
      worldRoutes(scope, parts);
      phoneRoutes(scope, parts);
      practiceRoutes(scope, parts);
      controlRoutes(scope, parts);
      eventRoutes(scope, parts);
      await pageRoutes(scope, parts.options.pageDir);
    },
    { prefix: '/sandbox' },
  );
}

function problem(code: string, field: string, expected: string, example?: unknown) {
  return { error: { code, field, expected, ...(example === undefined ? {} : { example }) } };
}

function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof PhoneError) {
    const { field, expected, example, missing } = error;
    return reply
      .code(missing ? 404 : 400)
      .send(problem(missing ? 'NOT_FOUND' : 'VALIDATION', field, expected, example));
  }
  if (error instanceof StaffError) {
    return reply.code(502).send(problem('PRODUCT', 'staff', `no refusal (${error.message})`));
  }
  if (error instanceof PmsError) {
    return reply.code(502).send(problem('PRACTICE_SYSTEM', 'pms', 'a practice system that answers'));
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500)
    return reply.code(status).send(problem('VALIDATION', 'body', 'a JSON object', messageExample));
  return reply.code(500).send(problem('INTERNAL', 'request', 'no bug in the sandbox'));
}

function worldRoutes(app: FastifyInstance, { options, phone, pmsOf }: RouteParts): void {
  app.get('/api/world', open, () => ({
    practices: options.practices.map((practice) => ({
      ...shown(practice),
      pms: { kind: 'fhir', baseUrl: pmsOf(practice.id)?.baseUrl ?? '' },
    })),
    patients: phone.patients.map(({ user, language, about }) => ({
      id: user.id,
      name: user.profileName,
      language,
      about,
      ...(user.identity === 'bsuid' ? {} : { phone: `+${user.phone}` }),
      ...(user.username === undefined ? {} : { username: user.username }),
    })),
    now: new Date(options.clock.now()).toISOString(),
  }));
}

/** A practice without its secrets. */
function shown({ id, name, contentMode, languages, timeZone, accounts }: WorldPractice) {
  return {
    id,
    name,
    contentMode,
    languages,
    ...(timeZone === undefined ? {} : { timeZone }),
    accounts: accounts.map((account) => ({ id: account.id, displayPhone: account.displayPhone })),
  };
}

type ChatParams = { patientId: string; accountId: string };

function phoneRoutes(app: FastifyInstance, { phone }: RouteParts): void {
  const path = '/api/phone/:patientId/:accountId';
  app.get<{ Params: ChatParams }>(path, open, ({ params }) => phone.chat(params.patientId, params.accountId));
  app.post<{ Params: ChatParams }>(`${path}/messages`, open, ({ params, body }, reply) => {
    const content = readBody(messageBody, body, messageExample);
    const { id } = phone.send(params.patientId, params.accountId, content);
    return reply.code(201).send({ id });
  });
  app.post<{ Params: ChatParams }>(`${path}/seen`, open, ({ params }, reply) => {
    phone.seen(params.patientId, params.accountId);
    return reply.code(200).send({});
  });
}

function practiceRoutes(app: FastifyInstance, { options, product, pmsOf }: RouteParts): void {
  const known = (practiceId: string) => {
    if (options.practices.some(({ id }) => id === practiceId)) return practiceId;
    throw new PhoneError(
      'practiceId',
      'a practice of the sandbox',
      options.practices[0]?.id ?? 'aurora',
      true,
    );
  };
  app.get<{ Params: { practiceId: string } }>('/api/pms/:practiceId', open, async ({ params }) => {
    const source = pmsOf(known(params.practiceId));
    return { resources: source === undefined ? [] : await readPms(source) };
  });
  app.get<{ Params: { practiceId: string } }>(
    '/api/calendar/:practiceId',
    open,
    async ({ params, query }) => {
      const source = pmsOf(known(params.practiceId));
      const { from, to } = readBody(calendarQuery, query, calendarExample);
      return source === undefined
        ? { schedules: [], slots: [], appointments: [] }
        : await readCalendar(source, from, to);
    },
  );
  app.get<{ Params: { practiceId: string }; Querystring: { after?: string; limit?: string } }>(
    '/api/timeline/:practiceId',
    open,
    async ({ params, query }, reply) => {
      const limit = query.limit === undefined ? undefined : Number(query.limit);
      const answer = await product.timeline(known(params.practiceId), query.after, limit);
      if (answer === undefined) {
        return reply.code(502).send(problem('PRODUCT', 'product', 'a product that answers'));
      }
      return reply.code(answer.status).send(answer.body);
    },
  );
}

function controlRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { options, providers, fhir, phone, calendars, stopping } = parts;
  app.get('/api/faults', open, () => ({ faults: listFaults(providers, fhir) }));
  app.post('/api/faults', open, ({ body }) => {
    const request = readBody(faultBody, body, faultExample);
    const faults = providers.find(({ name }) => name === request.target)?.faults;
    const isSet =
      faults === undefined
        ? request.target === 'fhir' && fhir !== undefined && setFhirFault(fhir.faults, request)
        : setProviderFault(faults, request);
    if (!isSet) throw new PhoneError('fault', `one of ${faultNames(faults).join(', ')}`, faultExample);
    return { faults: listFaults(providers, fhir) };
  });
  app.post('/api/clock', open, async ({ body }) => {
    const { advanceSeconds } = readBody(clockBody, body, clockExample);
    options.clock.advance(advanceSeconds * 1000);
    for (const provider of providers) provider.wake();
    await Promise.all([calendars.fill(), options.onAdvance?.()]);
    return { now: new Date(options.clock.now()).toISOString() };
  });
  app.post('/api/staff', open, async ({ body }) => {
    const { practiceId } = readBody(staffBody, body, staffExample);
    const paceMs = staffPaceMs;
    return await playStaff({ productUrl: options.productUrl, practiceId, paceMs, signal: stopping });
  });
  app.post('/api/persona', open, ({ body }, reply) => {
    const { patientId, accountId } = readBody(personaBody, body, personaExample);
    phone.chat(patientId, accountId);
    const patient = phone.patients.find(({ user }) => user.id === patientId);
    if (patient === undefined) throw new PhoneError('patientId', 'a patient of the sandbox', 'maria', true);
    // It plays on by itself; whoever watches the phone sees it.
    void playPersona({
      phone,
      patientId,
      accountId,
      persona: patient.persona,
      until: () => false,
      timeoutMs: personaMs,
      signal: stopping,
    }).catch(() => undefined);
    return reply.code(202).send({});
  });
}

/** Server-sent events: what to fetch again. */
function eventRoutes(app: FastifyInstance, { live }: RouteParts): void {
  const streams = new Set<() => void>();
  app.get('/api/events', open, (_: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    raw.write(': hello\n\n');
    const stop = live.listen((event) => raw.write(`data: ${JSON.stringify(event)}\n\n`));
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs).unref();
    const end = () => {
      clearInterval(heartbeat);
      stop();
      streams.delete(end);
      raw.end();
    };
    streams.add(end);
    raw.on('close', end);
  });
  // Open streams would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const end of streams) end();
  });
}

const notBuilt = 'The sandbox page is not built yet. Run "npm run build", then load this page again.\n';

async function pageRoutes(app: FastifyInstance, pageDir: string | undefined): Promise<void> {
  // The product may serve files too; the decoration can be made only once per scope.
  if (pageDir !== undefined && !app.hasReplyDecorator('sendFile')) {
    await app.register(fastifyStatic, { serve: false, root: pageDir });
  }
  const send = (reply: FastifyReply, file: string) => {
    // Looked up each time: the page may be built while the product runs.
    if (pageDir === undefined || !existsSync(join(pageDir, 'index.html'))) {
      return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
    }
    return reply.sendFile(file, pageDir);
  };
  app.get('', open, (_, reply) => reply.redirect('/sandbox/'));
  app.get('/', { ...open, prefixTrailingSlash: 'slash' }, (_, reply) => send(reply, 'index.html'));
  app.get<{ Params: { '*': string } }>('/*', open, (request, reply) => send(reply, request.params['*']));
}
