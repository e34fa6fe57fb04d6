import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  cannedReplies,
  conversationDetail,
  inboxPage,
  replyBody,
  replyTemplateBody,
  resolveBody,
  routingAnswer,
  takeAnswer,
  takeBody,
} from '#handoff/contract.ts';
import { personaBody, signInOptions } from '#security/contract.ts';
import { playStaff, StaffError } from '../sandbox/staff/index.ts';

/** A product that keeps to the contract, and remembers what staff did. */
type Desk = {
  waiting: { conversationId: string; waitingSince: string; takenByOther?: boolean }[];
  windowClosesAt: string | null;
  readonly did: string[];
};

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function row({ conversationId, waitingSince }: Desk['waiting'][number], windowClosesAt: string | null) {
  return {
    conversationId,
    name: `Maria ${conversationId}`,
    language: 'pt',
    state: 'waiting' as const,
    reason: 'asked',
    priority: 'normal' as const,
    assignee: null,
    waitingSince,
    lastAt: waitingSince,
    unread: 1,
    windowClosesAt,
  };
}

function detailOf(desk: Desk, id: string): z.infer<typeof conversationDetail> {
  return {
    row: row({ conversationId: id, waitingSince: '2026-11-23T10:00:00Z' }, desk.windowClosesAt),
    context: null,
    patient: {
      name: null,
      birthDate: null,
      phone: null,
      pmsPatientId: null,
      answers: [],
      consent: { status: 'given', since: null, wording: null },
      visits: [],
    },
    lease: null,
    window: { closesAt: desk.windowClosesAt },
    templates: [{ id: 'staff-answer', text: 'A equipe tem uma resposta.' }],
    thread: [],
    older: null,
  };
}

async function startDesk(desk: Desk): Promise<string> {
  const app = Fastify();
  const person = {
    practiceId: 'aurora',
    staffId: 'persona-front-desk',
    name: 'Lia',
    role: 'front-desk' as const,
  };
  const other = { ...person, practiceId: 'riverside', name: 'Robin' };
  let url = '';
  const refuse = (reply: FastifyReply, status: number, code: string) =>
    reply.code(status).send({ error: { code } });
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    const { origin, cookie } = request.headers;
    if (request.method === 'POST' && origin !== url) return refuse(reply, 403, 'CROSS_SITE');
    const isOpen = request.url === '/api/sign-in' || request.url === '/api/session/persona';
    if (!isOpen && cookie !== 'vestibule-session=s1') return refuse(reply, 401, 'UNAUTHENTICATED');
  });
  app.get('/api/sign-in', () => signInOptions.parse({ practices: [], personas: [other, person] }));
  app.post('/api/session/persona', ({ body }, reply) => {
    desk.did.push(`sign-in ${personaBody.parse(body).practiceId}`);
    return reply.header('set-cookie', 'vestibule-session=s1; Path=/; HttpOnly; SameSite=Strict').send({});
  });
  app.post('/api/session/sign-out', (_, reply) => {
    desk.did.push('sign-out');
    return reply.code(204).send();
  });
  app.get('/api/inbox', () =>
    inboxPage.parse({
      rows: desk.waiting.map((one) => row(one, desk.windowClosesAt)),
      next: null,
      counts: { mine: 0, waiting: desk.waiting.length, top: 0 },
    }),
  );
  app.get('/api/routing', () =>
    routingAnswer.parse({
      resolutionCodes: [
        { id: 'answered', name: 'Question answered' },
        { id: 'spam', name: 'Spam' },
      ],
      colleagues: [],
      reasons: [],
      languages: [],
      waitMinutes: { top: 5, normal: 30 },
      contentMode: 'open',
    }),
  );
  const path = '/api/conversations/:id';
  type Route = { Params: { id: string } };
  app.get<Route>(path, ({ params }) => conversationDetail.parse(detailOf(desk, params.id)));
  app.get<Route>(`${path}/canned`, () =>
    cannedReplies.parse({
      replies: [
        { id: 'hello', title: 'Hello', text: 'Olá, Maria!' },
        { id: 'where', title: 'Where', text: 'Estamos aqui.' },
      ],
    }),
  );
  app.post<Route>(`${path}/take`, ({ params, body }, reply) => {
    const { over } = takeBody.parse(body);
    const found = desk.waiting.find(({ conversationId }) => conversationId === params.id);
    desk.waiting = desk.waiting.filter((one) => one !== found);
    if (found?.takenByOther) return refuse(reply, 409, 'CONFLICT');
    desk.did.push(`take ${params.id}${over ? ' over' : ''}`);
    return takeAnswer.parse({ token: 7, until: '2026-11-23T10:15:00Z' });
  });
  app.post<Route>(`${path}/seen`, (_, reply) => reply.code(204).send());
  app.post<Route>(`${path}/reply`, ({ body }) => {
    const { token, text } = replyBody.parse(body);
    desk.did.push(`reply ${token}: ${text}`);
    return { messageId: 'm1' };
  });
  app.post<Route>(`${path}/reply-template`, ({ body }) => {
    desk.did.push(`template ${replyTemplateBody.parse(body).templateId}`);
    return { messageId: 'm1' };
  });
  app.post<Route>(`${path}/resolve`, ({ body }, reply) => {
    const { token, code, resume } = resolveBody.parse(body);
    desk.did.push(`resolve ${token}: ${code}${resume ? ', handed back' : ''}`);
    return reply.code(204).send();
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  cleanUps.push(() => app.close());
  url = app.listeningOrigin;
  return url;
}

const open = '2026-11-24T10:00:00Z';

test('takes whoever waits longest, replies, resolves and hands back, then signs out', async () => {
  const desk: Desk = {
    waiting: [
      { conversationId: 'c2', waitingSince: '2026-11-23T10:05:00Z' },
      { conversationId: 'c1', waitingSince: '2026-11-23T10:00:00Z' },
    ],
    windowClosesAt: open,
    did: [],
  };
  const productUrl = await startDesk(desk);
  expect(await playStaff({ productUrl, practiceId: 'aurora', reply: 'where' })).toEqual({
    did: 'answered',
    staff: 'Lia',
    conversationId: 'c1',
    patient: 'Maria c1',
    said: 'Estamos aqui.',
    resolution: 'answered',
  });
  expect(desk.did).toEqual([
    'sign-in aurora',
    'take c1',
    'reply 7: Estamos aqui.',
    'resolve 7: answered, handed back',
    'sign-out',
  ]);
});

test('what somebody else was faster to take is left to them', async () => {
  const desk: Desk = {
    waiting: [
      { conversationId: 'c1', waitingSince: '2026-11-23T10:00:00Z', takenByOther: true },
      { conversationId: 'c2', waitingSince: '2026-11-23T10:05:00Z' },
    ],
    windowClosesAt: open,
    did: [],
  };
  const productUrl = await startDesk(desk);
  const result = await playStaff({ productUrl, practiceId: 'aurora', resolution: 'spam' });
  expect(result).toMatchObject({ did: 'answered', conversationId: 'c2', resolution: 'spam' });
});

test('after the service window the approved message is sent', async () => {
  const desk: Desk = {
    waiting: [{ conversationId: 'c1', waitingSince: '2026-11-23T10:00:00Z' }],
    windowClosesAt: null,
    did: [],
  };
  const productUrl = await startDesk(desk);
  await playStaff({ productUrl, practiceId: 'aurora' });
  expect(desk.did).toContain('template staff-answer');
});

test('an empty inbox is said to be, at once or after some patience', async () => {
  const desk: Desk = { waiting: [], windowClosesAt: open, did: [] };
  const productUrl = await startDesk(desk);
  const options = { productUrl, practiceId: 'aurora' };
  expect(await playStaff(options)).toEqual({ did: 'nobody-waits', staff: 'Lia' });
  const played = playStaff({ ...options, patienceMs: 120_000 });
  desk.waiting = [{ conversationId: 'c9', waitingSince: '2026-11-23T10:00:00Z' }];
  expect(await played).toMatchObject({ did: 'answered', conversationId: 'c9' });
});

test('a persona that is not there, a product that is not there, and a play that is broken off are told', async () => {
  const productUrl = await startDesk({ waiting: [], windowClosesAt: open, did: [] });
  await expect(playStaff({ productUrl, practiceId: 'nowhere' })).rejects.toThrow(StaffError);
  const closed = 'http://127.0.0.1:9';
  await expect(playStaff({ productUrl: closed, practiceId: 'aurora' })).rejects.toMatchObject({
    code: 'NO_ANSWER',
  });
  const breaking = new AbortController();
  const played = playStaff({
    productUrl,
    practiceId: 'aurora',
    patienceMs: 120_000,
    signal: breaking.signal,
  });
  breaking.abort();
  await expect(played).rejects.toThrow();
});
